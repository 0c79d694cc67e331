"""The steps of purchase orders: submitted, reviewed, changed, sent, confirmed, closed, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from application.fields import NamedTwice, at_most, optional_date, optional_name, within
from application.ports.kernel import UnitOfWork
from application.purchasing.central_shares import (
    check_share_entries,
    check_shares_not_below_received,
    cut_to_lines,
    same_shares,
    written_shares,
)
from application.purchasing.purchase_ledger import (
    UnknownPurchaseLine,
    allocate_version,
    buyer,
    check_not_below_received,
    locked_purchase_order,
    note_event,
    nothing_open,
    version_of,
)
from application.purchasing.purchase_views import PurchaseLineEntry, PurchaseOrderView, whole_purchase_order
from application.purchasing.purchase_writing import (
    LINES_MAX,
    PRICE_MINOR_MAX,
    PRICE_QUANTITY_MILLI_MAX,
    ExpectedInThePast,
    PriceQuantityMissing,
    Wanted,
    check_lines,
    expected_on,
    load_terms,
    written_lines,
    written_version,
)
from application.scope import trading_day
from domain.catalog.quantity import checked_quantity
from domain.purchasing.purchase_order import (
    OPEN,
    Awaiting,
    PurchaseEventKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    PurchaseSource,
    PurchaseStep,
    VersionCause,
    accept,
    cancel,
    change,
    check_awaits,
    check_reviewer,
    check_version,
    close,
    confirm,
    drop_proposed,
    review,
    send,
    submit,
)
from domain.purchasing.purchase_terms import NetPrice, price_of, prices_by_line, risen, same_terms, worth_minor
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import Rounding


class PurchaseStepMissing(Invalid):
    en = "Say what is to be done: {known}."
    zh = "请说明要执行的步骤：{known}。"


class NothingChanged(Invalid):
    en = "This is what purchase order {order_id} says already. Change something, or leave it."
    zh = "内容与采购订单 {order_id} 现有版本相同，没有变更。"


class DropShipNotChanged(Rejected):
    en = "Purchase order {order_id} is what a customer's order lacks. Cancel it, and draw the goods anew."
    zh = "采购订单 {order_id} 是为客户订单缺货订购的，不能变更。请取消后重新订购。"


class NothingConfirmed(Invalid):
    en = "The supplier promises nothing of purchase order {order_id}. Cancel it instead."
    zh = "供应商未确认采购订单 {order_id} 的任何商品，请取消该订单。"


@dataclass(frozen=True, slots=True)
class ChangePurchaseOrder:
    """All lines as they are to be; `version` is the newest that the caller has seen."""

    order_id: int
    version: int
    lines: tuple[PurchaseLineEntry, ...]
    expected_date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AdvancePurchaseOrder:
    order_id: int
    step: PurchaseStep | None = None
    version: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReviewPurchaseOrder:
    order_id: int
    version: int
    approved: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmedLine:
    """What a supplier promises of a line; a quantity of 0 is none of it, a price quantity of 0 the price as ordered."""

    line_number: int
    quantity_milli: int
    price_minor: int = 0
    price_quantity_milli: int = 0


@dataclass(frozen=True, slots=True)
class ConfirmPurchaseOrder:
    """Lines that are confirmed otherwise than ordered; what is not named is confirmed as it was ordered."""

    order_id: int
    version: int
    lines: tuple[ConfirmedLine, ...] = ()
    expected_date: str = ""
    note: str = ""


def change_purchase_order(uow: UnitOfWork, command: ChangePurchaseOrder) -> PurchaseOrderView:
    """Writes a new version; of what was approved it is only proposed until somebody approves it, where that is needed.

    Raises UnknownPurchaseOrder, AnotherVersion, PurchaseOrderNotThere, NothingChanged, BelowReceived, and what
    `written_lines` raises.
    """
    check_lines(command.lines, field="")
    check_share_entries(command.lines, field="")
    note = optional_name(command.note, field="note")
    uow.refresh()
    order = locked_purchase_order(uow, command.order_id)
    if order.source is PurchaseSource.DROP_SHIP:
        raise DropShipNotChanged("order_id", order_id=order.order_id)
    check_version(order, command.version)
    store = uow.chain.stores[order.store_id]
    supplier = uow.suppliers.by_ids({order.supplier_id})[order.supplier_id]
    wanted = Wanted(store, supplier, command.lines, "")
    lines = written_lines(
        uow, wanted, load_terms(uow, [wanted]), order_id=order.order_id, version=order.newest_version + 1,
        approved={},
    )  # fmt: skip
    expected = order.expected_on
    if command.expected_date and command.expected_date != expected.isoformat():
        expected = expected_on(uow, store, supplier, command.expected_date, field="expected_date")
    standing = version_of(uow, order, order.proposed_version or order.version)
    before = uow.central_purchasing.line_shares(order.order_id, standing.version)
    shares = written_shares(uow, store, command.lines, lines, standing=before)
    same = same_terms(uow.purchase_orders.lines(order.order_id, standing.version), lines)
    if same and same_shares(before, shares) and standing.expected_on == expected:
        raise NothingChanged("lines", order_id=order.order_id)
    allocations = uow.purchase_orders.allocations(order.order_id)
    check_not_below_received(allocations, lines)
    check_shares_not_below_received(uow, order, lines, shares, allocations)
    version = written_version(
        uow, lines, cause=VersionCause.WRITTEN, expected_on=expected, approved_minor=None,
        policies=uow.chain.policies(store.store_id), field="lines",
    )  # fmt: skip
    change(order, version, by=buyer(uow))
    uow.add(version, *lines, *shares)
    note_event(uow, order, PurchaseEventKind.CHANGED, version=version.version, note=note)
    return _after(uow, order, lines if order.version == version.version else None)


def advance_purchase_order(uow: UnitOfWork, command: AdvancePurchaseOrder) -> PurchaseOrderView:
    """Takes a step; raises PurchaseStepMissing, UnknownPurchaseOrder, AnotherVersion, PurchaseOrderNotThere."""
    if command.step is None:
        raise PurchaseStepMissing("step", known=", ".join(step.name for step in PurchaseStep))
    note = optional_name(command.note, field="note")
    uow.refresh()
    order = locked_purchase_order(uow, command.order_id)
    check_version(order, command.version)
    proposed, before = order.proposed_version, order.version
    kind = _STEPS[command.step](uow, order)
    if order.state not in OPEN:
        nothing_open(uow, order)
    about = proposed if command.step in _OF_PROPOSED else order.version
    note_event(uow, order, kind, version=about, note=note)
    in_force = order.version != before
    return _after(uow, order, uow.purchase_orders.lines(order.order_id, order.version) if in_force else None)


def review_purchase_order(uow: UnitOfWork, command: ReviewPurchaseOrder) -> PurchaseOrderView:
    """A second person approves or refuses what waits for it.

    Raises UnknownPurchaseOrder, AnotherVersion, NothingProposed, ApprovedByItsBuyer.
    """
    note = optional_name(command.note, field="note")
    uow.refresh()
    order = locked_purchase_order(uow, command.order_id)
    check_version(order, command.version)
    waiting = order.state is PurchaseOrderState.SUBMITTED
    if not waiting:
        check_awaits(order, Awaiting.APPROVAL)
    version = version_of(uow, order, order.version if waiting else order.proposed_version)
    check_reviewer(order, version, reviewer=buyer(uow))
    before = order.version
    review(order, version, approved=command.approved)
    kind = PurchaseEventKind.APPROVED if command.approved else PurchaseEventKind.REFUSED
    note_event(uow, order, kind, version=version.version, note=note)
    in_force = order.version != before
    return _after(uow, order, uow.purchase_orders.lines(order.order_id, order.version) if in_force else None)


def confirm_purchase_order(uow: UnitOfWork, command: ConfirmPurchaseOrder) -> PurchaseOrderView:
    """Records what the supplier promises: as ordered, or a version that the buyer has to accept or decline.

    Raises UnknownPurchaseOrder, AnotherVersion, PurchaseOrderNotThere, UnknownPurchaseLine, and those of quantities.
    """
    uow.refresh()
    order = locked_purchase_order(uow, command.order_id)
    take_confirmation(uow, order, command)
    return whole_purchase_order(uow, order)


def take_confirmation(uow: UnitOfWork, order: PurchaseOrder, command: ConfirmPurchaseOrder) -> None:
    """Records what the supplier of a locked order promises; raises what `confirm_purchase_order` raises."""
    note = optional_name(command.note, field="note")
    _check_confirmed(command)
    check_version(order, command.version)
    in_force = uow.purchase_orders.lines(order.order_id, order.version)
    lines = _confirmed_lines(uow, order, in_force, command)
    expected = _confirmed_date(uow, order, command.expected_date)
    if same_terms(in_force, lines) and expected == order.expected_on:
        confirm(order, None)
        note_event(uow, order, PurchaseEventKind.CONFIRMED, note=note)
        uow.purchase_orders.move(order)
        return
    version = written_version(
        uow, lines, cause=VersionCause.CONFIRMED, expected_on=expected, approved_minor=order.net_minor,
        policies=uow.chain.policies(order.store_id), field="lines",
    )  # fmt: skip
    confirm(order, version)
    shares = uow.central_purchasing.line_shares(order.order_id, order.version)
    uow.add(version, *lines, *cut_to_lines(lines, shares))
    note_event(uow, order, PurchaseEventKind.CONFIRMED_OTHERWISE, version=version.version, note=note)
    uow.purchase_orders.move(order)


def _after(
    uow: UnitOfWork, order: PurchaseOrder, came_in_force: Sequence[PurchaseOrderLine] | None
) -> PurchaseOrderView:
    if came_in_force is not None:
        allocate_version(uow, order, came_in_force)
    uow.purchase_orders.move(order)
    return whole_purchase_order(uow, order)


def _check_confirmed(command: ConfirmPurchaseOrder) -> None:
    if command.lines:
        at_most(command.lines, LINES_MAX, field="lines")
    seen: set[int] = set()
    for index, line in enumerate(command.lines):
        here = f"lines[{index}]"
        within(line.price_minor, 0, PRICE_MINOR_MAX, field=f"{here}.price_minor")
        within(line.price_quantity_milli, 0, PRICE_QUANTITY_MILLI_MAX, field=f"{here}.price_quantity_milli")
        if line.price_minor and not line.price_quantity_milli:
            raise PriceQuantityMissing(f"{here}.price_quantity_milli")
        if line.line_number in seen:
            raise NamedTwice(f"{here}.line_number", code=line.line_number)
        seen.add(line.line_number)


def _confirmed_date(uow: UnitOfWork, order: PurchaseOrder, text: str) -> date:
    named = optional_date(text, field="expected_date")
    today = trading_day(uow, uow.chain.stores[order.store_id])
    if named is not None and named != order.expected_on and named < today:
        raise ExpectedInThePast("expected_date", expected=named.isoformat(), today=today.isoformat())
    return named or order.expected_on


def _confirmed_lines(
    uow: UnitOfWork, order: PurchaseOrder, in_force: Sequence[PurchaseOrderLine], command: ConfirmPurchaseOrder
) -> list[PurchaseOrderLine]:
    """The lines of the version in force as the supplier promises them; what they promise nothing of is left out."""
    stored = uow.purchase_orders
    skus = uow.catalog.skus({line.sku_id for line in in_force})
    products = stored.buyable(set(skus.values()))
    numbers = {line.line_number for line in in_force}
    otherwise = {}
    for index, one in enumerate(command.lines):
        if one.line_number not in numbers:
            raise UnknownPurchaseLine(
                f"lines[{index}].line_number", order_id=order.order_id, line_number=one.line_number
            )
        otherwise[one.line_number] = (index, one)
    approved = prices_by_line(in_force)
    policies = uow.chain.policies(order.store_id)
    rounding, rise_bp = Rounding(policies.rounding_mode), policies.purchase_price_rise_bp
    lines = []
    for line in in_force:
        number = line.line_number
        new = replace(line, version=order.newest_version + 1, price_risen=False)
        if number in otherwise:
            index, one = otherwise[number]
            if not one.quantity_milli:
                continue
            checked_quantity(
                one.quantity_milli, unit_decimals=products[skus[line.sku_id]].unit_decimals,
                field=f"lines[{index}].quantity_milli",
            )  # fmt: skip
            new.quantity_milli = one.quantity_milli
            if one.price_quantity_milli:
                new.price_minor, new.price_quantity_milli = one.price_minor, one.price_quantity_milli
                new.discount_bp = 0
            price = price_of(new)
            new.net_minor = worth_minor(price, new.quantity_milli, rounding=rounding)
            last = NetPrice(line.last_price_minor, line.last_price_quantity_milli)
            new.price_risen = risen(
                price, last=last if last.quantity_milli else None, approved=approved[number], rise_bp=rise_bp
            )
        lines.append(new)
    if not lines:
        raise NothingConfirmed("lines", order_id=order.order_id)
    return lines


def _submit(uow: UnitOfWork, order: PurchaseOrder) -> PurchaseEventKind:
    version = version_of(uow, order, order.version)
    submit(order, needs_approval=version.needs_approval, by=buyer(uow))
    return PurchaseEventKind.SUBMITTED


def _send(uow: UnitOfWork, order: PurchaseOrder) -> PurchaseEventKind:
    send(order)
    uow.publish(
        "PurchaseOrderSent",
        order.order_id,
        {
            "order_id": order.order_id,
            "store_id": order.store_id,
            "supplier_id": order.supplier_id,
            "version": order.version,
            "expected_on": order.expected_on.isoformat(),
            "net_minor": order.net_minor,
            "currency": order.currency,
        },
    )
    return PurchaseEventKind.SENT


def _accept(uow: UnitOfWork, order: PurchaseOrder) -> PurchaseEventKind:
    check_awaits(order, Awaiting.ACCEPTANCE)
    accept(order, version_of(uow, order, order.proposed_version), by=buyer(uow))
    return PurchaseEventKind.ACCEPTED


def _decline(_: UnitOfWork, order: PurchaseOrder) -> PurchaseEventKind:
    check_awaits(order, Awaiting.ACCEPTANCE)
    drop_proposed(order)
    return PurchaseEventKind.DECLINED


def _withdraw(_: UnitOfWork, order: PurchaseOrder) -> PurchaseEventKind:
    check_awaits(order, Awaiting.APPROVAL)
    drop_proposed(order)
    return PurchaseEventKind.WITHDRAWN


def _close(_: UnitOfWork, order: PurchaseOrder) -> PurchaseEventKind:
    close(order)
    return PurchaseEventKind.CLOSED


def _cancel(_: UnitOfWork, order: PurchaseOrder) -> PurchaseEventKind:
    cancel(order)
    return PurchaseEventKind.CANCELLED


_STEPS = {
    PurchaseStep.SUBMIT: _submit,
    PurchaseStep.SEND: _send,
    PurchaseStep.ACCEPT: _accept,
    PurchaseStep.DECLINE: _decline,
    PurchaseStep.WITHDRAW: _withdraw,
    PurchaseStep.CLOSE: _close,
    PurchaseStep.CANCEL: _cancel,
}
_OF_PROPOSED = frozenset({PurchaseStep.ACCEPT, PurchaseStep.DECLINE, PurchaseStep.WITHDRAW})
