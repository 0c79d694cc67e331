"""A receipt had been recorded wrongly: a document of today makes its lines right, and the purchase order with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import NamedTwice, at_most, required_name, within
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.purchasing.purchase_ledger import note_event
from application.receipt_changes import (
    ChangedReceipts,
    change_entry,
    change_receipts,
    lock_receipts,
    next_number,
)
from domain.catalog.quantity import QUANTITY_MILLI_MAX, checked_quantity
from domain.inventory.cost_document import CostDocumentKind
from domain.inventory.receipt import GoodsReceipt, GoodsReceiptLine, ReceiptLineKind
from domain.inventory.receipt_change import LineChange, LineNow, corrected
from domain.inventory.stock import Costing, MovementReason
from domain.purchasing.purchase_order import PurchaseEventKind, PurchaseOrder, PurchaseOrderState, received
from domain.shared.errors import NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

LINES_MAX: Final = 1_000


class UnknownReceiptLine(NotFound):
    en = "Receipt {receipt_id} has no line {line_number} that went into stock. Read it again."
    zh = "收货单 {receipt_id} 没有第 {line_number} 行入库记录，请重新读取。"


class GoodsHaveLeft(Rejected):
    en = (
        "{asked} thousandths of “{sku}” cannot be taken out of the receipt: {available} are available in store"
        " “{store_code}”. Count the goods first, or correct the receipt by less."
    )
    zh = (
        "门店“{store_code}”商品“{sku}”可用 {available}（千分之一单位），无法从收货单减少 {asked}。"
        "请先盘点，或减少更正数量。"
    )


class SharedAmongStores(Rejected):
    en = "Line {line_number} was shared among stores as it came. Count it where it is, or send it back to the supplier."
    zh = "第 {line_number} 行到货时已按门店分配，请在所在门店盘点，或退回供应商。"


@dataclass(frozen=True, slots=True)
class LineCorrection:
    """How a line stands, landed costs aside, and how it should; costs are those of the whole line."""

    line_number: int
    old_quantity_milli: int
    old_cost_minor: int
    quantity_milli: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class CorrectReceipt:
    receipt_id: int
    lines: tuple[LineCorrection, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptCorrected:
    """`cost_minor` is by how much more is owed (below zero: less), `stock_minor` what stock has gained of it.

    The rest is a correction of cost of goods sold, and at standard cost purchase price variance.
    """

    document_id: int
    business_date: str
    cost_minor: int
    stock_minor: int
    cost_correction_minor: int
    price_variance_minor: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """A correction with the line that it is of, and its place in the request."""

    field: str
    correction: LineCorrection
    line: LineNow


def correct_receipt(uow: UnitOfWork, command: CorrectReceipt) -> ReceiptCorrected:
    """Makes lines of a receipt stand at other figures by an entry of today; what had been written stays.

    What was too much leaves stock, first of what that receipt had brought; what was too little comes at the line's
    cost; another cost revalues what is left of the goods. A purchase order that is not closed waits again for what did
    not come. What was shared among stores stays as it came. Raises UnknownReceipt, SharedAmongStores,
    UnknownReceiptLine, LineStandsOtherwise, NothingCorrected, CostWithoutGoods,
    GoodsHaveLeft and those of fields.
    """
    _check(command)
    reason = required_name(command.reason, field="reason")
    uow.refresh()
    order = _order(uow, command.receipt_id)
    [receipt] = lock_receipts(uow, [command.receipt_id], field="receipt_id")
    changed = change_receipts(
        uow, [receipt], MovementReason.RECEIPT_CORRECTION, line_numbers={one.line_number for one in command.lines}
    )
    asked = _asked(command, changed.lines)
    skus = uow.catalog.skus({one.line.sku_id for one in asked})
    items = uow.stock.items(set(skus.values()))
    number = next_number(changed.lines, receipt.receipt_id)
    entries: list[GoodsReceiptLine] = []
    for one in asked:
        sku = skus[one.line.sku_id]
        change = _change(changed, one, items[sku])
        _correct(changed, one, change, sku)
        entries.append(
            change_entry(
                one.line, ReceiptLineKind.CORRECTION, number, changed.book.document_id,
                quantity_milli=change.quantity_milli, cost_minor=change.cost_minor + change.revalued_minor,
            )
        )  # fmt: skip
    document = changed.record(CostDocumentKind.RECEIPT_CORRECTION, reason, entries)
    if order is not None:
        _move_order(uow, order, receipt, entries, reason)
    return ReceiptCorrected(
        document.document_id, document.business_date.isoformat(), changed.cost_minor, changed.stock_minor,
        changed.correction_minor, changed.variance_minor,
    )  # fmt: skip


def _check(command: CorrectReceipt) -> None:
    at_most(command.lines, LINES_MAX, field="lines")
    seen: set[int] = set()
    for index, line in enumerate(command.lines):
        within(line.quantity_milli, 0, QUANTITY_MILLI_MAX, field=f"lines[{index}].quantity_milli")
        within(line.cost_minor, 0, AMOUNT_MINOR_MAX, field=f"lines[{index}].cost_minor")
        if line.line_number in seen:
            raise NamedTwice(f"lines[{index}].line_number", code=line.line_number)
        seen.add(line.line_number)


def _order(uow: UnitOfWork, receipt_id: int) -> PurchaseOrder | None:
    """The purchase order of the receipt, locked before it as whoever receives does."""
    order_id = uow.goods_receipts.order_of(receipt_id)
    return None if order_id is None else uow.purchase_orders.lock(order_id)


def _asked(command: CorrectReceipt, lines: Sequence[LineNow]) -> list[_Asked]:
    """The lines that are to be corrected, in their order, by which later documents find the layers that this opens."""
    known = {line.line_number: line for line in lines}
    asked = []
    for index, one in enumerate(command.lines):
        line = known.get(one.line_number)
        if line is None:
            raise UnknownReceiptLine(
                f"lines[{index}].line_number", receipt_id=command.receipt_id, line_number=one.line_number
            )
        asked.append(_Asked(f"lines[{index}]", one, line))
    return sorted(asked, key=lambda one: one.line.line_number)


def _change(changed: ChangedReceipts, asked: _Asked, item: StockItem) -> LineChange:
    one = asked.correction
    if one.quantity_milli:
        checked_quantity(one.quantity_milli, unit_decimals=item.unit_decimals, field=f"{asked.field}.quantity_milli")
    return corrected(
        asked.line,
        old_quantity_milli=one.old_quantity_milli,
        old_cost_minor=one.old_cost_minor,
        quantity_milli=one.quantity_milli,
        cost_minor=one.cost_minor,
        field=asked.field,
        rounding=changed.book.rounding,
    )


def _correct(changed: ChangedReceipts, asked: _Asked, change: LineChange, sku: str) -> None:
    """Moves stock by a change, and counts what of its cost went into it."""
    line, stock_before = asked.line, changed.stock_minor
    if change.quantity_milli < 0:
        _take_out(changed, asked, change, sku)
    if change.revalued_minor and not changed.at_standard(line.sku_id):
        left = changed.left_milli(line)
        changed.revalue(line, changed.staying(change.revalued_minor, left, change.kept_milli))
    if change.quantity_milli > 0:
        corrected_minor = changed.book.receive(
            line.sku_id, change.quantity_milli, change.cost_minor, changed.reason, lot=changed.lot(line)
        )
        changed.stock_minor += change.cost_minor + corrected_minor
    cost = change.cost_minor + change.revalued_minor
    changed.cost_minor += cost
    if changed.at_standard(line.sku_id):
        changed.variance_minor += cost - (changed.stock_minor - stock_before)


def _take_out(changed: ChangedReceipts, asked: _Asked, change: LineChange, sku: str) -> None:
    """Takes goods out of stock that had not come, first those of the receipt's own layers.

    What they took with them beside what they had cost belongs to the others: under FIFO to those of the line that are
    left, at the average to all that it had been mixed with, as far as the line could still be there.
    """
    line, book, quantity = asked.line, changed.book, -change.quantity_milli
    level = book.levels[line.sku_id]
    there = level.on_hand_milli - level.reserved_milli
    if quantity > there and changed.uow.chain.policies(changed.store.store_id).negative_stock == "forbid":
        raise GoodsHaveLeft(
            f"{asked.field}.quantity_milli", asked=quantity, sku=sku, available=max(0, there),
            store_code=changed.store.code,
        )  # fmt: skip
    left = changed.left_milli(line)
    own = [layer.layer_id for layer in changed.layers(line)]
    took = book.issue(line.sku_id, quantity, changed.reason, layer_ids=own)
    changed.stock_minor -= took
    if not changed.at_standard(line.sku_id):
        of_milli = line.quantity_milli
        if level.costing & Costing.FIFO:
            left, of_milli = changed.left_milli(line), change.kept_milli
        changed.revalue(line, changed.staying(took + change.cost_minor, left, of_milli))


def _move_order(
    uow: UnitOfWork, order: PurchaseOrder, receipt: GoodsReceipt, entries: Sequence[GoodsReceiptLine], reason: str
) -> None:
    """Lets the order have received what the receipt now says; unless it is over, the rest is to come again."""
    moved = {one.line_number: one.quantity_milli for one in entries if one.quantity_milli}
    if moved:
        for share in uow.central_purchasing.receipt_shares(receipt.receipt_id):
            if share.line_number in moved:
                raise SharedAmongStores("lines", line_number=share.line_number)
        waits = order.state in (PurchaseOrderState.PARTLY_RECEIVED, PurchaseOrderState.RECEIVED)
        allocations = uow.purchase_orders.allocations(order.order_id)
        for one in allocations:
            if one.location_id == receipt.store_id and one.line_number in moved:
                one.received_milli += moved[one.line_number]
                one.open_milli = max(0, one.ordered_milli - one.received_milli) if waits else 0
        uow.purchase_orders.move_allocations(allocations)
        if waits:
            received(order, open_milli=sum(one.open_milli for one in allocations))
    note_event(uow, order, PurchaseEventKind.CORRECTED, note=reason)
    uow.purchase_orders.move(order)
