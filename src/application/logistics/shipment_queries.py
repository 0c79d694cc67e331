"""Reading shipments, and how carriers keep what they promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from application.fields import Missing, optional_date
from application.logistics.shipment_views import ShipmentView, found_shipment, shipment_view
from application.masking import masked_name, masked_phone
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.shipments import ShipmentFilter
from application.scope import LastBeforeFirst, store_in_scope
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import CarrierFigures, Parcel, TrackingKind
from domain.shared.errors import Invalid

PERSONAL: Final = "shipping.personal"
EVENTS_SHOWN: Final = 200
DAYS_MAX: Final = 366


class PeriodTooLong(Invalid):
    en = "{days} days are too many; ask for at most {days_max}."
    zh = "{days} 天过长，最多 {days_max} 天。"


@dataclass(frozen=True, slots=True)
class GetShipment:
    shipment_id: int


@dataclass(frozen=True, slots=True)
class TrackingEventView:
    kind: TrackingKind
    occurred_at: datetime
    place: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ShipmentDetails:
    """A shipment with what belongs to it; who takes it is masked for whoever may not see that."""

    shipment: ShipmentView
    recipient: DeliveryAddress
    parcels: Sequence[Parcel]
    events: Sequence[TrackingEventView]


@dataclass(frozen=True, slots=True)
class ListShipments:
    store_code: str = ""
    order_id: int = 0
    transfer_id: int = 0
    problems_only: bool = False
    late_only: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ShipmentsPage:
    shipments: Sequence[ShipmentView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListCarrierPerformance:
    """ISO dates, both included."""

    from_date: str
    to_date: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class CarrierPerformance:
    carriers: Sequence[CarrierFigures]


def get_shipment(uow: UnitOfWork, query: GetShipment) -> ShipmentDetails:
    """A shipment with its parcels and the latest of its events; raises UnknownShipment."""
    uow.refresh()
    shipment = found_shipment(uow, query.shipment_id)
    papers = uow.shipments.papers(shipment)
    recipient = papers.address if uow.caller.may(PERSONAL) else _masked(papers.address)
    events = [
        TrackingEventView(one.kind, one.occurred_at, one.place, one.recorded_at)
        for one in uow.shipments.events(shipment.shipment_id, limit=EVENTS_SHOWN)
    ]
    return ShipmentDetails(shipment_view(uow, shipment), recipient, papers.parcels, events)


def list_shipments(uow: UnitOfWork, query: ListShipments) -> ShipmentsPage:
    """Shipments of the stores in scope, newest first; raises UnknownStore."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    wanted = ShipmentFilter(
        store_ids, query.order_id or None, query.transfer_id or None, query.problems_only,
        uow.now if query.late_only else None,
    )  # fmt: skip
    after = (asked.after[0], asked.after[1]) if asked.after else None
    found = uow.shipments.list_shipments(wanted, after=after, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda one: (one.created_at, one.shipment_id))
    return ShipmentsPage([shipment_view(uow, one) for one in found[: asked.limit]], token)


def list_carrier_performance(uow: UnitOfWork, query: ListCarrierPerformance) -> CarrierPerformance:
    """How carriers kept what they had promised for these days; the cost is that of the days, whatever came before.

    Raises Missing, InvalidDate, LastBeforeFirst, PeriodTooLong and UnknownStore.
    """
    first, last = _day(query.from_date, "from_date"), _day(query.to_date, "to_date")
    if last < first:
        raise LastBeforeFirst("to_date", from_date=query.from_date, to_date=query.to_date)
    days = (last - first).days + 1
    if days > DAYS_MAX:
        raise PeriodTooLong("to_date", days=days, days_max=DAYS_MAX)
    uow.refresh()
    store_ids = uow.caller.store_ids
    if query.store_code:
        store_ids = frozenset({store_in_scope(uow, query.store_code).store_id})
    return CarrierPerformance(uow.shipments.performance(store_ids, from_on=first, to_on=last, now=uow.now))


def _day(text: str, field: str) -> date:
    day = optional_date(text, field=field)
    if day is None:
        raise Missing(field)
    return day


def _masked(address: DeliveryAddress) -> DeliveryAddress:
    """Enough to tell parcels apart: no street."""
    return DeliveryAddress(masked_name(address.recipient), masked_phone(address.phone), address.region, "")
