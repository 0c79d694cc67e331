"""A request id takes effect once, however often, however and through whatever it arrives (T17)."""

import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import grpc
import pytest

from entrypoints.terminal.journal import Journal
from entrypoints.terminal.sender import sender_of_sales
from liansuo.inventory.v1 import inventory_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo_client import connect
from tests.stress.chain import GOODS, LAST, PHONES, Chain
from tests.stress.client import Reply, Sent, Terminal
from tests.stress.conftest import opened
from tests.stress.exchange_requests import exchange
from tests.stress.offline import deliver, sold_offline
from tests.stress.offline_account import check_account
from tests.stress.requests import basket, earlier_today, new_id, refund, sale
from tests.stress.server import Server
from tests.stress.till_life import IN_ORDER, NAIVE, Life, Step, live

pytestmark = pytest.mark.usefixtures("proven")

SIDE_BY_SIDE = 50
CONNECTIONS = 10
AT_ONCE = 7
OK = grpc.StatusCode.OK


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> Random:
    return Random(request.node.name)


@pytest.fixture(scope="module")
def connections(chain: Chain, server: Server) -> Iterator[list[Terminal]]:
    """One terminal with several connections, which reach every worker process."""
    with opened(server, [chain.credentials["S1-01"]] * CONNECTIONS) as terminals:
        yield terminals


@pytest.mark.parametrize("rounds", [50, pytest.param(200, marks=pytest.mark.long)])
def test_gives_the_same_bytes_one_after_the_other(chain: Chain, tills: list[Terminal], chance: Random, rounds: int):
    for _ in range(rounds):
        request = a_sale(chance)
        first, *again = [tills[0].ask("Checkout", request) for _ in range(3)]

        assert (first.code, first.replayed) == (OK, False)
        assert [(reply.body, reply.replayed) for reply in again] == [(first.body, True)] * 2
        assert chain.stored([request.request_id]) == 1


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.long)])
def test_sells_once_when_fifty_arrive_side_by_side(
    chain: Chain, connections: list[Terminal], chance: Random, rounds: int
):
    for _ in range(rounds):
        request = a_sale(chance)

        replies = all_at_once(connections, "Checkout", request)

        assert answered_once(replies)
        assert chain.stored([request.request_id]) == 1


def test_refunds_once_when_fifty_arrive_side_by_side(
    chain: Chain, tills: list[Terminal], connections: list[Terminal], chance: Random
):
    for _ in range(5):
        sold = tills[1].ask("Checkout", a_sale(chance)).as_a(pb2.CheckoutResponse).sale
        request = refund(new_id(chance), sold.sale_id)

        replies = all_at_once(connections, "RefundSale", request)

        assert answered_once(replies)
        assert chain.stored([request.request_id]) == 1


@pytest.mark.capability("SAL-03")
def test_exchanges_once_for_one_request_id_that_comes_twenty_times(
    chain: Chain, tills: list[Terminal], chance: Random
) -> None:
    request = sale(new_id(chance), {"K01": 2, "K02": 1})
    first = tills[0].ask("Checkout", request).as_a(pb2.CheckoutResponse).sale
    request = exchange(new_id(chance), first.sale_id, {"K01": 1})
    data = request.SerializeToString()
    replies = [one.reply() for one in [tills[0].send("ExchangeSale", data) for _ in range(20)]]
    [body] = {reply.body for reply in replies}
    assert Counter((reply.code, reply.replayed) for reply in replies) == {(OK, False): 1, (OK, True): 19}
    answer = pb2.ExchangeSaleResponse.FromString(body)
    assert answer.returned.sale.total_minor == -first.total_minor
    assert chain.stored([request.request_id, answer.returned.sale.request_id]) == 2


def test_receives_once_when_fifty_arrive_side_by_side(chain: Chain, connections: list[Terminal], chance: Random):
    for _ in range(5):
        before = chain.on_hand("K01"), chain.count("goods_receipts")
        request = inventory_pb2.ReceiveGoodsRequest(request_id=new_id(chance))
        request.lines.add(sku="K01", quantity_milli=2_000, cost_minor=800)

        replies = all_at_once(connections, "ReceiveGoods", request)

        assert answered_once(replies)
        assert (chain.on_hand("K01"), chain.count("goods_receipts")) == (before[0] + 2, before[1] + 1)


