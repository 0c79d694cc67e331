"""What the application needs of shipments."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import CarrierFigures, CarrierStep, Parcel, Shipment, ShipmentEvent


@dataclass(frozen=True, slots=True)
class ShipmentFilter:
    """Which shipments: None for `store_ids` is the whole chain; the rest are conditions where they are set."""

    store_ids: Collection[int] | None
    order_id: int | None = None
    transfer_id: int | None = None
    problems_only: bool = False
    late_at: datetime | None = None
    """Only those that are late at this moment and not signed for."""


@dataclass(frozen=True, slots=True)
class ShipmentPapers:
    """What a carrier needs to make a waybill, and the label that it has made; empty where there is none."""

    address: DeliveryAddress
    parcels: Sequence[Parcel]
    label_url: str = field(default="", repr=False)


class Shipments(Protocol):
    """Shipments with their parcels and events. Addresses and labels are encrypted on their way to storage."""

    def keep_address(self, order_id: int, member_id: int | None, address: DeliveryAddress) -> None:
        """Keeps where an order goes."""

    def address_of(self, order_id: int) -> DeliveryAddress | None:
        """Where an order goes; None where that was not told, or not any more."""

    def create(self, shipment: Shipment, address: DeliveryAddress, parcels: Sequence[Parcel]) -> None:
        """Adds a shipment; raises Contention where somebody has just taken its waybill number."""

    def lock(self, shipment_id: int) -> Shipment | None:
        """The shipment, locked, before its order and its member; None when there is none."""

    def find(self, shipment_id: int) -> Shipment | None:
        """As `lock`, but only reads."""

    def find_request(self, caller_id: int, request_id: str) -> Shipment | None:
        """The shipment that a request of a caller has created."""

    def lock_waybill(self, waybill_number: str, carriers: Collection[str]) -> Shipment | None:
        """As `lock`, by the number that one of these carriers has given."""

    def is_waybill_used(self, waybill_number: str, carrier: str) -> bool:
        """Whether a shipment has this number of this carrier."""

    def save(self, shipment: Shipment) -> None:
        """Writes what a locked shipment is now."""

    def save_all(self, shipments: Sequence[Shipment]) -> None:
        """The same for many in one statement."""

    def keep_label(self, shipment: Shipment, label_url: str) -> None:
        """Keeps where the carrier shows the label of a locked shipment."""

    def papers(self, shipment: Shipment) -> ShipmentPapers:
        """What its waybill is made of."""

    def of_order(self, order_id: int) -> Sequence[Shipment]:
        """All shipments of an order, the oldest first."""

    def count_of(self, *, order_id: int | None, transfer_id: int | None) -> int:
        """How many shipments an order or a transfer has."""

    def known_events(self, shipment_id: int, event_keys: Collection[str]) -> Collection[str]:
        """Which of these were told of a locked shipment before."""

    def add_events(self, events: Sequence[ShipmentEvent]) -> None:
        """Adds events that were not told before."""

    def events(self, shipment_id: int, *, limit: int) -> Sequence[ShipmentEvent]:
        """The latest of what was told of a shipment, in the order in which it happened."""

    def list_shipments(
        self, wanted: ShipmentFilter, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[Shipment]:
        """Up to `limit` shipments, newest first, those older than (created_at, shipment id)."""

    def lock_late(self, now: datetime, *, limit: int) -> Sequence[Shipment]:
        """Shipments that are late and of which nobody was told, locked, those that somebody else has left out."""

    def orders_told_of(self, order_ids: Collection[int], *, but: Collection[int]) -> Collection[int]:
        """Which of these orders have a late shipment that somebody was told of, other than those in `but`."""

    def due_at_carriers(self, now: datetime, *, step: CarrierStep, limit: int) -> Sequence[int]:
        """Shipments whose carrier is to be asked for a step by now, the longest due first."""

    def performance(
        self, store_ids: Collection[int] | None, *, from_on: date, to_on: date, now: datetime
    ) -> Sequence[CarrierFigures]:
        """How carriers have kept the promises of a period, both days included, by carrier."""
