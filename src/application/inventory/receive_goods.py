"""Goods arrive at a store at their cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import at_most, optional_name, within
from application.named_goods import items_of
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.receiving_lots import cost_as_set, lot_of
from application.scope import store_in_scope, trading_day
from application.stock_book import open_book
from domain.finance.journal import JournalEntry, balanced
from domain.finance.sale_postings import receipt_postings
from domain.inventory.layers import Lot
from domain.inventory.receipt import GoodsReceipt, GoodsReceiptLine, ReceiptLineKind
from domain.shared.errors import NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

LINES_MAX: Final = 50_000


class UnknownSku(NotFound):
    en = "There is no product with SKU “{sku}”. Create it with PutProducts first."
    zh = "没有 SKU 为“{sku}”的商品，请先用 PutProducts 创建。"


class Unstocked(Rejected):
    en = "“{sku}” is kept without stock, so none can be received. Leave the line out."
    zh = "商品“{sku}”不管理库存，不能收货。请删除该行。"


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """What arrived of one SKU; `cost_minor` is the cost of the whole line without tax.

    `lot_code` and `expiry_date` are of goods that are told apart by lot.
    """

    sku: str
    quantity_milli: int
    cost_minor: int
    lot_code: str = ""
    expiry_date: str = ""


@dataclass(frozen=True, slots=True)
class ReceiveGoods:
    lines: tuple[ReceiptLine, ...]
    store_code: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class GoodsReceived:
    """`cost_correction_minor` went to cost of goods sold: goods had been sold before they came, at another cost.

    `price_variance_minor` is what goods valued at standard cost cost more than that (below zero: less).
    """

    receipt_id: int
    business_date: str
    cost_minor: int
    lines: int
    cost_correction_minor: int
    price_variance_minor: int = 0


def receive_goods(uow: UnitOfWork, command: ReceiveGoods) -> GoodsReceived:
    """Puts up to 50,000 lines into stock, all or none, and posts inventory against goods received not invoiced.

    A SKU may come in several lines, taken in their order. Levels follow the costing method of their category from here
    on. Raises UnknownSku, Unstocked, NotKeptByLot, ExpiryNeeded and those of quantities.
    """
    _check(command)
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    known = items_of(uow, command.lines, unknown=UnknownSku, unstocked=Unstocked)
    items = [known[line.sku] for line in command.lines]
    received_on = trading_day(uow, store)
    receipt_id = uow.new_id()
    book = open_book(uow, store, {item.sku_id for item in items}, document_id=receipt_id, on=received_on)
    cost_as_set(uow, book, items)
    lots = _lots(command.lines, items, received_on)
    for line, item, lot in zip(command.lines, items, lots, strict=True):
        book.receive(item.sku_id, line.quantity_milli, line.cost_minor, lot=lot)
    receipt = GoodsReceipt(
        receipt_id=receipt_id,
        store_id=store.store_id,
        reference=optional_name(command.reference, field="reference"),
        business_date=received_on,
        received_at=uow.now,
        line_count=len(command.lines),
        cost_minor=sum(line.cost_minor for line in command.lines),
        cost_correction_minor=book.variance_minor - book.correction_minor,
    )
    entry = JournalEntry(
        uow.new_id(), store.store_id, received_on, store.currency, "", "goods_receipt", receipt_id, uow.now
    )
    postings = receipt_postings(
        cost_minor=receipt.cost_minor, correction_minor=book.correction_minor, variance_minor=book.variance_minor
    )
    uow.add(receipt, *_lines(receipt_id, command.lines, items), entry, *balanced(entry.entry_id, postings))
    uow.publish(
        "GoodsReceived",
        receipt_id,
        {
            "receipt_id": receipt_id,
            "store_id": store.store_id,
            "business_date": received_on.isoformat(),
            "lines": receipt.line_count,
            "cost_minor": receipt.cost_minor,
            "cost_correction_minor": receipt.cost_correction_minor,
            "currency": store.currency,
        },
    )
    return GoodsReceived(
        receipt_id, received_on.isoformat(), receipt.cost_minor, receipt.line_count, receipt.cost_correction_minor,
        -book.variance_minor,
    )  # fmt: skip


def _lines(receipt_id: int, lines: Sequence[ReceiptLine], items: Sequence[StockItem]) -> list[GoodsReceiptLine]:
    return [
        GoodsReceiptLine(
            receipt_id, number, 0, ReceiptLineKind.RECEIVED, receipt_id, item.sku_id, line.quantity_milli,
            line.cost_minor,
        )
        for number, (line, item) in enumerate(zip(lines, items, strict=True), start=1)
    ]  # fmt: skip


def _lots(lines: Sequence[ReceiptLine], items: Sequence[StockItem], received_on: date) -> list[Lot]:
    """The lot of every line."""
    return [
        lot_of(item, line.sku, line.lot_code, line.expiry_date, received_on=received_on, field=f"lines[{index}]")
        for index, (line, item) in enumerate(zip(lines, items, strict=True))
    ]


def _check(command: ReceiveGoods) -> None:
    optional_name(command.reference, field="reference")
    at_most(command.lines, LINES_MAX, field="lines")
    total = 0
    for index, line in enumerate(command.lines):
        total += within(line.cost_minor, 0, AMOUNT_MINOR_MAX - total, field=f"lines[{index}].cost_minor")