def test_gives_a_stored_answer_to_fifty_at_once(
    chain: Chain, tills: list[Terminal], connections: list[Terminal], chance: Random
):
    request = a_sale(chance)
    first = tills[0].ask("Checkout", request)
    before = chain.contents()

    replies = all_at_once(connections, "Checkout", request)

    assert [(reply.body, reply.replayed) for reply in replies] == [(first.body, True)] * SIDE_BY_SIDE
    assert chain.contents() == before


def test_remembers_an_answer_after_the_server_was_killed(
    chain: Chain, server: Server, tills: list[Terminal], chance: Random
):
    request = a_sale(chance)
    first = tills[0].ask("Checkout", request)

    server.kill()
    server.start()
    again, _ = tills[0].insist("Checkout", request)

    assert (first.code, again.body, again.replayed) == (OK, first.body, True)
    assert chain.stored([request.request_id]) == 1


def test_sells_once_what_was_under_way_when_the_server_was_killed(
    chain: Chain, server: Server, tills: list[Terminal], chance: Random
):
    requests = [a_sale(chance) for _ in tills]
    sent = [terminal.send("Checkout", request) for terminal, request in zip(tills, requests, strict=True)]
    sent[0].reply()

    server.kill()
    server.start()
    cut = Counter(one.reply().code for one in sent)
    again = [terminal.insist("Checkout", request)[0] for terminal, request in zip(tills, requests, strict=True)]

    assert cut.keys() <= {OK, grpc.StatusCode.UNAVAILABLE}
    assert {reply.code for reply in again} == {OK}
    assert chain.stored([request.request_id for request in requests]) == len(requests)


def test_refuses_another_body(chain: Chain, tills: list[Terminal], chance: Random):
    request = sale(new_id(chance), {"K01": 2}, member=PHONES[0])
    tills[0].ask("Checkout", request).as_a(pb2.CheckoutResponse)
    before = chain.contents()

    for change in OTHER_BODIES:
        other = pb2.CheckoutRequest.FromString(request.SerializeToString())
        change(other)
        reply = tills[0].ask("Checkout", other)

        assert (reply.code, reply.reason, reply.field) == (
            grpc.StatusCode.ALREADY_EXISTS,
            "REQUEST_REUSED",
            "request_id",
        )
    assert chain.contents() == before


OTHER_BODIES = (
    lambda request: request.basket.lines.add(sku="K02", quantity_milli=1_000),
    lambda request: request.basket.lines[0].__setattr__("quantity_milli", 1_000),
    lambda request: request.basket.ClearField("member_key"),
    lambda request: request.basket.__setattr__("channel", "phone"),
    lambda request: request.tenders[1].__setattr__("amount_minor", 100_000),
    lambda request: request.tenders[0].__setattr__("reference", "B2"),
    lambda request: request.__setattr__("receipt_sequence", 7),
    lambda request: request.sold_at.FromDatetime(earlier_today()),
)


def test_takes_the_same_message_in_another_encoding_for_the_same(chain: Chain, tills: list[Terminal], chance: Random):
    request = sale(new_id(chance), {"K01": 2})
    first = tills[0].ask("Checkout", request)
    shouted = pb2.CheckoutRequest.FromString(request.SerializeToString())
    shouted.request_id = request.request_id.upper()
    # Fields in another order, and one that this server does not know.
    fields = [pb2.CheckoutRequest(tenders=request.tenders), pb2.CheckoutRequest(basket=request.basket)]
    mixed = b"".join(part.SerializeToString() for part in fields) + b"\xa0\x06\x01"
    mixed += pb2.CheckoutRequest(request_id=request.request_id).SerializeToString()

    replies = [tills[0].ask("Checkout", again) for again in (shouted, mixed)]

    assert [(reply.body, reply.replayed) for reply in replies] == [(first.body, True)] * 2
    assert chain.stored([request.request_id]) == 1


