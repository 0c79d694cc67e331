"""Suppliers announce deliveries, and receiving takes what they have announced as its proposal."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.fields import (
    NamedTwice,
    at_most,
    optional_code,
    optional_date,
    optional_name,
    required_code,
    within,
)
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.supplier_access import NoticeFilter
from application.purchasing.own_supplier import locked_own_order, own_supplier
from application.purchasing.purchase_ledger import UnknownPurchaseLine, note_event
from application.purchasing.purchase_writing import LINES_MAX
from application.scope import store_in_scope, trading_day
from domain.catalog.quantity import QUANTITY_MILLI_MAX, checked_quantity
from domain.purchasing.delivery_notice import (
    DeliveryNotice,
    DeliveryNoticeLine,
    NoticeState,
    check_announced,
    check_days,
    check_deliverable,
)
from domain.purchasing.purchase_order import PurchaseEventKind, PurchaseOrder
from domain.purchasing.purchase_receipt import acceptable_milli
from domain.purchasing.supplier import Supplier
from domain.shared.errors import NotFound, Rejected


class UnknownNotice(NotFound):
    en = "No delivery {reference} of purchase order {order_id} is announced. ListDeliveryNotices shows what is."
    zh = "采购订单 {order_id} 没有预告的发货 {reference}。可用 ListDeliveryNotices 查看。"


class NoticeOver(Rejected):
    en = "Delivery {reference} was received already. Announce another one with a number of its own."
    zh = "发货 {reference} 已经收货，请用新的单号预告。"


@dataclass(frozen=True, slots=True)
class AnnouncedLine:
    line_number: int
    quantity_milli: int
    lot_code: str = ""
    expiry_date: str = ""


@dataclass(frozen=True, slots=True)
class AnnounceDelivery:
    """What leaves for an order; `reference` is the number of the delivery note, by which it is found again.

    A later notice with the same number takes the place of an earlier one; without lines that one is taken back. Dates
    are ISO; empty ones are today, and the day promised.
    """

    order_id: int
    reference: str
    lines: tuple[AnnouncedLine, ...] = ()
    dispatched_date: str = ""
    expected_date: str = ""
    carrier: str = ""
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryNoticeView:
    notice_id: int
    order_id: int
    store_code: str
    supplier_code: str
    reference: str
    state: NoticeState
    dispatched_date: str
    expected_date: str
    carrier: str
    tracking: str
    receipt_id: int
    announced_at: datetime
    lines: Sequence[AnnouncedLine]


@dataclass(frozen=True, slots=True)
class ListDeliveryNotices:
    """Those of an order, or of a store; `open_only` keeps what is on its way."""

    order_id: int = 0
    store_code: str = ""
    open_only: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryNoticesPage:
    notices: Sequence[DeliveryNoticeView]
    next_page_token: str


def announce_delivery(uow: UnitOfWork, command: AnnounceDelivery) -> DeliveryNoticeView:
    """Records what leaves for an own order, all lines or none; no more than may still be accepted of each.

    Raises SuppliersOnly, UnknownOwnOrder, NothingToDeliver, UnknownPurchaseLine, AnnouncedTooMuch,
    ArrivesBeforeItLeaves, NoticeOver, and UnknownNotice where there is nothing to take back.
    """
    uow.refresh()
    supplier = own_supplier(uow)
    return take_announcement(uow, locked_own_order(uow, supplier, command.order_id), supplier, command)


def take_announcement(
    uow: UnitOfWork, order: PurchaseOrder, supplier: Supplier, command: AnnounceDelivery
) -> DeliveryNoticeView:
    """Records what the supplier of a locked order announces; raises what `announce_delivery` raises."""
    _check(command)
    before = [one for one in uow.supplier_access.notices(order.order_id) if one.state is not NoticeState.WITHDRAWN]
    same = next((one for one in before if one.reference == command.reference), None)
    if same is not None and same.state is NoticeState.RECEIVED:
        raise NoticeOver("reference", reference=command.reference)
    if same is None and not command.lines:
        raise UnknownNotice("reference", reference=command.reference, order_id=order.order_id)
    if same is not None:
        same.state = NoticeState.WITHDRAWN
        uow.supplier_access.put_notice(same)
    if command.lines:
        open_ones = [one.notice_id for one in before if one.state is NoticeState.ANNOUNCED]
        notice, lines = _announced(uow, order, supplier, command, open_ones)
        uow.add(notice, *lines)
    else:
        assert same is not None
        notice, lines = same, list(uow.supplier_access.notice_lines({same.notice_id})[same.notice_id])
    note_event(uow, order, PurchaseEventKind.ANNOUNCED, note=f"{notice.reference} {notice.state.value}")
    uow.purchase_orders.move(order)
    return _view(uow, notice, lines, supplier.code)


def list_delivery_notices(uow: UnitOfWork, query: ListDeliveryNotices) -> DeliveryNoticesPage:
    """What suppliers have announced for the stores in scope, newest first; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    found = uow.supplier_access.list_notices(
        NoticeFilter(store_ids, query.order_id or None, query.open_only),
        after=(asked.after[0], asked.after[1]) if asked.after else None,
        limit=asked.limit + 1,
    )
    shown = found[: asked.limit]
    lines = uow.supplier_access.notice_lines({one.notice_id for one in shown}) if shown else {}
    suppliers = uow.suppliers.by_ids({one.supplier_id for one in shown}) if shown else {}
    return DeliveryNoticesPage(
        [_view(uow, one, lines[one.notice_id], suppliers[one.supplier_id].code) for one in shown],
        next_token(found, asked.limit, lambda one: (one.announced_at, one.notice_id)),
    )


