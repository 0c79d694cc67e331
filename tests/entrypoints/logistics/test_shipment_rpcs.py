"""The whole way of a parcel: gRPC, a carrier behind a socket that checks signatures, and what it tells over HTTP."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http.client import HTTPConnection
from uuid import uuid4

import pytest

from adapters.carriers.kuaidi100 import Kuaidi100Account, Kuaidi100Carrier
from application.outside import Outside
from domain.identity.organisation import SYSTEM
from domain.sales.order import OrderState
from entrypoints.carrier_webhooks import BYTES_MAX, CarrierWebhooks, noting
from entrypoints.grpc.shipments import SERVICE
from entrypoints.webhooks import Webhooks, WebhookServer
from liansuo.logistics.v1 import shipment_pb2 as pb2
from tests.adapters.carriers.kuaidi100_server import CANCEL, KEY, ORDER, SALT, SECRET, Kuaidi100, push, told
from tests.application.logistics.sending import HOME, Shop, at_once
from tests.entrypoints.grpc.serving import Failed, Running, serving
from tests.entrypoints.table_calls import permissions
from tests.world import World, opened

PATH = "/liansuo.logistics.v1.ShippingService/"
HEEDED = (200, '{"result":true,"returnCode":"200","message":"成功"}'.encode())


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "CreateShipment": "shipping.ship",
        "PrintWaybill": "shipping.ship",
        "RecordTracking": "shipping.track",
        "CancelShipment": "shipping.ship",
        "ResolveShipment": "shipping.ship",
        "GetShipment": "shipping.read",
        "ListShipments": "shipping.read",
        "ListCarrierPerformance": "shipping.read",
    }


@dataclass
class Edge:
    """A server that asks Kuaidi100, and the endpoint to which that tells."""

    world: World
    there: Kuaidi100
    server: Running
    port: int

    def call(self, rpc: str, request: object) -> object:
        answer = self.server.call(f"{PATH}{rpc}", request)
        if isinstance(answer, Failed):
            return answer
        return getattr(pb2, f"{rpc}Response").FromString(answer)

    def post(self, body: bytes, *, path: str = "/webhooks/kuaidi100", announced: int = 0) -> tuple[int, bytes]:
        """What is answered to a body, of which more may be announced than comes."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            headers = {"Content-Length": str(announced or len(body))}
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def create(self, order_id: int, carrier: str = "shunfeng") -> object:
        request = pb2.CreateShipmentRequest(
            request_id=str(uuid4()),
            order_id=order_id,
            carrier=carrier,
            parcels=[pb2.Parcel(weight_grams=1_500)],
            fee_minor=1_200,
            promised_at=self.world.clock() + timedelta(days=2),
        )
        return self.call("CreateShipment", request)


@contextmanager
def edge_of(world: World, there: Kuaidi100) -> Iterator[Edge]:
    account = Kuaidi100Account(KEY, SECRET, SALT, "https://shop.example/", there.url + ORDER, there.url + CANCEL, 5.0)
    carriers = {code: Kuaidi100Carrier(code, account, {"partnerId": "1"}) for code in ("shunfeng", "zhongtong")}
    caller = replace(world.s1, permissions=frozenset({"shipping.ship", "shipping.track", "shipping.read"}))
    outside = Outside(world.transactor, {}, at_once, SYSTEM, world.clock, carriers=carriers)
    others = CarrierWebhooks(carriers, noting(outside), clock=world.clock)
    webhooks = WebhookServer(Webhooks({}, lambda *_: None, clock=world.clock, others=others), host="127.0.0.1", port=0)
    webhooks.start()
    with serving(
        world.units, services=(SERVICE,), authenticate=lambda _: caller, clock=world.clock, carriers=carriers
    ) as server:
        yield Edge(world, there, server, webhooks.server_port)
    webhooks.stop()


@pytest.fixture
def edge(sqlite_chain: str) -> Iterator[Edge]:
    with Kuaidi100() as there, opened(sqlite_chain, furnished=True) as world, edge_of(world, there) as edge:
        yield edge
        assert world.broken() == []