def test_gives_each_terminal_a_scope_of_its_own(chain: Chain, tills: list[Terminal], chance: Random):
    request = a_sale(chance)

    replies = [till.ask("Checkout", request) for till in tills[:5]]

    sales = [reply.as_a(pb2.CheckoutResponse).sale for reply in replies]
    assert len({sold.sale_id for sold in sales}) == 5
    assert [sold.terminal_code for sold in sales] == ["S1-01", "S1-02", "S1-03", "S1-04", "S1-05"]
    assert not any(reply.replayed for reply in replies)
    assert chain.stored([request.request_id]) == 5


def test_knows_an_uploaded_sale_that_was_sold_before(chain: Chain, tills: list[Terminal], chance: Random):
    request = a_sale(chance, offline=True)
    sold = tills[0].ask("Checkout", request).as_a(pb2.CheckoutResponse).sale
    before = chain.contents()

    upload = pb2.UploadSalesRequest(sales=[request, request])
    results = tills[0].ask("UploadSales", upload).as_a(pb2.UploadSalesResponse).results

    assert [(result.status, result.sale_id) for result in results] == [
        (pb2.UPLOAD_STATUS_SAME_AS_BEFORE, sold.sale_id)
    ] * 2
    assert chain.contents() == before


def test_knows_a_sale_that_was_uploaded_before(chain: Chain, tills: list[Terminal], chance: Random):
    request = a_sale(chance, offline=True)
    upload = pb2.UploadSalesRequest(sales=[request])
    [stored] = tills[0].ask("UploadSales", upload).as_a(pb2.UploadSalesResponse).results
    before = chain.contents()

    again = [tills[0].ask("Checkout", request) for _ in range(2)]
    [uploaded] = tills[0].ask("UploadSales", upload).as_a(pb2.UploadSalesResponse).results

    assert stored.status == pb2.UPLOAD_STATUS_STORED
    assert again[0].as_a(pb2.CheckoutResponse).sale.sale_id == stored.sale_id
    assert again[0].as_a(pb2.CheckoutResponse).sale.uploaded
    assert (again[0].replayed, again[0]) == (True, again[1])
    assert (uploaded.status, uploaded.sale_id) == (pb2.UPLOAD_STATUS_SAME_AS_BEFORE, stored.sale_id)
    assert chain.contents() == before


def test_sells_and_uploads_the_same_sale_once_when_both_arrive_at_once(
    chain: Chain, connections: list[Terminal], chance: Random
):
    for _ in range(5):
        request = a_sale(chance, offline=True)
        upload = pb2.UploadSalesRequest(sales=[request])
        sent = [
            terminal.send(*(("UploadSales", upload) if turn % 2 else ("Checkout", request)))
            for turn, terminal in enumerate(connections * 5)
        ]
        replies = [one.reply() for one in sent]

        sold = {reply.as_a(pb2.CheckoutResponse).sale.sale_id for reply in replies[::2]}
        results = [reply.as_a(pb2.UploadSalesResponse).results[0] for reply in replies[1::2]]
        assert {result.sale_id for result in results} == sold
        assert len(sold) == 1
        newly_stored = [result for result in results if result.status == pb2.UPLOAD_STATUS_STORED]
        assert len(newly_stored) + sum(not reply.replayed for reply in replies[::2]) == 1
        assert chain.stored([request.request_id]) == 1


@pytest.mark.capability("SAL-13")
def test_stores_forty_sales_made_offline_once_and_in_the_order_of_the_till(
    chain: Chain, server: Server, tills: list[Terminal], chance: Random
):
    """The upload is cut off by a killed server, repeated, and repeated once more although it had succeeded."""
    opening = earlier_today() - timedelta(hours=1)
    sales = [sale(new_id(chance), basket(chance), sold_at=opening + timedelta(minutes=place)) for place in range(40)]
    for sequence, request in enumerate(sales, start=1):
        request.receipt_sequence = sequence
    upload = pb2.UploadSalesRequest(sales=sales)

    cut = tills[48].send("UploadSales", upload, patient=False)
    server.kill()
    server.start()
    first, _ = tills[48].insist("UploadSales", upload)
    again = tills[48].ask("UploadSales", upload)

    assert cut.reply().code in {OK, grpc.StatusCode.UNAVAILABLE}
    stored, known = (reply.as_a(pb2.UploadSalesResponse).results for reply in (first, again))
    assert {result.status for result in known} == {pb2.UPLOAD_STATUS_SAME_AS_BEFORE}
    assert [result.sale_id for result in known] == [result.sale_id for result in stored]
    assert chain.stored([request.request_id for request in sales]) == 40
    listed = tills[48].ask("ListSales", pb2.ListSalesRequest(page_size=500)).as_a(pb2.ListSalesResponse).sales
    uploaded = {result.receipt_number for result in known}
    # Other tests have sold on this till too.
    own = [sold.receipt_number for sold in listed if sold.receipt_number in uploaded]
    assert own == [result.receipt_number for result in reversed(known)]