def notices_of_order(uow: UnitOfWork, order: PurchaseOrder, supplier: Supplier) -> list[DeliveryNoticeView]:
    """What was announced for an order, the first first."""
    found = uow.supplier_access.notices(order.order_id)
    lines = uow.supplier_access.notice_lines({one.notice_id for one in found}) if found else {}
    return [_view(uow, one, lines[one.notice_id], supplier.code) for one in found]


def proposed(
    uow: UnitOfWork, order: PurchaseOrder, notice_id: int
) -> tuple[DeliveryNotice, Sequence[DeliveryNoticeLine]]:
    """What a notice says of a locked order; raises UnknownNotice, and NoticeOver where it came already."""
    notice = uow.supplier_access.lock_notice(notice_id)
    if notice is None or notice.order_id != order.order_id or notice.state is NoticeState.WITHDRAWN:
        raise UnknownNotice("notice_id", reference=notice_id, order_id=order.order_id)
    if notice.state is NoticeState.RECEIVED:
        raise NoticeOver("notice_id", reference=notice.reference)
    return notice, uow.supplier_access.notice_lines({notice_id})[notice_id]


def notice_received(uow: UnitOfWork, notice_id: int, *, receipt_id: int) -> None:
    """The notice that was the proposal of a receipt is over; nothing for 0."""
    if not notice_id:
        return
    notice = uow.supplier_access.lock_notice(notice_id)
    assert notice is not None
    notice.state, notice.receipt_id = NoticeState.RECEIVED, receipt_id
    uow.supplier_access.put_notice(notice)


def _check(command: AnnounceDelivery) -> None:
    required_code(command.reference, field="reference")
    optional_name(command.carrier, field="carrier")
    optional_code(command.tracking, field="tracking")
    if command.lines:
        at_most(command.lines, LINES_MAX, field="lines")
    seen: set[int] = set()
    for index, line in enumerate(command.lines):
        here = f"lines[{index}]"
        within(line.quantity_milli, 1, QUANTITY_MILLI_MAX, field=f"{here}.quantity_milli")
        optional_code(line.lot_code, field=f"{here}.lot_code")
        optional_date(line.expiry_date, field=f"{here}.expiry_date")
        if line.line_number in seen:
            raise NamedTwice(f"{here}.line_number", code=line.line_number)
        seen.add(line.line_number)


