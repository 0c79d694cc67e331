import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.carriers.simulator import REFUSED_REGION, SIGNATURE, SimulatedCarrier
from application.ports.carriers import CarrierEvent, CarrierRefused, WaybillAsked
from application.ports.payments import NoticeRefused
from domain.logistics.address import DeliveryAddress
from domain.logistics.shipment import TrackingKind

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOME = DeliveryAddress("A", "13800138000", "Shenzhen", "Street 1")
ASKED = WaybillAsked("S7", "simulated", "", HOME, HOME)
SAID = {"waybill_number": "SIM1", "events": [{"id": "1", "kind": "signed", "at": "2026-11-22T10:00:00Z"}]}


def sent(said, key="secret"):
    body = json.dumps(said).encode()
    return {SIGNATURE: SimulatedCarrier(key).signature(body)}, body


def test_makes_a_waybill_once_for_a_key():
    one = SimulatedCarrier("secret")
    assert one.book(ASKED).number == one.book(ASKED).number == "SIMD53D113E9C01"
    assert one.book(replace(ASKED, key="S8")).number != one.book(ASKED).number
    with pytest.raises(CarrierRefused):
        one.book(replace(ASKED, recipient=replace(HOME, region=REFUSED_REGION)))


def test_believes_what_is_signed_with_its_key():
    notice = SimulatedCarrier("secret").notice(*sent(SAID), at=NOON)
    at = datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert (notice.waybill_number, notice.events) == ("SIM1", [CarrierEvent("1", TrackingKind.SIGNED, at)])
    for headers, body in (
        sent(SAID, key="another"),
        ({}, b"{}"),
        sent([]),
        sent({}),
        sent({**SAID, "events": [{"id": "1", "kind": "eaten", "at": "2026-11-22T10:00:00Z"}]}),
        sent({**SAID, "events": [{"id": "1", "kind": "signed", "at": "2026-11-22T10:00:00"}]}),
    ):
        with pytest.raises(NoticeRefused):
            SimulatedCarrier("secret").notice(headers, body, at=NOON)
