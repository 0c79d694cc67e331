"""Two suppliers at the server: each sees its own, and nothing else of any RPC there is."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import grpc
import pytest

from application.identity.authenticate import Credentials, authenticate
from application.identity.callers import CreateSupplierAccount, create_supplier_account
from domain.identity.organisation import Caller, stranger
from entrypoints.grpc.rpc import PUBLIC
from entrypoints.grpc.services import SERVICES
from entrypoints.grpc.supplier_access import SERVICE
from entrypoints.grpc.supplier_documents import SERVICE as DOCUMENT_SERVICE
from liansuo.identity.v1 import identity_pb2
from liansuo.purchasing.v1 import purchase_order_pb2
from liansuo.purchasing.v1 import supplier_access_pb2 as pb2
from liansuo.purchasing.v1 import supplier_document_pb2 as document_pb2
from tests.adapters.documents.samples import response
from tests.application.purchasing.supplied import ordered, with_suppliers
from tests.entrypoints.grpc.serving import Running, serving
from tests.entrypoints.table_calls import permissions
from tests.world import World

DENIED = grpc.StatusCode.PERMISSION_DENIED
OWN = {
    "ListMySupplierStock": "supplier_access.read",
    "ListMyOrders": "supplier_access.read",
    "GetMyOrder": "supplier_access.read",
    "GetMyDelivery": "supplier_access.read",
    "ConfirmMyOrder": "supplier_access.answer",
    "AnnounceDelivery": "supplier_access.answer",
}
DOCUMENTS = {"GetMyOrderDocument": "supplier_access.read", "SendMyDocument": "supplier_access.answer"}


class Suppliers:
    """MILL and FARM, each with its own credential at one server."""

    def __init__(self, world: World, server: Running) -> None:
        self.world, self.server = world, server
        self.mill, self.farm = [self._enrolled(code) for code in ("MILL", "FARM")]

    def ask(self, credential: str, rpc: str, request: Any) -> Any:
        """The response message, or what the call failed with."""
        method = SERVICE.methods[f"/{SERVICE.name}/{rpc}"]
        answer = self.server.call(method.path, request, credential=credential)
        return method.row.response.FromString(answer) if isinstance(answer, bytes) else answer

    def _enrolled(self, code: str) -> str:
        created = self.world.do(create_supplier_account, CreateSupplierAccount(f"{code}-1", code))
        request = identity_pb2.EnrollRequest(enrolment_code=created.enrolment_code)
        answer = self.server.call("/liansuo.identity.v1.IdentityService/Enroll", request, credential=None)
        return identity_pb2.EnrollResponse.FromString(answer).credential


@pytest.fixture
def suppliers(world: World) -> Iterator[Suppliers]:
    with_suppliers(world)

    def recognise(credentials: Credentials) -> Caller:
        with world.units.read(caller=stranger(), now=world.clock()) as uow:
            return authenticate(uow, credentials)

    with serving(world.units, services=SERVICES, authenticate=recognise, clock=world.clock) as server:
        yield Suppliers(world, server)
        assert world.broken() == []


def test_names_a_permission_for_every_rpc() -> None:
    assert permissions(SERVICE) == OWN | {"ListDeliveryNotices": "purchasing.read"}
    assert permissions(DOCUMENT_SERVICE) == DOCUMENTS | {
        "GetOrderDocument": "purchasing.read", "TakeSupplierDocument": "purchasing.order",
    }  # fmt: skip


@pytest.mark.capability("PUR-04")
def test_each_supplier_sees_its_own_goods_and_orders(suppliers: Suppliers) -> None:
    [of_mill] = ordered(suppliers.world)
    [of_farm] = ordered(suppliers.world, units=200, supplier="FARM")
    asked = pb2.ListMySupplierStockRequest()
    assert {one.sku for one in suppliers.ask(suppliers.mill, "ListMySupplierStock", asked).stock} == {"TEA", "MUG"}
    assert {one.sku for one in suppliers.ask(suppliers.farm, "ListMySupplierStock", asked).stock} == {"TEA"}
    for credential, own, foreign in ((suppliers.mill, of_mill, of_farm), (suppliers.farm, of_farm, of_mill)):
        orders = suppliers.ask(credential, "ListMyOrders", pb2.ListMyOrdersRequest()).orders
        assert [one.order_id for one in orders] == [own]
        for rpc, request in (
            ("GetMyOrder", pb2.GetMyOrderRequest(order_id=foreign)),
            ("GetMyDelivery", pb2.GetMyDeliveryRequest(order_id=foreign)),
            ("ConfirmMyOrder", pb2.ConfirmMyOrderRequest(request_id=str(uuid4()), order_id=foreign, version=1)),
            ("AnnounceDelivery", pb2.AnnounceDeliveryRequest(request_id=str(uuid4()), order_id=foreign, reference="D")),
        ):
            refused = suppliers.ask(credential, rpc, request)
            assert (rpc, refused.code, refused.reason) == (rpc, grpc.StatusCode.NOT_FOUND, "UNKNOWN_OWN_ORDER")


@pytest.mark.capability("PUR-04")
def test_a_supplier_confirms_and_announces_once(suppliers: Suppliers) -> None:
    [order_id] = ordered(suppliers.world)
    confirm = pb2.ConfirmMyOrderRequest(request_id=str(uuid4()), order_id=order_id, version=1, note="M-1")
    first = suppliers.ask(suppliers.mill, "ConfirmMyOrder", confirm)
    assert first.order.state == purchase_order_pb2.PURCHASE_ORDER_STATE_CONFIRMED
    assert suppliers.ask(suppliers.mill, "ConfirmMyOrder", confirm) == first
    announce = pb2.AnnounceDeliveryRequest(
        request_id=str(uuid4()), order_id=order_id, reference="DN-7",
        lines=[pb2.AnnouncedLine(line_number=1, quantity_milli=20_000)],
    )  # fmt: skip
    notice = suppliers.ask(suppliers.mill, "AnnounceDelivery", announce).notice
    assert suppliers.ask(suppliers.mill, "AnnounceDelivery", announce).notice == notice
    assert (notice.state, suppliers.world.count("delivery_notices")) == (pb2.NOTICE_STATE_ANNOUNCED, 1)


@pytest.mark.capability("PUR-08")
def test_a_suppliers_system_reads_its_order_and_answers_it(suppliers: Suppliers) -> None:
    [order_id] = ordered(suppliers.world)
    path = f"/{DOCUMENT_SERVICE.name}/"
    request = document_pb2.GetMyOrderDocumentRequest(order_id=order_id)
    got = suppliers.server.call(f"{path}GetMyOrderDocument", request, credential=suppliers.mill)
    assert f"<cbc:ID>{order_id}-1</cbc:ID>".encode() in document_pb2.GetMyOrderDocumentResponse.FromString(got).document
    foreign = suppliers.server.call(f"{path}GetMyOrderDocument", request, credential=suppliers.farm)
    assert (foreign.code, foreign.reason) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_OWN_ORDER")
    answer = document_pb2.SendMyDocumentRequest(request_id=str(uuid4()), document=response("AP", order=f"{order_id}-1"))
    sent = [suppliers.server.call(f"{path}SendMyDocument", answer, credential=suppliers.mill) for _ in range(2)]
    assert sent[0] == sent[1]
    assert document_pb2.SendMyDocumentResponse.FromString(sent[0]).state == "confirmed"
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
    hostile = document_pb2.SendMyDocumentRequest(request_id=str(uuid4()), document=bomb)
    refused = suppliers.server.call(f"{path}SendMyDocument", hostile, credential=suppliers.mill)
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "NO_DOCUMENT")


@pytest.mark.capability("PUR-04")
def test_no_other_rpc_lets_a_supplier_in(suppliers: Suppliers) -> None:
    methods = [method for service in SERVICES for method in service.methods.values()]
    for method in methods:
        if method.row.needs == PUBLIC or method.path.rpartition("/")[2] in OWN | DOCUMENTS:
            continue
        refused = suppliers.server.call(method.path, b"", credential=suppliers.mill)
        assert (method.name, refused.code, refused.reason) == (method.name, DENIED, "NOT_FOR_SUPPLIERS")
