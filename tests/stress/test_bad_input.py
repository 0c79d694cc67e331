"""What is wrong is refused with the right status, the reason, the field and what to do; nothing is written."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from random import Random
from typing import Final

import pytest

from application.identity.callers import CreateTerminal, create_terminal
from application.identity.enroll import Enroll, enroll
from application.identity.stores import PutStores, put_stores
from application.identity.views import StoreView
from domain.identity.organisation import StoreStatus
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.stress.bad_requests import ABSENT, CASES, INVALID, MIB, TOO_MUCH, Bad, Place, checkout, tendered
from tests.stress.chain import TILL_ROLE, Chain
from tests.stress.client import Terminal
from tests.stress.requests import earlier_today, new_id, refund, sale
from tests.stress.server import Server

CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def place(chain: Chain, server: Server) -> Iterator[Place]:
    """Terminals of S1, S2 and S3, a store that has been closed since; one without a credential, one with a false."""
    closed = StoreView("S3", "Store S3", "EAST", "CNY", "Asia/Shanghai", 240, StoreStatus.OPEN)
    chain.do(put_stores, PutStores((closed,)))
    code = chain.do(create_terminal, CreateTerminal("S3-01", "S3", TILL_ROLE)).enrolment_code
    credentials = {
        "S1": chain.credentials["S1-01"],
        "S1 too": chain.credentials["S1-02"],
        "S2": chain.credentials["S2-01"],
        "S3": chain.do(enroll, Enroll(code)).credential,
        "nobody": "",
        "a stranger": "A" * 43,
    }
    chain.do(put_stores, PutStores((replace(closed, status=StoreStatus.CLOSED),)))
    with ExitStack() as closing:
        terminals = {name: Terminal(server.address, known) for name, known in credentials.items()}
        for terminal in terminals.values():
            closing.callback(terminal.close)
        chance = Random(1)
        sold = terminals["S1"].ask("Checkout", sale(new_id(chance), {"K01": 2})).as_a(pb2.CheckoutResponse).sale
        yield Place(terminals, sold.sale_id, chain.contents(), chance)


@pytest.mark.capability("ACC-04")
@pytest.mark.parametrize("bad", CASES, ids=[bad.name for bad in CASES])
def test_refuses(chain: Chain, place: Place, bad: Bad):
    reply = place.terminals[bad.sender].ask(bad.rpc, bad.request(place))

    assert (reply.code, reply.reason, reply.field) == (bad.code, bad.reason, bad.field)
    assert reply.en
    assert CHINESE.search(reply.zh)
    assert chain.contents() == place.intact


def test_refuses_a_call_without_a_deadline(chain: Chain, place: Place):
    for rpc, request in (("Checkout", checkout()(place)), ("GetSale", pb2.GetSaleRequest(sale_id=place.sale_id))):
        reply = place.terminals["S1"].ask(rpc, request, deadline_s=None)

        assert (reply.code, reply.reason, reply.field) == (INVALID, "DEADLINE_REQUIRED", "deadline")
        assert reply.en
        assert CHINESE.search(reply.zh)
    assert chain.contents() == place.intact


def test_refuses_what_is_longer_than_any_message_may_be(chain: Chain, place: Place):
    for rpc in ("Checkout", "UploadSales", "GetSale"):
        reply = place.terminals["S1"].ask(rpc, b"\x0a" * (4 * MIB + 1))

        assert reply.code is TOO_MUCH
    assert chain.contents() == place.intact


def test_tells_a_foreign_sale_and_an_absent_one_apart_to_nobody(place: Place):
    answers = [
        place.terminals["S2"].ask(rpc, request)
        for rpc, requests in (
            ("GetSale", [pb2.GetSaleRequest(sale_id=known) for known in (place.sale_id, ABSENT)]),
            ("RefundSale", [refund(place.new_id(), known) for known in (place.sale_id, ABSENT)]),
        )
        for request in requests
    ]

    without_ids = [(reply.code, reply.reason, reply.field, re.sub(r"\d+", "", reply.en)) for reply in answers]
    assert without_ids[0] == without_ids[1]
    assert without_ids[2] == without_ids[3]


def test_stores_the_good_sales_of_an_upload_and_says_what_is_wrong_with_the_others(chain: Chain, place: Place):
    good, unknown, unpaid, mistimed, also_good = (
        sale(place.new_id(), {"K01": 1}, sold_at=earlier_today()) for _ in range(5)
    )
    unknown.basket.lines[0].sku = "NOSUCH"
    tendered(("CASH", 1))(unpaid)
    mistimed.ClearField("sold_at")
    nameless = sale("17", {"K01": 1}, sold_at=earlier_today())
    sales = [good, unknown, unpaid, nameless, mistimed, also_good]

    reply = place.terminals["S1"].ask("UploadSales", pb2.UploadSalesRequest(sales=sales))

    results = reply.as_a(pb2.UploadSalesResponse).results
    stored, refused = pb2.UPLOAD_STATUS_STORED, pb2.UPLOAD_STATUS_REFUSED
    assert [(result.request_id, result.status, result.reason, result.field) for result in results] == [
        (good.request_id, stored, "", ""),
        (unknown.request_id, refused, "UNKNOWN_SKU", "basket.lines[0].sku"),
        (unpaid.request_id, refused, "TENDERED_TOO_LITTLE", "tenders"),
        ("17", refused, "INVALID_REQUEST_ID", "request_id"),
        (mistimed.request_id, refused, "SOLD_AT_REQUIRED", "sold_at"),
        (also_good.request_id, stored, "", ""),
    ]
    assert all(CHINESE.search(result.message) for result in results if result.status == refused)
    assert chain.stored([one.request_id for one in sales if one is not nameless]) == 2
    assert chain.broken() == []
    # The tests after this one compare with what is stored now.
    place.intact.update(chain.contents())
