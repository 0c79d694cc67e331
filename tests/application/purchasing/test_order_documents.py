"""Orders go out as documents, and what suppliers' systems answer is taken."""

from typing import Any

import pytest

from adapters.documents.ubl import read_answer, written_order
from application.identity.callers import CreateSupplierAccount, create_supplier_account
from application.purchasing.delivery_notices import ListDeliveryNotices, list_delivery_notices
from application.purchasing.order_documents import (
    GetOrderDocument,
    SupplierDocumentTaken,
    get_my_order_document,
    get_order_document,
    send_my_document,
    take_supplier_document,
)
from application.purchasing.purchase_order_queries import GetPurchaseOrder, get_purchase_order
from domain.identity.organisation import SYSTEM, Caller, CallerKind
from domain.identity.permissions import OF_SUPPLIERS
from domain.purchasing.purchase_order import PurchaseStep
from domain.shared.errors import Refusal
from tests.adapters.documents.samples import despatch, response, response_line
from tests.application.purchasing.supplied import ordered, step, with_suppliers
from tests.world import World


@pytest.fixture
def supplied(world: World) -> World:
    return with_suppliers(world)


def account(world: World, supplier: str) -> Caller:
    """An account of a supplier as the edge would authenticate it."""
    world.do(create_supplier_account, CreateSupplierAccount(f"{supplier}-1", supplier))
    [(caller_id, supplier_id)] = world.rows(f"SELECT caller_id, supplier_id FROM callers WHERE code = '{supplier}-1'")
    return Caller(
        caller_id, f"{supplier}-1", CallerKind.SUPPLIER, None, None, "", OF_SUPPLIERS, frozenset(),
        supplier_id=supplier_id,
    )  # fmt: skip


def taken(world: World, document: bytes, caller: Caller = SYSTEM) -> SupplierDocumentTaken:
    done: SupplierDocumentTaken = world.do(take_supplier_document, read_answer(document), caller)
    return done


def refused(world: World, use_case: Any, command: Any, caller: Caller = SYSTEM) -> str:
    with pytest.raises(Refusal) as refusal:
        world.do(use_case, command, caller)
    return refusal.value.reason


@pytest.mark.capability("PUR-08")
def test_an_order_goes_out_and_comes_back_confirmed_otherwise(supplied: World) -> None:
    mill = account(supplied, "MILL")
    [order_id] = ordered(supplied, units=100)
    document = supplied.ask(get_order_document, GetOrderDocument(order_id), mill)
    assert document == supplied.ask(get_order_document, GetOrderDocument(order_id))
    [line] = document.lines
    assert (document.version, document.supplier_code, document.buyer_code, document.net_minor) == (
        1, "MILL", "S1", 80_000,
    )  # fmt: skip
    assert (line.sku, line.supplier_sku, line.barcode, line.unit_code) == ("TEA", "M-TEA", "6901234567892", "EA")
    reference = f"{order_id}-1"
    assert f"<cbc:ID>{reference}</cbc:ID>".encode() in written_order(document)
    # 90 of 100 at 7.995, two days later.
    less = response("CA", response_line(1, "3", "90", price="7.995", base="1"), order=reference, promised="2026-11-27")
    assert taken(supplied, less, mill) == SupplierDocumentTaken(order_id, "sent", True, 0)
    step(supplied, order_id, PurchaseStep.ACCEPT)
    order = supplied.ask(get_purchase_order, GetPurchaseOrder(order_id))
    # 90 at 7.995 are 719.55.
    assert (order.state, order.version, order.net_minor, order.expected_date) == ("confirmed", 2, 71_955, "2026-11-27")
    # What answers to a former version answers nothing.
    assert refused(supplied, take_supplier_document, read_answer(response("AP", order=reference)), mill) == (
        "ANOTHER_VERSION"
    )
    assert supplied.ask(get_order_document, GetOrderDocument(order_id), mill).version == 2
    assert supplied.broken() == []


@pytest.mark.capability("INT-06")
def test_a_dispatch_advice_is_what_is_on_its_way(supplied: World) -> None:
    mill, farm = account(supplied, "MILL"), account(supplied, "FARM")
    [order_id] = ordered(supplied)
    advice = despatch(f"{order_id}-1")
    assert refused(supplied, take_supplier_document, read_answer(advice), farm) == "UNKNOWN_OWN_ORDER"
    done = taken(supplied, advice, mill)
    [notice] = supplied.ask(list_delivery_notices, ListDeliveryNotices(open_only=True)).notices
    assert (done.notice_id, notice.reference, notice.tracking, notice.expected_date) == (
        notice.notice_id, "DN-7", "SF1", "2026-11-24",
    )  # fmt: skip
    [line] = notice.lines
    assert (line.quantity_milli, line.lot_code, line.expiry_date) == (15_000, "L1", "2027-05-01")
    assert supplied.broken() == []


def test_the_chains_own_staff_take_what_came_by_mail(supplied: World) -> None:
    [order_id] = ordered(supplied)
    assert taken(supplied, response("AP", order=f"{order_id}-1")) == SupplierDocumentTaken(
        order_id, "confirmed", False, 0
    )
    assert taken(supplied, despatch(f"{order_id}")).notice_id > 0
    # The calls of suppliers are for suppliers.
    assert refused(supplied, send_my_document, read_answer(despatch(f"{order_id}"))) == "SUPPLIERS_ONLY"
    assert refused(supplied, get_my_order_document, GetOrderDocument(order_id)) == "SUPPLIERS_ONLY"
    store = supplied.terminal("T2")
    assert refused(supplied, take_supplier_document, read_answer(despatch(f"{order_id}")), store) == (
        "UNKNOWN_PURCHASE_ORDER"
    )


def test_refuses_what_does_not_answer_the_order(supplied: World) -> None:
    [order_id] = ordered(supplied)
    [unsent] = ordered(supplied, send=False)
    reference = f"{order_id}-1"
    dear = response_line(1, "3", "20", price="9", base="1").replace("CNY", "USD")
    for document, reason in (
        (response("RE", order=reference), "NOTHING_CONFIRMED"),
        (response("CA", dear, order=reference), "ANOTHER_DOCUMENT_CURRENCY"),
        (response("CA", response_line(2, "3", "20"), order=reference), "UNKNOWN_PURCHASE_LINE"),
        (response("AP", order=f"{unsent}-0"), "NOT_SENT_YET"),
        (despatch(f"{unsent}"), "NOT_SENT_YET"),
        (response("AP", order="7-1"), "UNKNOWN_PURCHASE_ORDER"),
    ):
        assert refused(supplied, take_supplier_document, read_answer(document)) == reason
    assert refused(supplied, get_order_document, GetOrderDocument(unsent)) == "NOT_SENT_YET"
    order = supplied.ask(get_purchase_order, GetPurchaseOrder(order_id))
    assert (order.state, order.awaiting, supplied.count("delivery_notices")) == ("sent", "nothing", 0)
