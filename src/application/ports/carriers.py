"""What the application needs from carriers: a waybill for a parcel, its cancellation, and what they tell of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import Parcel, TrackingKind


class CarrierUnreachable(Exception):
    """No answer, or one that says nothing: asking again under the same key does no harm."""


class CarrierRefused(Exception):
    """The carrier does not do it; the text is its reason and holds nothing personal."""


@dataclass(frozen=True, slots=True)
class WaybillAsked:
    """A shipment for which a waybill is wanted. What is asked twice under the same key is made once."""

    key: str
    carrier: str
    service: str
    sender: DeliveryAddress = field(repr=False)
    recipient: DeliveryAddress = field(repr=False)
    parcels: Sequence[Parcel] = ()


@dataclass(frozen=True, slots=True)
class Waybill:
    """What the carrier has made of it; `label_url` is where it shows the label, empty for none."""

    number: str
    label_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CarrierEvent:
    """One thing that a carrier tells; `event_key` is the same whenever it is told again."""

    event_key: str
    kind: TrackingKind
    occurred_at: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class CarrierNotice:
    """A message of a carrier whose signature was good: what it tells of one waybill."""

    waybill_number: str
    events: Sequence[CarrierEvent]


class Carrier(Protocol):
    """One carrier, asked directly or through a service that speaks to many."""

    @property
    def code(self) -> str:
        """How shipments name it, e.g. "shunfeng"."""

    @property
    def gateway(self) -> str:
        """Who sends its messages, e.g. "kuaidi100": the last part of their path."""

    def book(self, asked: WaybillAsked) -> Waybill:
        """Makes a waybill; raises CarrierRefused and CarrierUnreachable."""

    def cancel(self, key: str, waybill_number: str) -> None:
        """Takes a waybill back that the parcel has not left under; raises CarrierRefused and CarrierUnreachable."""

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> CarrierNotice:
        """What a message of the gateway says; header names are in lower case. Raises NoticeRefused."""


Carriers = Mapping[str, Carrier]
"""The carriers that this process can ask, by code."""