def test_refuses_an_id_that_another_kind_of_request_has_used(chain: Chain, tills: list[Terminal], chance: Random):
    request = a_sale(chance)
    sold = tills[0].ask("Checkout", request).as_a(pb2.CheckoutResponse).sale
    before = chain.contents()
    receipt = inventory_pb2.ReceiveGoodsRequest(request_id=request.request_id)
    receipt.lines.add(sku="K01", quantity_milli=1_000, cost_minor=400)
    void = pb2.VoidSaleRequest(request_id=request.request_id, sale_id=sold.sale_id, reason="Mistake")

    replies = [
        tills[0].ask("RefundSale", refund(request.request_id, sold.sale_id)),
        tills[0].ask("VoidSale", void),
        tills[0].ask("ReceiveGoods", receipt),
    ]

    assert [(reply.code, reply.reason) for reply in replies] == [(grpc.StatusCode.ALREADY_EXISTS, "REQUEST_REUSED")] * 3
    assert chain.contents() == before


def test_uses_no_id_up_for_a_request_that_is_wrong(chain: Chain, tills: list[Terminal], chance: Random):
    for wrong in ({"NOSUCH": 1}, {"K01": 0}, {"K01": -2}, {}):
        request_id = new_id(chance)
        refused = pb2.CheckoutRequest(request_id=request_id)
        for sku, pieces in wrong.items():
            refused.basket.lines.add(sku=sku, quantity_milli=pieces * 1_000)
        before = chain.contents()
        refusals = [tills[0].ask("Checkout", refused) for _ in range(2)]
        assert refusals[0] == refusals[1]
        assert not refusals[0].ok
        assert chain.contents() == before

        sold = tills[0].ask("Checkout", sale(request_id, basket(chance)))

        assert (sold.code, sold.replayed) == (OK, False)
        assert chain.stored([request_id]) == 1


def test_uses_no_id_up_for_what_is_out_of_stock(chain: Chain, tills: list[Terminal], chance: Random):
    request = sale(new_id(chance), {LAST: 1})
    refused = tills[0].ask("Checkout", request)
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_STOCK")
    assert chain.stored([request.request_id]) == 0

    chain.receive_last(1)
    sold = tills[0].ask("Checkout", request)

    assert (sold.code, sold.replayed) == (OK, False)
    assert (chain.stored([request.request_id]), chain.on_hand(LAST)) == (1, 0)


