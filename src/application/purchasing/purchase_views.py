"""Purchase orders as they are written in requests and as they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.ports.kernel import UnitOfWork
from application.scope import trading_day, who
from domain.purchasing.purchase_order import (
    OPEN,
    Awaiting,
    PurchaseEventKind,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseOrderState,
    PurchaseSource,
    VersionCause,
)


@dataclass(frozen=True, slots=True)
class StoreShare:
    """What of a line is for a store."""

    store_code: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class PurchaseLineEntry:
    """What is wanted of a SKU: `price_minor` per `price_quantity_milli` less `discount_bp`, without tax.

    Without a price quantity the price agreed with the supplier counts. `line_number` names a line that there is, 0 a
    new one. 0 as `pack_milli` is the supplier's own pack, an empty tax category that of the product. `shares` say for
    which stores the goods are; without any those that the line has had, and the rest is for the store of the order.
    """

    sku: str
    quantity_milli: int
    line_number: int = 0
    pack_milli: int = 0
    price_minor: int = 0
    price_quantity_milli: int = 0
    discount_bp: int = 0
    tax_category: str = ""
    shares: tuple[StoreShare, ...] = ()


@dataclass(frozen=True, slots=True)
class PurchaseLineView:
    line_number: int
    sku: str
    quantity_milli: int
    pack_milli: int
    price_minor: int
    price_quantity_milli: int
    discount_bp: int
    net_minor: int
    tax_category: str
    last_price_minor: int
    last_price_quantity_milli: int
    price_risen: bool
    shares: Sequence[StoreShare] = ()


@dataclass(frozen=True, slots=True)
class PurchaseVersionView:
    """`by` is the code of the member of staff, else of the terminal or service."""

    version: int
    cause: VersionCause
    expected_date: str
    net_minor: int
    needs_approval: bool
    by: str
    made_at: datetime
    lines: Sequence[PurchaseLineView]


@dataclass(frozen=True, slots=True)
class ShareProgressView:
    """What of a line was ordered for a place, came for it, and is still open."""

    store_code: str
    ordered_milli: int
    received_milli: int
    open_milli: int


@dataclass(frozen=True, slots=True)
class PurchaseProgressView:
    """What of a line was ordered, accepted, rejected, and is still open, and what was posted for it.

    `shares` are those of each place, where some of it is for other stores than that of the order.
    """

    line_number: int
    sku: str
    ordered_milli: int
    accepted_milli: int
    rejected_milli: int
    open_milli: int
    goods_minor: int
    freight_minor: int
    quarantine_minor: int
    shares: Sequence[ShareProgressView] = ()


@dataclass(frozen=True, slots=True)
class PurchaseReceiptView:
    receipt_id: int
    delivery_id: int
    store_code: str
    delivery_note: str
    business_date: str
    goods_minor: int
    freight_minor: int
    quarantine_minor: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PurchaseEventView:
    kind: PurchaseEventKind
    version: int
    at: datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class PurchaseOrderView:
    """An order; lists leave out what belongs to it. `net_minor` and `expected_date` are of the version in force."""

    order_id: int
    store_code: str
    supplier_code: str
    currency: str
    source: PurchaseSource
    state: PurchaseOrderState
    awaiting: Awaiting
    version: int
    proposed_version: int
    sent_version: int
    expected_date: str
    overdue: bool
    net_minor: int
    proposal_reference: str
    note: str
    created_at: datetime
    versions: Sequence[PurchaseVersionView] = ()
    progress: Sequence[PurchaseProgressView] = ()
    receipts: Sequence[PurchaseReceiptView] = ()
    timeline: Sequence[PurchaseEventView] = ()


def purchase_order_view(
    uow: UnitOfWork,
    order: PurchaseOrder,
    supplier_code: str,
    *,
    versions: Sequence[PurchaseVersionView] = (),
    progress: Sequence[PurchaseProgressView] = (),
    receipts: Sequence[PurchaseReceiptView] = (),
    timeline: Sequence[PurchaseEventView] = (),
) -> PurchaseOrderView:
    """The order as shown, with what of its parts is given."""
    store = uow.chain.stores[order.store_id]
    return PurchaseOrderView(
        order_id=order.order_id,
        store_code=store.code,
        supplier_code=supplier_code,
        currency=order.currency,
        source=order.source,
        state=order.state,
        awaiting=order.awaiting,
        version=order.version,
        proposed_version=order.proposed_version,
        sent_version=order.sent_version,
        expected_date=order.expected_on.isoformat(),
        overdue=order.state in OPEN and order.expected_on < trading_day(uow, store),
        net_minor=order.net_minor,
        proposal_reference=order.proposal_reference,
        note=order.note,
        created_at=order.created_at,
        versions=versions,
        progress=progress,
        receipts=receipts,
        timeline=timeline,
    )


def whole_purchase_order(uow: UnitOfWork, order: PurchaseOrder) -> PurchaseOrderView:
    """The order with its versions, what came of it, its receipts and its timeline."""
    stored, order_id = uow.purchase_orders, order.order_id
    lines = stored.all_lines(order_id)
    skus = uow.catalog.skus({line.sku_id for line in lines})
    shares = _shares_by_line(uow, order)
    by_place = _progress_by_line(uow, order) if shares else {}
    progress = [
        PurchaseProgressView(
            one.line_number, skus[one.sku_id], one.ordered_milli, one.accepted_milli, one.rejected_milli,
            one.open_milli, one.goods_minor, one.freight_minor, one.quarantine_minor,
            by_place.get(one.line_number, ()),
        )
        for one in stored.progress(order_id)
    ]  # fmt: skip
    versions = [
        PurchaseVersionView(
            one.version, one.cause, one.expected_on.isoformat(), one.net_minor, one.needs_approval,
            who(uow, caller_id=one.caller_id, staff_id=one.staff_id), one.made_at,
            [
                _line(line, skus, shares.get((line.version, line.line_number), ()))
                for line in lines
                if line.version == one.version
            ],
        )
        for one in stored.versions(order_id)
    ]  # fmt: skip
    receipts = [
        PurchaseReceiptView(
            one.receipt_id, one.delivery_id, uow.chain.stores[one.store_id].code, one.delivery_note,
            one.business_date.isoformat(), one.goods_minor, one.freight_minor, one.quarantine_minor, one.received_at,
        )
        for one in stored.receipts(order_id)
    ]  # fmt: skip
    timeline = [
        PurchaseEventView(
            one.kind, one.version, one.at, who(uow, caller_id=one.caller_id, staff_id=one.staff_id), one.note
        )
        for one in stored.events(order_id)
    ]
    supplier = uow.suppliers.by_ids({order.supplier_id})[order.supplier_id]
    return purchase_order_view(
        uow, order, supplier.code, versions=versions, progress=progress, receipts=receipts, timeline=timeline
    )


def _shares_by_line(uow: UnitOfWork, order: PurchaseOrder) -> Mapping[tuple[int, int], Sequence[StoreShare]]:
    """The stores' shares of each line of each version."""
    found: dict[tuple[int, int], list[StoreShare]] = {}
    for one in uow.central_purchasing.line_shares(order.order_id, None):
        share = StoreShare(uow.chain.stores[one.location_id].code, one.quantity_milli)
        found.setdefault((one.version, one.line_number), []).append(share)
    return found


def _progress_by_line(uow: UnitOfWork, order: PurchaseOrder) -> Mapping[int, Sequence[ShareProgressView]]:
    """How far the lines have come for each place, where there are several."""
    found: dict[int, list[ShareProgressView]] = {}
    for one in uow.purchase_orders.allocations(order.order_id):
        code = uow.chain.stores[one.location_id].code
        share = ShareProgressView(code, one.ordered_milli, one.received_milli, one.open_milli)
        found.setdefault(one.line_number, []).append(share)
    return {number: shares for number, shares in found.items() if len(shares) > 1}


def _line(line: PurchaseOrderLine, skus: Mapping[int, str], shares: Sequence[StoreShare]) -> PurchaseLineView:
    return PurchaseLineView(
        line.line_number, skus[line.sku_id], line.quantity_milli, line.pack_milli, line.price_minor,
        line.price_quantity_milli, line.discount_bp, line.net_minor, line.tax_category, line.last_price_minor,
        line.last_price_quantity_milli, line.price_risen, shares,
    )  # fmt: skip
