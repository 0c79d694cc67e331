"""Purchase orders are written: one, or all those of a proposal at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import TooMany, at_most, optional_code, optional_name, required_code
from application.ports.kernel import UnitOfWork
from application.purchasing.central_shares import allocations_of, check_share_entries, written_shares
from application.purchasing.purchase_ledger import buyer, codes_of_suppliers, note_event
from application.purchasing.purchase_views import PurchaseLineEntry, PurchaseOrderView, purchase_order_view
from application.purchasing.purchase_writing import (
    Terms,
    Wanted,
    check_currency,
    check_lines,
    expected_on,
    load_terms,
    written_lines,
    written_version,
)
from application.purchasing.put_suppliers import UnknownSupplier
from application.scope import open_store
from domain.purchasing.purchase_order import (
    Awaiting,
    PurchaseEventKind,
    PurchaseOrder,
    PurchaseOrderState,
    PurchaseSource,
    VersionCause,
    submit,
)
from domain.purchasing.supplier import check_open
from domain.shared.errors import Invalid

ORDERS_MAX: Final = 500
LINES_TOTAL_MAX: Final = 20_000


class SourceMissing(Invalid):
    en = "Say why the goods are ordered: {known}."
    zh = "请说明订购来源：{known}。"


class DropShipOfNoOrder(Invalid):
    en = "Goods for a customer are ordered by CreateDropShip, for the order that lacks them. Use it, or another source."
    zh = "发给客户的商品须通过 CreateDropShip 为缺货的订单订购。请使用该接口，或填写其他来源。"


@dataclass(frozen=True, slots=True)
class PurchaseOrderEntry:
    """An order to be written: for a store, to a supplier. Without a date it is expected when they deliver next."""

    supplier_code: str
    lines: tuple[PurchaseLineEntry, ...]
    source: PurchaseSource | None = None
    store_code: str = ""
    expected_date: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CreatePurchaseOrders:
    """With `submit` the orders wait for approval at once, or are approved where nobody has to."""

    orders: tuple[PurchaseOrderEntry, ...]
    proposal_reference: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class PurchaseOrdersCreated:
    """`existing` tells that the orders had been made of this proposal before, and none is new."""

    orders: Sequence[PurchaseOrderView]
    existing: bool


def create_purchase_orders(uow: UnitOfWork, command: CreatePurchaseOrders) -> PurchaseOrdersCreated:
    """Writes all orders or none; those of a proposal that was ordered before are found, not made again.

    Raises SourceMissing, DropShipOfNoOrder, UnknownStore, StoreClosed, UnknownSupplier, SupplierBlocked,
    AnotherCurrency, ExpectedInThePast, and what `written_lines` raises.
    """
    _check(command)
    for index, entry in enumerate(command.orders):
        if entry.source is PurchaseSource.DROP_SHIP:
            raise DropShipOfNoOrder(f"orders[{index}].source")
    reference = optional_code(command.proposal_reference, field="proposal_reference")
    if reference:
        # Whoever orders of the same proposal at this moment waits here, and then finds the orders.
        uow.bump("purchase_proposals")
    uow.refresh()
    if reference and (found := uow.purchase_orders.of_proposal(reference)):
        return _answer(uow, [order for order in found if uow.caller.sees(order.store_id)], existing=True)
    return _answer(uow, write_orders(uow, command), existing=False)


def write_orders(uow: UnitOfWork, command: CreatePurchaseOrders) -> list[PurchaseOrder]:
    """The new orders, of whatever source and of no proposal; raises as `create_purchase_orders` does."""
    suppliers = uow.suppliers.by_codes({entry.supplier_code for entry in command.orders})
    wanted = []
    for index, entry in enumerate(command.orders):
        here = f"orders[{index}]"
        supplier = suppliers.get(entry.supplier_code)
        if supplier is None:
            raise UnknownSupplier(f"{here}.supplier_code", supplier_code=entry.supplier_code)
        check_open(supplier, field=f"{here}.supplier_code")
        store = open_store(uow, entry.store_code, field=f"{here}.store_code")
        check_currency(store, supplier, field=f"{here}.supplier_code")
        wanted.append(Wanted(store, supplier, entry.lines, f"{here}."))
    terms = load_terms(uow, wanted)
    return [_record(uow, entry, one, terms, command) for entry, one in zip(command.orders, wanted, strict=True)]


def _check(command: CreatePurchaseOrders) -> None:
    at_most(command.orders, ORDERS_MAX, field="orders")
    lines = sum(len(entry.lines) for entry in command.orders)
    if lines > LINES_TOTAL_MAX:
        raise TooMany("orders", count=lines, count_max=LINES_TOTAL_MAX)
    for index, entry in enumerate(command.orders):
        here = f"orders[{index}]"
        required_code(entry.supplier_code, field=f"{here}.supplier_code")
        optional_name(entry.note, field=f"{here}.note")
        if entry.source is None:
            raise SourceMissing(f"{here}.source", known=", ".join(source.name for source in PurchaseSource))
        check_lines(entry.lines, field=f"{here}.")
        check_share_entries(entry.lines, field=f"{here}.")


def _record(
    uow: UnitOfWork, entry: PurchaseOrderEntry, wanted: Wanted, terms: Terms, command: CreatePurchaseOrders
) -> PurchaseOrder:
    store, supplier, by = wanted.store, wanted.supplier, buyer(uow)
    order_id = uow.new_id()
    lines = written_lines(uow, wanted, terms, order_id=order_id, version=1, approved={})
    shares = written_shares(uow, store, entry.lines, lines, field=wanted.field)
    version = written_version(
        uow, lines,
        cause=VersionCause.WRITTEN,
        expected_on=expected_on(uow, store, supplier, entry.expected_date, field=f"{wanted.field}expected_date"),
        policies=uow.chain.policies(store.store_id), approved_minor=None, field=f"{wanted.field}lines",
    )  # fmt: skip
    assert entry.source is not None
    order = PurchaseOrder(
        order_id=order_id,
        store_id=store.store_id,
        supplier_id=supplier.supplier_id,
        currency=store.currency,
        source=entry.source,
        state=PurchaseOrderState.DRAFT,
        awaiting=Awaiting.NOTHING,
        version=1,
        proposed_version=0,
        newest_version=1,
        sent_version=0,
        expected_on=version.expected_on,
        net_minor=version.net_minor,
        proposal_reference=command.proposal_reference,
        note=optional_name(entry.note, field=f"{wanted.field}note"),
        asked_by_caller_id=by.caller_id,
        asked_by_staff_id=by.staff_id,
        events=0,
        created_at=uow.now,
    )
    note_event(uow, order, PurchaseEventKind.CREATED)
    if command.submit:
        submit(order, needs_approval=version.needs_approval, by=by)
        note_event(uow, order, PurchaseEventKind.SUBMITTED)
    uow.add(order, version, *lines, *shares, *allocations_of(order, lines, shares))
    return order


def _answer(uow: UnitOfWork, orders: Sequence[PurchaseOrder], *, existing: bool) -> PurchaseOrdersCreated:
    codes = codes_of_suppliers(uow, orders)
    return PurchaseOrdersCreated(
        [purchase_order_view(uow, order, codes[order.supplier_id]) for order in orders], existing
    )