@pytest.mark.timeout(900)
@pytest.mark.capability("SAL-13")
@pytest.mark.capability("INT-04")
@pytest.mark.parametrize("sales", [25, pytest.param(500, marks=pytest.mark.long)])
def test_stores_once_what_terminals_sold_offline(
    chain: Chain, server: Server, offices: list[Terminal], tmp_path: Path, sales: int
):
    """T10: 20 terminals and the copy of one, every sale sent three times, by two senders each, up to 30 days late."""
    first = 1 if sales == 25 else 21
    codes = [f"S1-{number:02d}" for number in range(first, first + 20)]
    poison = len(codes) * sales // 100
    with sold_offline(tmp_path, codes, Random(f"T10 {sales}"), sales=sales, poison=poison) as terminals:
        before = chain.documents()
        deliver(server, terminals, [chain.credentials[one.code] for one in terminals], seed=f"T10 {sales}")
        check_account(offices[0], terminals, before, chain.documents())
        assert sum(len(one.sold) for one in terminals) == 20 * sales - poison + sales // 2
        # The copy has taken along what the first one had sold until then, and sends that too.
        assert sum(one.delivered for one in terminals) == 3 * (20 * sales + 2 * (sales // 2))


@pytest.mark.capability("SAL-12")
@pytest.mark.parametrize("times", [3, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_stores_every_printed_receipt_of_terminals_that_die_at_any_step(
    chain: Chain, server: Server, tmp_path: Path, chance: Random, times: int
):
    """T11: the journal of each terminal is sent by the process that comes after it."""
    lives = lives_of(chain, server, tmp_path, chance, times)
    for at in range(0, len(lives), AT_ONCE):
        several = lives[at : at + AT_ONCE]
        assert live(*several) == [-signal.SIGKILL if life.dies_after else 0 for life in several]
    outcomes = [outcome_of(life, server, chain) for life in lives]
    expected = [
        Outcome(
            printed=(life.dies_after or Step.MARK) >= Step.PRINT,
            recorded=(life.dies_after or Step.MARK) >= Step.COMMIT,
            stored=int((life.dies_after or Step.MARK) >= Step.COMMIT),
            not_sent=0,
        )
        for life in lives
    ]
    assert outcomes == expected
    assert sum(outcome.printed for outcome in outcomes) == 5 * times


def test_would_see_a_receipt_that_is_printed_before_it_is_recorded(
    chain: Chain, server: Server, tmp_path: Path, chance: Random
):
    """The naive order loses the sale whose receipt the customer holds."""
    [life] = [one for one in lives_of(chain, server, tmp_path, chance, 1, order=NAIVE) if one.dies_after is Step.PRINT]
    assert live(life) == [-signal.SIGKILL]
    assert outcome_of(life, server, chain) == Outcome(printed=True, recorded=False, stored=0, not_sent=0)


def lives_of(
    chain: Chain, server: Server, folder: Path, chance: Random, times: int, order: tuple[Step, ...] = IN_ORDER
) -> list[Life]:
    """Terminals that die after each step, and one that lives, so many of each."""
    return [
        Life(
            journal=folder / f"{number}-{step or 0}" / "till.journal",
            paper=folder / f"{number}-{step or 0}.paper",
            address=server.address,
            credential=chain.credentials[f"S2-{1 + number % 20:02d}"],
            sale=a_sale(chance, offline=True).SerializeToString(),
            dies_after=step,
            order=order,
        )
        for number in range(times)
        for step in (*IN_ORDER, None)
    ]


@dataclass(frozen=True)
class Outcome:
    """What became of the sale of a terminal once the next process has sent its journal; `stored` is how many times."""

    printed: bool
    recorded: bool
    stored: int
    not_sent: int


def outcome_of(life: Life, server: Server, chain: Chain) -> Outcome:
    request_id = pb2.CheckoutRequest.FromString(life.sale).request_id
    printed = life.paper.read_text(encoding="ascii").split() if life.paper.exists() else []
    with Journal(life.journal) as journal, connect(server.address, credential=life.credential) as client:
        recorded = journal.next_sequence() == 2 and journal.find(request_id).request_id == request_id
        assert sender_of_sales(journal, client).send()
        return Outcome(printed == [request_id], recorded, chain.stored([request_id]), journal.not_sent())


def a_sale(chance: Random, *, offline: bool = False) -> pb2.CheckoutRequest:
    """A sale of goods that are never short, half of the time to a member."""
    member = chance.choice(["", PHONES[1]])
    sold_at = earlier_today() if offline else None
    return sale(new_id(chance), basket(chance, lines_max=len(GOODS)), member=member, sold_at=sold_at)


def all_at_once(connections: list[Terminal], rpc: str, request) -> list[Reply]:
    """The replies to the same request, sent 50 times without waiting in between."""
    data = request.SerializeToString()
    sent: list[Sent] = [terminal.send(rpc, data) for terminal in connections * (SIDE_BY_SIDE // CONNECTIONS)]
    return [one.reply() for one in sent]


def answered_once(replies: list[Reply]) -> bool:
    """Whether all got the same answer, and all but one as that of an earlier request."""
    kinds = Counter((reply.code, reply.body, reply.replayed) for reply in replies)
    [body] = {reply.body for reply in replies}
    return kinds == {(OK, body, False): 1, (OK, body, True): SIDE_BY_SIDE - 1}