@pytest.mark.capability("LOG-01")
@pytest.mark.capability("LOG-02")
def test_goes_from_the_order_to_the_signature(edge):
    shop = Shop(edge.world)
    order = shop.order()
    made = edge.create(order.order_id).shipment
    assert (made.waybill_number, made.fee_minor, made.state) == ("SF0000000001", 1_200, pb2.SHIPMENT_STATE_CREATED)
    printed = edge.call("PrintWaybill", pb2.PrintWaybillRequest(shipment_id=made.shipment_id))
    assert (printed.recipient.recipient, printed.label_url) == (
        HOME.recipient, "https://api.kuaidi100.com/label/get/1.png",
    )  # fmt: skip

    edge.world.clock.advance(days=1)
    body = push(made.waybill_number, [told("2026-11-23 09:30:00", "301"), told("2026-11-22 20:00:00", "103")])
    assert edge.post(body) == HEEDED
    assert edge.post(body) == HEEDED

    seen = edge.call("GetShipment", pb2.GetShipmentRequest(shipment_id=made.shipment_id))
    assert (seen.shipment.state, [one.kind for one in seen.events]) == (
        pb2.SHIPMENT_STATE_SIGNED, [pb2.TRACKING_KIND_PICKED_UP, pb2.TRACKING_KIND_SIGNED],
    )  # fmt: skip
    assert (seen.recipient.recipient, seen.recipient.street) == ("王**", "")
    assert shop.seen(order).state is OrderState.SIGNED
    figures = edge.call(
        "ListCarrierPerformance", pb2.ListCarrierPerformanceRequest(from_date="2026-11-24", to_date="2026-11-24")
    )
    assert [(one.carrier, one.on_time, one.on_time_bp) for one in figures.carriers] == [("shunfeng", 1, 10_000)]


def test_a_message_that_is_not_signed_has_no_effect(edge):
    order = Shop(edge.world).order()
    made = edge.create(order.order_id).shipment
    forged = push(made.waybill_number, [told("2026-11-22 09:30:00", "301")], salt="guessed")
    assert edge.post(forged)[0] == 400
    assert edge.post(b"", announced=BYTES_MAX + 1)[0] == 413
    assert edge.post(forged, path="/webhooks/nobody")[0] == 404
    assert edge.post(push("SF404", [told("2026-11-22 09:30:00", "301")])) == HEEDED
    assert edge.world.count("shipment_events") == 0


def test_says_which_carriers_there_are_and_takes_a_waybill_back(edge):
    order = Shop(edge.world).order()
    refused = edge.create(order.order_id, "pigeon")
    assert (refused.reason, refused.fields) == ("UNKNOWN_CARRIER", ["carrier"])
    assert "shunfeng, zhongtong" in refused.message
    made = edge.create(order.order_id, "zhongtong").shipment
    request = pb2.CancelShipmentRequest(request_id=str(uuid4()), shipment_id=made.shipment_id)
    assert edge.call("CancelShipment", request).shipment.state == pb2.SHIPMENT_STATE_CANCELLED
    assert edge.there.cancelled == [made.waybill_number]


def test_nobodys_address_is_logged(edge):
    order = Shop(edge.world).order()
    edge.create(order.order_id)
    log = edge.server.stream.getvalue().decode()
    assert "CreateShipment" in log
    assert HOME.recipient not in log
    assert HOME.phone not in log


def test_a_message_that_could_not_be_noted_is_told_again(edge):
    def failing(*_: object) -> int:
        raise RuntimeError

    carriers = {"shunfeng": Kuaidi100Carrier("shunfeng", Kuaidi100Account(KEY, SECRET, SALT, ""), {})}
    webhooks = CarrierWebhooks(carriers, failing, clock=edge.world.clock)
    reply = webhooks.reply("/webhooks/kuaidi100", {}, push("SF1", []))
    assert reply.status == 503