def _announced(
    uow: UnitOfWork, order: PurchaseOrder, supplier: Supplier, command: AnnounceDelivery, open_ones: Sequence[int]
) -> tuple[DeliveryNotice, list[DeliveryNoticeLine]]:
    check_deliverable(order)
    today = trading_day(uow, uow.chain.stores[order.store_id])
    dispatched_on = optional_date(command.dispatched_date, field="dispatched_date") or today
    expected_on = optional_date(command.expected_date, field="expected_date") or max(order.expected_on, dispatched_on)
    check_days(dispatched_on=dispatched_on, expected_on=expected_on, field="expected_date")
    notice = DeliveryNotice(
        notice_id=uow.new_id(),
        order_id=order.order_id,
        supplier_id=supplier.supplier_id,
        store_id=order.store_id,
        reference=command.reference,
        state=NoticeState.ANNOUNCED,
        dispatched_on=dispatched_on,
        expected_on=expected_on,
        carrier=command.carrier.strip(),
        tracking=command.tracking,
        line_count=len(command.lines),
        receipt_id=None,
        caller_id=uow.caller.caller_id,
        announced_at=uow.now,
    )
    lines = [
        DeliveryNoticeLine(notice.notice_id, one.line_number, one.quantity_milli, one.lot_code, one.expiry_date)
        for one in command.lines
    ]
    acceptable = _acceptable(uow, order, supplier, lines)
    check_announced(lines, acceptable_milli=acceptable, announced_milli=_on_their_way(uow, open_ones))
    return notice, lines


def _acceptable(
    uow: UnitOfWork, order: PurchaseOrder, supplier: Supplier, lines: Sequence[DeliveryNoticeLine]
) -> Mapping[int, int]:
    """How much of each line may still be accepted; raises UnknownPurchaseLine and the refusals of quantities."""
    stored = uow.purchase_orders
    in_force = {line.line_number: line for line in stored.lines(order.order_id, order.version)}
    skus = uow.catalog.skus({line.sku_id for line in in_force.values()})
    products = stored.buyable(set(skus.values()))
    came = {one.line_number: one.accepted_milli for one in stored.progress(order.order_id)}
    acceptable = {}
    for index, line in enumerate(lines):
        ordered = in_force.get(line.line_number)
        if ordered is None:
            field = f"lines[{index}].line_number"
            raise UnknownPurchaseLine(field, order_id=order.order_id, line_number=line.line_number)
        decimals = products[skus[ordered.sku_id]].unit_decimals
        checked_quantity(line.quantity_milli, unit_decimals=decimals, field=f"lines[{index}].quantity_milli")
        acceptable[line.line_number] = acceptable_milli(
            ordered_milli=ordered.quantity_milli, received_milli=came.get(line.line_number, 0),
            over_bp=supplier.over_delivery_bp,
        )  # fmt: skip
    return acceptable


def _on_their_way(uow: UnitOfWork, notice_ids: Sequence[int]) -> Mapping[int, int]:
    announced: dict[int, int] = defaultdict(int)
    if notice_ids:
        for lines in uow.supplier_access.notice_lines(notice_ids).values():
            for line in lines:
                announced[line.line_number] += line.quantity_milli
    return announced


def _view(
    uow: UnitOfWork, notice: DeliveryNotice, lines: Sequence[DeliveryNoticeLine], supplier_code: str
) -> DeliveryNoticeView:
    return DeliveryNoticeView(
        notice_id=notice.notice_id,
        order_id=notice.order_id,
        store_code=uow.chain.stores[notice.store_id].code,
        supplier_code=supplier_code,
        reference=notice.reference,
        state=notice.state,
        dispatched_date=notice.dispatched_on.isoformat(),
        expected_date=notice.expected_on.isoformat(),
        carrier=notice.carrier,
        tracking=notice.tracking,
        receipt_id=notice.receipt_id or 0,
        announced_at=notice.announced_at,
        lines=[AnnouncedLine(one.line_number, one.quantity_milli, one.lot_code, one.expiry_date) for one in lines],
    )
