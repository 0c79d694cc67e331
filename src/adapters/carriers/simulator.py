"""A carrier that is none: for trying out what a chain does with one. No parcel moves, and production refuses it.

Waybill numbers come of the key, so what is asked twice is made once. Its messages are JSON, signed with HMAC-SHA-256
over the body under a shared key, in hexadecimal in the header `X-Carrier-Signature`:

    {"waybill_number": "SIM…", "events": [{"id": "1", "kind": "signed", "at": "2026-11-22T10:00:00Z", "place": ""}]}
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from adapters.payments.answers import json_object
from application.ports.carriers import CarrierEvent, CarrierNotice, CarrierRefused, Waybill, WaybillAsked
from application.ports.payments import NoticeRefused
from domain.logistics.shipment import TrackingKind

CODE: Final = "simulated"
SIGNATURE: Final = "x-carrier-signature"
EVENTS_MAX: Final = 1_000
REFUSED_REGION: Final = "nowhere"
"""Where the simulated carrier does not go."""


class SimulatedCarrier:
    """The port for nobody; `key` is what its messages are signed with."""

    code = CODE
    gateway = CODE

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def book(self, asked: WaybillAsked) -> Waybill:
        if asked.recipient.region == REFUSED_REGION:
            raise CarrierRefused("no service there")
        return Waybill("SIM" + hashlib.sha256(asked.key.encode()).hexdigest()[:12].upper())

    def cancel(self, key: str, waybill_number: str) -> None:
        """Takes every waybill back."""

    def signature(self, body: bytes) -> str:
        """What stands in the header of a message."""
        return hmac.new(self._key, body, hashlib.sha256).hexdigest()

    def notice(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> CarrierNotice:
        if not hmac.compare_digest(headers.get(SIGNATURE, "").encode(), self.signature(body).encode()):
            raise NoticeRefused("The message is not signed.")
        said = json_object(body)
        try:
            events = [_event(one) for one in said["events"][:EVENTS_MAX]]
            return CarrierNotice(str(said["waybill_number"]), events)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            raise NoticeRefused("The message cannot be read.") from error


def _event(said: Mapping[str, Any]) -> CarrierEvent:
    at = datetime.fromisoformat(str(said["at"]))
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return CarrierEvent(str(said["id"])[:64], TrackingKind(said["kind"]), at, str(said.get("place", ""))[:200])
