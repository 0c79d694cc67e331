"""Goods arrive for a purchase order: what is accepted goes into stock at the price of the order and its freight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.fields import NamedTwice, at_most, optional_name, required_name, within
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.purchasing.central_shares import split_receipt
from application.purchasing.delivery_notices import notice_received, proposed
from application.purchasing.purchase_ledger import (
    UnknownPurchaseLine,
    locked_purchase_order,
    note_event,
    nothing_open,
)
from application.purchasing.purchase_views import PurchaseOrderView, whole_purchase_order
from application.purchasing.purchase_writing import LINES_MAX
from application.purchasing.record_receipt import record_receipt
from application.receiving_lots import cost_as_set, lot_of
from application.scope import checked_open, trading_day
from application.stock_book import StockBook, open_book
from domain.catalog.quantity import QUANTITY_MILLI_MAX, checked_quantity
from domain.finance.accounts import GOODS_RECEIVED_NOT_INVOICED, SET_ASIDE_ACCOUNTS
from domain.finance.sale_postings import receipt_postings
from domain.identity.organisation import Store
from domain.inventory.layers import Lot
from domain.inventory.receipt import GoodsReceiptLine, ReceiptLineKind
from domain.inventory.set_aside import SetAsideReason, SetAsideStatus
from domain.purchasing.purchase_order import (
    PurchaseEventKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseSource,
    check_receivable,
    close,
    received,
)
from domain.purchasing.purchase_receipt import (
    PurchaseAllocation,
    PurchaseReceipt,
    PurchaseReceiptLine,
    RejectedTo,
    acceptable_milli,
    check_acceptable,
    cost_of_goods,
    spread_freight,
)
from domain.purchasing.purchase_terms import price_of, worth_minor
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding

_QUARANTINE: Final = SET_ASIDE_ACCOUNTS[SetAsideStatus.QUARANTINE]


class NothingCame(Invalid):
    en = "Line {line_number} has neither an accepted nor a rejected quantity. Leave the line out, or state one."
    zh = "第 {line_number} 行既无收货数量也无拒收数量，请删除该行或填写数量。"


class NothingRejected(Invalid):
    en = "Line {line_number} rejects nothing, so leave reject_reason and rejected_to out."
    zh = "第 {line_number} 行没有拒收，请不要填写 reject_reason 和 rejected_to。"


class GoesToCustomer(Rejected):
    en = "The goods of purchase order {order_id} go to a customer. Note by DispatchDropShip what was sent."
    zh = "采购订单 {order_id} 的商品直发客户，不到门店。请用 DispatchDropShip 登记发货。"


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """What came of a line of the order; what is rejected has a reason, and goes back at once or is set aside.

    `lot_code` and `expiry_date` are of goods that are told apart by lot.
    """

    line_number: int
    accepted_milli: int = 0
    rejected_milli: int = 0
    rejected_to: RejectedTo | None = None
    reject_reason: str = ""
    lot_code: str = ""
    expiry_date: str = ""


@dataclass(frozen=True, slots=True)
class ReceivePurchase:
    """`freight_minor` is what the delivery cost besides; with `close_rest` nothing more is to come.

    Without lines everything came as the supplier has announced it by the notice.
    """

    order_id: int
    lines: tuple[ReceivedLine, ...]
    delivery_note: str = ""
    freight_minor: int = 0
    close_rest: bool = False
    notice_id: int = 0


@dataclass(frozen=True, slots=True)
class PurchaseReceived:
    """`cost_correction_minor` went to cost of goods sold: goods had been sold before they came, at another cost.

    `price_variance_minor` is what goods valued at standard cost cost more than that (below zero: less). For
    `stores_waiting` other stores something came, which `distribute_receipt` takes to them.
    """

    receipt_id: int
    business_date: str
    goods_minor: int
    freight_minor: int
    quarantine_minor: int
    cost_correction_minor: int
    order: PurchaseOrderView
    price_variance_minor: int = 0
    stores_waiting: int = 0


@dataclass(frozen=True, slots=True)
class _Come:
    """A line that came, with the line of the order and what of that had come before."""

    entry: ReceivedLine
    line: PurchaseOrderLine
    received_milli: int
    goods_minor: int
    quarantine_minor: int
    item: StockItem
    lot: Lot


def receive_purchase(uow: UnitOfWork, command: ReceivePurchase) -> PurchaseReceived:
    """Puts what was accepted into stock at the order's price and its share of the freight, all lines or none.

    Posts inventory, and goods in quarantine, against goods received not invoiced. Raises UnknownPurchaseOrder,
    PurchaseOrderNotThere, UnknownPurchaseLine, OverDelivered, NothingCame, FreightWithoutGoods, StoreClosed.
    """
    uow.refresh()
    order = locked_purchase_order(uow, command.order_id)
    if order.source is PurchaseSource.DROP_SHIP:
        raise GoesToCustomer("order_id", order_id=order.order_id)
    command = _as_announced(uow, order, command)
    _check(command)
    note = optional_name(command.delivery_note, field="delivery_note")
    check_receivable(order)
    store = checked_open(uow.chain.stores[order.store_id], field="order_id")
    allocations = uow.purchase_orders.allocations(order.order_id)
    come = _come(uow, order, command, allocations)
    accepted = [one for one in come if one.entry.accepted_milli]
    freight = spread_freight(command.freight_minor, [one.goods_minor for one in accepted])
    receipt = PurchaseReceipt(
        receipt_id=(receipt_id := uow.new_id()),
        delivery_id=receipt_id,
        order_id=order.order_id,
        store_id=store.store_id,
        supplier_id=order.supplier_id,
        currency=order.currency,
        delivery_note=note,
        business_date=trading_day(uow, store),
        goods_minor=sum(one.goods_minor for one in come),
        freight_minor=command.freight_minor,
        quarantine_minor=sum(one.quarantine_minor for one in come),
        received_at=uow.now,
    )
    freight_of = dict(zip([one.line.line_number for one in accepted], freight, strict=True))
    book = _move_stock(uow, store, receipt, come, freight_of)
    moved, shares = split_receipt(
        order, receipt_id, allocations, {one.line.line_number: one.entry.accepted_milli for one in accepted}
    )
    uow.purchase_orders.move_allocations(moved)
    uow.add(*shares)
    received(order, open_milli=sum(one.open_milli for one in allocations))
    note_event(uow, order, PurchaseEventKind.RECEIVED, note=note)
    if command.close_rest:
        nothing_open(uow, order)
        close(order)
        note_event(uow, order, PurchaseEventKind.CLOSED)
    _record(uow, order, receipt, come, freight_of, book)
    notice_received(uow, command.notice_id, receipt_id=receipt_id)
    uow.purchase_orders.move(order)
    return PurchaseReceived(
        receipt_id, receipt.business_date.isoformat(), receipt.goods_minor, receipt.freight_minor,
        receipt.quarantine_minor, book.variance_minor - book.correction_minor, whole_purchase_order(uow, order),
        -book.variance_minor, len({one.location_id for one in shares}),
    )  # fmt: skip


def _as_announced(uow: UnitOfWork, order: PurchaseOrder, command: ReceivePurchase) -> ReceivePurchase:
    """The command with what the supplier has announced where it says nothing itself."""
    if not command.notice_id:
        return command
    notice, announced = proposed(uow, order, command.notice_id)
    lines = tuple(
        ReceivedLine(one.line_number, one.quantity_milli, lot_code=one.lot_code, expiry_date=one.expiry_date)
        for one in announced
    )
    return replace(command, lines=command.lines or lines, delivery_note=command.delivery_note or notice.reference)


def _check(command: ReceivePurchase) -> None:
    at_most(command.lines, LINES_MAX, field="lines")
    within(command.freight_minor, 0, AMOUNT_MINOR_MAX, field="freight_minor")
    seen: set[int] = set()
    for index, line in enumerate(command.lines):
        here = f"lines[{index}]"
        within(line.accepted_milli, 0, QUANTITY_MILLI_MAX, field=f"{here}.accepted_milli")
        within(line.rejected_milli, 0, QUANTITY_MILLI_MAX, field=f"{here}.rejected_milli")
        if not line.accepted_milli and not line.rejected_milli:
            raise NothingCame(here, line_number=line.line_number)
        if line.rejected_milli:
            required_name(line.reject_reason, field=f"{here}.reject_reason")
        elif line.reject_reason or line.rejected_to:
            raise NothingRejected(here, line_number=line.line_number)
        if line.line_number in seen:
            raise NamedTwice(f"{here}.line_number", code=line.line_number)
        seen.add(line.line_number)


def _come(
    uow: UnitOfWork, order: PurchaseOrder, command: ReceivePurchase, allocations: Sequence[PurchaseAllocation]
) -> list[_Come]:
    """What came, checked against the order, with its cost."""
    stored = uow.purchase_orders
    lines = {line.line_number: line for line in stored.lines(order.order_id, order.version)}
    received_of: dict[int, int] = {}
    for allocation in allocations:
        received_of[allocation.line_number] = received_of.get(allocation.line_number, 0) + allocation.received_milli
    skus = uow.catalog.skus({line.sku_id for line in lines.values()})
    products = stored.buyable(set(skus.values()))
    items = uow.stock.items(set(skus.values()))
    received_on = trading_day(uow, uow.chain.stores[order.store_id])
    supplier = uow.suppliers.by_ids({order.supplier_id})[order.supplier_id]
    rounding = Rounding(uow.chain.policies(order.store_id).rounding_mode)
    come = []
    for index, entry in enumerate(command.lines):
        here, line = f"lines[{index}]", lines.get(entry.line_number)
        if line is None:
            raise UnknownPurchaseLine(f"{here}.line_number", order_id=order.order_id, line_number=entry.line_number)
        decimals = products[skus[line.sku_id]].unit_decimals
        for name in ("accepted_milli", "rejected_milli"):
            if quantity := getattr(entry, name):
                checked_quantity(quantity, unit_decimals=decimals, field=f"{here}.{name}")
        received_milli, price = received_of[line.line_number], price_of(line)
        most = acceptable_milli(
            ordered_milli=line.quantity_milli, received_milli=received_milli,
            over_bp=supplier.over_delivery_bp,
        )  # fmt: skip
        check_acceptable(
            quantity_milli=entry.accepted_milli, most_milli=most, line_number=line.line_number,
            field=f"{here}.accepted_milli",
        )  # fmt: skip
        goods = cost_of_goods(
            price, received_milli=received_milli, accepted_milli=entry.accepted_milli, rounding=rounding
        )
        kept = entry.rejected_milli if entry.rejected_to is RejectedTo.QUARANTINE else 0
        item = items[skus[line.sku_id]]
        lot = Lot()
        if entry.accepted_milli:
            lot = lot_of(
                item, skus[line.sku_id], entry.lot_code, entry.expiry_date, received_on=received_on, field=here
            )
        come.append(_Come(entry, line, received_milli, goods, worth_minor(price, kept, rounding=rounding), item, lot))
    return come


def _move_stock(
    uow: UnitOfWork, store: Store, receipt: PurchaseReceipt, come: Sequence[_Come], freight_of: Mapping[int, int]
) -> StockBook:
    """Moves what was accepted into stock and what stays rejected into quarantine; the book tells the corrections."""
    accepted = [one for one in come if one.entry.accepted_milli]
    kept = [one for one in come if one.entry.rejected_to is RejectedTo.QUARANTINE]
    book = open_book(
        uow, store, {one.line.sku_id for one in accepted}, document_id=receipt.receipt_id, on=receipt.business_date
    )
    cost_as_set(uow, book, [one.item for one in accepted])
    if kept:
        book.lock_aside({one.line.sku_id for one in kept}, SetAsideStatus.QUARANTINE)
    # In the order of their lines, by which later corrections find their layers.
    for one in sorted(accepted, key=lambda come: come.line.line_number):
        cost = one.goods_minor + freight_of[one.line.line_number]
        book.receive(one.line.sku_id, one.entry.accepted_milli, cost, lot=one.lot)
    for one in kept:
        _set_aside(book, one)
    return book


def _set_aside(book: StockBook, one: _Come) -> None:
    book.set_aside(
        one.line.sku_id,
        SetAsideStatus.QUARANTINE,
        one.entry.rejected_milli,
        one.quarantine_minor,
        reason=SetAsideReason.RECEIVED,
        line_number=one.line.line_number,
    )


def _record(
    uow: UnitOfWork,
    order: PurchaseOrder,
    receipt: PurchaseReceipt,
    come: Sequence[_Come],
    freight_of: Mapping[int, int],
    book: StockBook,
) -> None:
    """The receipt with its lines, and what it posts."""
    postings = [
        *receipt_postings(
            cost_minor=receipt.goods_minor + receipt.freight_minor,
            correction_minor=book.correction_minor,
            variance_minor=book.variance_minor,
        ),
        (_QUARANTINE.code, receipt.quarantine_minor),
        (GOODS_RECEIVED_NOT_INVOICED.code, -receipt.quarantine_minor),
    ]
    lines = _lines(receipt, come, freight_of)
    record_receipt(
        uow,
        order,
        receipt,
        list(zip([one.line for one in come], lines, strict=True)),
        stocked=_stocked(lines),
        postings=postings,
        correction_minor=book.variance_minor - book.correction_minor,
    )


def _lines(receipt: PurchaseReceipt, come: Sequence[_Come], freight_of: Mapping[int, int]) -> list[PurchaseReceiptLine]:
    lines = []
    for one in come:
        price = price_of(one.line)
        lines.append(
            PurchaseReceiptLine(
                receipt_id=receipt.receipt_id,
                line_number=one.line.line_number,
                order_id=receipt.order_id,
                supplier_id=receipt.supplier_id,
                currency=receipt.currency,
                sku_id=one.line.sku_id,
                accepted_milli=one.entry.accepted_milli,
                rejected_milli=one.entry.rejected_milli,
                rejected_to=one.entry.rejected_to or RejectedTo.DRIVER,
                reject_reason=one.entry.reject_reason.strip(),
                price_minor=price.minor,
                price_quantity_milli=price.quantity_milli,
                goods_minor=one.goods_minor,
                freight_minor=freight_of.get(one.line.line_number, 0),
                quarantine_minor=one.quarantine_minor,
                received_at=receipt.received_at,
            )
        )
    return lines


def _stocked(lines: Sequence[PurchaseReceiptLine]) -> list[GoodsReceiptLine]:
    """What of the lines went into stock, as lines of the goods receipt."""
    return [
        GoodsReceiptLine(
            one.receipt_id, one.line_number, 0, ReceiptLineKind.RECEIVED, one.receipt_id, one.sku_id,
            one.accepted_milli, one.goods_minor + one.freight_minor,
        )
        for one in lines
        if one.accepted_milli
    ]  # fmt: skip
