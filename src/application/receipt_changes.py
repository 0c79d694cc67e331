"""What a document does that changes receipts after the goods have come: to stock, to the books, and to their lines."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from application.ports.goods_receipts import OpenedLayer
from application.ports.kernel import UnitOfWork
from application.scope import trading_day
from application.stock_book import StockBook, open_book
from domain.finance.journal import JournalEntry, balanced
from domain.finance.stock_postings import receipt_change_postings
from domain.identity.organisation import Store
from domain.inventory.cost_document import CostDocument, CostDocumentKind
from domain.inventory.layers import NO_LOT, LayeredLevel, Lot, StockLayer
from domain.inventory.receipt import GoodsReceipt, GoodsReceiptLine, ReceiptLineKind
from domain.inventory.receipt_change import LineNow, lines_now, staying_share
from domain.inventory.stock import Costing, MovementReason
from domain.shared.errors import NotFound
from domain.shared.money import allocate


class UnknownReceipt(NotFound):
    en = "There is no receipt {receipt_id} in this caller's scope."
    zh = "当前调用方范围内没有收货单 {receipt_id}。"


@dataclass(slots=True)
class ChangedReceipts:
    """Locked receipts of one store with their lines, their stock, and what a document has done to both so far.

    `cost_minor` is what is owed more for goods received and not invoiced, `stock_minor` what of it went into the value
    of stock, `variance_minor` what is purchase price variance; the rest is cost of goods sold.
    """

    uow: UnitOfWork
    store: Store
    book: StockBook
    lines: Sequence[LineNow]
    reason: MovementReason
    cost_minor: int = 0
    stock_minor: int = 0
    variance_minor: int = 0
    opened: dict[tuple[int, int], list[OpenedLayer]] = field(default_factory=dict)

    @property
    def correction_minor(self) -> int:
        """What was cost of goods that have left."""
        return self.cost_minor - self.stock_minor - self.variance_minor

    def lot(self, line: LineNow) -> Lot:
        """The lot that the line came as, and when: what comes of it later leaves in its turn."""
        opened = self.opened.get((line.receipt_id, line.line_number))
        return opened[0].lot if opened else NO_LOT

    def layers(self, line: LineNow) -> list[StockLayer]:
        """What is left on hand of the line, where goods leave layers."""
        level = self.book.levels[line.sku_id]
        if not (isinstance(level, LayeredLevel) and level.keeps_layers):
            return []
        opened = {one.layer_id for one in self.opened.get((line.receipt_id, line.line_number), ())}
        return [layer for layer in level.layers if layer.layer_id in opened]

    def left_milli(self, line: LineNow) -> int:
        """How much of the line is on hand: by layers what they hold, otherwise at most what there is of the goods."""
        level = self.book.levels[line.sku_id]
        if isinstance(level, LayeredLevel) and level.keeps_layers:
            return sum(layer.quantity_milli for layer in self.layers(line))
        return level.on_hand_milli

    def at_standard(self, sku_id: int) -> bool:
        return bool(self.book.levels[sku_id].costing & Costing.STANDARD)

    def revalue(self, line: LineNow, value_minor: int) -> None:
        """Adds to the value of what is left of the line, under FIFO to its own layers by their quantity."""
        level = self.book.levels[line.sku_id]
        if not value_minor:
            return
        if not level.costing & Costing.FIFO:
            self.stock_minor += self.book.revalue(line.sku_id, value_minor, self.reason)
            return
        layers = self.layers(line)
        for layer, part in zip(layers, allocate(value_minor, [one.quantity_milli for one in layers]), strict=True):
            if part:
                self.stock_minor += self.book.revalue(line.sku_id, part, self.reason, layer_id=layer.layer_id)

    def charge(self, shares: Iterable[tuple[LineNow, int]]) -> None:
        """Lets lines cost more by their shares: what is on hand of them takes its part into the value of stock.

        Goods that are all alike are looked at together, however many lines they came in: only so much of them can
        still be there.
        """
        by_sku: dict[int, list[tuple[LineNow, int]]] = defaultdict(list)
        for line, share in shares:
            by_sku[line.sku_id].append((line, share))
            self.cost_minor += share
        for sku_id in sorted(by_sku):
            of_sku = by_sku[sku_id]
            level, total = self.book.levels[sku_id], sum(share for _, share in of_sku)
            if self.at_standard(sku_id):
                self.variance_minor += total
            elif isinstance(level, LayeredLevel) and level.keeps_layers:
                for line, share in of_sku:
                    self.revalue(line, self.staying(share, self.left_milli(line), line.quantity_milli))
            else:
                came = sum(line.quantity_milli for line, _ in of_sku)
                self.revalue(of_sku[0][0], self.staying(total, level.on_hand_milli, came))

    def staying(self, value_minor: int, left_milli: int, of_milli: int) -> int:
        """What of a value falls to what is left of the goods that it belongs to."""
        return staying_share(value_minor, left_milli=left_milli, of_milli=of_milli, rounding=self.book.rounding)

    def record(self, kind: CostDocumentKind, reference: str, entries: Sequence[GoodsReceiptLine]) -> CostDocument:
        """The document with the lines that it changes, its journal entry and its event."""
        uow, store, book = self.uow, self.store, self.book
        document = CostDocument(
            book.document_id, kind, store.store_id, book.on, store.currency, reference, self.stock_minor, uow.now
        )
        entry = JournalEntry(
            uow.new_id(), store.store_id, book.on, store.currency, "", kind.value, document.document_id, uow.now
        )
        postings = receipt_change_postings(
            owed_minor=self.cost_minor, stock_minor=self.stock_minor, variance_minor=self.variance_minor
        )
        uow.add(document, *entries, entry, *balanced(entry.entry_id, postings))
        uow.publish(
            "StockRevalued",
            document.document_id,
            {
                "document_id": document.document_id,
                "kind": kind.value,
                "store_id": store.store_id,
                "business_date": book.on.isoformat(),
                "stock_minor": self.stock_minor,
                "cost_minor": self.cost_minor,
                "receipt_ids": sorted({one.receipt_id for one in entries}),
                "currency": store.currency,
            },
        )
        return document


def lock_receipts(uow: UnitOfWork, receipt_ids: Collection[int], *, field: str) -> list[GoodsReceipt]:
    """The receipts, locked in the order of ids; raises UnknownReceipt alike for none and for one of a foreign store."""
    found = uow.goods_receipts.lock(receipt_ids)
    for receipt_id in receipt_ids:
        receipt = found.get(receipt_id)
        if receipt is None or not uow.caller.sees(receipt.store_id):
            raise UnknownReceipt(field, receipt_id=receipt_id)
    return list(found.values())


def change_receipts(
    uow: UnitOfWork, receipts: Sequence[GoodsReceipt], reason: MovementReason, *, line_numbers: Collection[int] = ()
) -> ChangedReceipts:
    """Opens a document of today that changes locked receipts of one store; their stock is locked too.

    With `line_numbers` only the goods of those lines are to be moved.
    """
    store = uow.chain.stores[receipts[0].store_id]
    entries = uow.goods_receipts.entries([receipt.receipt_id for receipt in receipts])
    lines = lines_now(entries)
    sku_ids = {line.sku_id for line in lines if not line_numbers or line.line_number in line_numbers}
    book = open_book(uow, store, sku_ids, document_id=uow.new_id(), on=trading_day(uow, store))
    changed = ChangedReceipts(uow, store, book, lines, reason)
    if any(isinstance(level, LayeredLevel) and level.keeps_layers for level in book.levels.values()):
        changed.opened = _opened(uow, store, entries)
    return changed


def _opened(
    uow: UnitOfWork, store: Store, entries: Sequence[GoodsReceiptLine]
) -> dict[tuple[int, int], list[OpenedLayer]]:
    """By receipt and line: the layers that its goods opened. A document opens those of a SKU in the order of lines.

    Before them it may have opened one for what stood there, where it was the first to follow another method.
    """
    brought = [one for one in entries if one.quantity_milli > 0]
    opened: dict[tuple[int, int], list[OpenedLayer]] = defaultdict(list)
    for layer in uow.goods_receipts.opened_layers(store.store_id, {one.document_id for one in brought}):
        opened[layer.document_id, layer.sku_id].append(layer)
    lines: dict[tuple[int, int], list[GoodsReceiptLine]] = defaultdict(list)
    for one in brought:
        lines[one.document_id, one.sku_id].append(one)
    found: dict[tuple[int, int], list[OpenedLayer]] = defaultdict(list)
    for key, layers in opened.items():
        # From the last on, so that the one of before is left over.
        for one, layer in zip(reversed(lines[key]), reversed(layers), strict=False):
            found[one.receipt_id, one.line_number].append(layer)
    return found


def change_entry(
    line: LineNow, kind: ReceiptLineKind, number: int, document_id: int, *, quantity_milli: int, cost_minor: int
) -> GoodsReceiptLine:
    """By how much a document changes a line, as the `number`-th change of its receipt."""
    return GoodsReceiptLine(
        line.receipt_id, line.line_number, number, kind, document_id, line.sku_id, quantity_milli, cost_minor
    )


def next_number(lines: Iterable[LineNow], receipt_id: int) -> int:
    """What the next change of a receipt is numbered."""
    return 1 + max(line.number for line in lines if line.receipt_id == receipt_id)
