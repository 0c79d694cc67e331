"""What there is only once is given once, however many terminals ask for it at the same time (T12, T14, T16, T18)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Barrier
from typing import Any

import grpc
import pytest

from application.loyalty.pool_points import (
    JoinPointsPool,
    LeavePointsPool,
    SetPointsPoolRule,
    join_points_pool,
    leave_points_pool,
    set_points_pool_rule,
)
from application.membership.register_member import RegisterMember, register_member
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.wallet.credit import (
    GetCredit,
    PaymentTender,
    ReceivePayment,
    SetCreditLimit,
    get_credit,
    receive_payment,
    set_credit_limit,
)
from application.wallet.gift_card_queries import GetGiftCard, get_gift_card
from application.wallet.gift_cards import (
    IssueGiftCards,
    OpenGiftCard,
    SellGiftCard,
    issue_gift_cards,
    open_gift_card,
    sell_gift_card,
)
from application.wallet.queries import GetStoredValue, get_stored_value
from application.wallet.top_up import TopUpStoredValue, top_up_stored_value
from domain.loyalty.pool import PoolSpending
from domain.membership.number import is_member_number
from domain.pricing.promotion import Benefit, BenefitKind, Gift, ItemSet, Promotion
from domain.sales.sale import TenderKind
from entrypoints.grpc.rpc import Kind
from liansuo.identity.v1 import identity_pb2
from liansuo.inventory.v1 import inventory_pb2
from liansuo.loyalty.v1 import loyalty_pb2
from liansuo.membership.v1 import membership_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.stress.chain import GOODS, LAST, PHONES, Chain
from tests.stress.client import METHODS, Reply, Terminal, side_by_side
from tests.stress.exchange_requests import exchange
from tests.stress.led_up_to import ACCEPTED_AT_ONCE, AT_ONCE, lead_up_to
from tests.stress.requests import POINTS_STEP, hand_on, hold, new_id, refund, sale
from tests.stress.valid_requests import VALID
from tests.world import Till

pytestmark = pytest.mark.usefixtures("proven")

BUYERS = 50

OK, REFUSED = grpc.StatusCode.OK, grpc.StatusCode.FAILED_PRECONDITION
ROUNDS = pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.long)])
BOUGHT = min(GOODS)
SAVER, RELATIVE = "13900139000", "13900139001"
"""Members with nothing but the points that a test gives."""


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> Random:
    return Random(request.node.name)


@pytest.fixture(scope="module")
def saver(chain: Chain) -> str:
    chain.do(register_member, RegisterMember(phone=SAVER, source="till"))
    return SAVER


@pytest.fixture
def gifts(chain: Chain) -> Iterator[Promotion]:
    """One piece of LAST for every piece of BOUGHT, in force while a test runs."""
    benefit = Benefit(BenefitKind.GIFT, ItemSet(skus=(BOUGHT,)), gifts=(Gift(LAST, 1),))
    promotion = Promotion("LAST-AS-GIFT", "One on top", benefit)
    chain.do(put_promotions, PutPromotions((promotion,)))
    yield promotion
    chain.do(put_promotions, PutPromotions((replace(promotion, paused=True),)))


@pytest.mark.capability("PTS-08")
@ROUNDS
def test_redeems_the_same_points_once(
    chain: Chain, tills: list[Terminal], tills_elsewhere: list[Terminal], saver: str, chance: Random, rounds: int
):
    """Earned in S1, they are asked for by 25 terminals there and by 25 in S2; then once more, by one in S2."""
    buyers = [till for pair in zip(tills[:25], tills_elsewhere, strict=True) for till in pair]
    for _ in range(rounds):
        give_points(chain, saver)
        assert chain.balance(saver) == POINTS_STEP
        # Gift cards earn no points, so that what is left is what was not spent.
        requests = [sale(new_id(chance), {"GIFT": 1}, member=saver, points=POINTS_STEP) for _ in buyers]

        replies = side_by_side(buyers, "Checkout", requests)

        assert outcomes(replies) == {(OK, ""): 1, (REFUSED, "POINTS_EXCEED_BALANCE"): BUYERS - 1}
        assert chain.balance(saver) == 0
        assert chain.stored([request.request_id for request in requests]) == 1

    give_points(chain, saver)
    request = sale(new_id(chance), {"GIFT": 1}, member=saver, points=POINTS_STEP)
    sold = tills_elsewhere[0].ask("Checkout", request).as_a(pb2.CheckoutResponse).sale
    assert (sold.store_code, sold.points_redeemed, sold.points_balance) == ("S2", POINTS_STEP, 0)


@pytest.mark.capability("PTS-08")
@pytest.mark.parametrize("rounds", [3, pytest.param(200, marks=pytest.mark.long)])
def test_holds_the_same_points_once(
    chain: Chain, tills: list[Terminal], tills_elsewhere: list[Terminal], saver: str, chance: Random, rounds: int
):
    """50 terminals of two stores hold them for 50 orders; then 50 capture the one hold."""
    buyers = [till for pair in zip(tills[:25], tills_elsewhere, strict=True) for till in pair]
    for _ in range(rounds):
        give_points(chain, saver)
        requests = [hold(new_id(chance), saver, POINTS_STEP) for _ in buyers]

        replies = side_by_side(buyers, "HoldPoints", requests)

        assert outcomes(replies) == {(OK, ""): 1, (REFUSED, "POINTS_NOT_FREE"): BUYERS - 1}
        [held] = [reply.as_a(loyalty_pb2.HoldPointsResponse).hold for reply in replies if reply.ok]
        assert (held.points, chain.balance(saver)) == (POINTS_STEP, POINTS_STEP)
        store = tills if any(reply.ok for reply in replies[::2]) else tills_elsewhere
        captures = [
            loyalty_pb2.CapturePointsRequest(request_id=new_id(chance), hold_id=held.hold_id) for _ in store[:25]
        ]
        captured = side_by_side(store[:25], "CapturePoints", captures)
        assert outcomes(captured) == {(OK, ""): 1, (grpc.StatusCode.ALREADY_EXISTS, "HOLD_ENDED"): 24}
        assert chain.balance(saver) == 0


@pytest.fixture
def pool(chain: Chain, saver: str) -> Iterator[tuple[str, str]]:
    """A pool of the saver and somebody else who has no points but those of a test."""
    chain.do(register_member, RegisterMember(phone=RELATIVE, source="till"))
    chain.do(join_points_pool, JoinPointsPool(saver, RELATIVE))
    yield saver, RELATIVE
    chain.do(leave_points_pool, LeavePointsPool(saver))


def test_fifty_terminals_on_one_pool_neither_lose_nor_double_a_point(
    chain: Chain,
    offices: list[Terminal],
    tills: list[Terminal],
    tills_elsewhere: list[Terminal],
    pool: tuple[str, str],
    chance: Random,
):
    """50 hand the same three hundred on; then 25 hand points on in either direction, which lock both accounts.

    Then 50 tills of two stores pay with the four hundred.
    """
    giver, taker = pool
    for _ in range(3):
        give_points(chain, giver)
    requests = [hand_on(new_id(chance), giver, taker, POINTS_STEP) for _ in range(BUYERS)]

    replies = side_by_side(offices * 5, "TransferPoints", requests)

    assert outcomes(replies) == {(OK, ""): 3, (REFUSED, "POINTS_EXCEED_BALANCE"): BUYERS - 3}
    assert (chain.balance(giver), chain.balance(taker)) == (0, 3 * POINTS_STEP)
    give_points(chain, giver)
    requests = [hand_on(new_id(chance), *pool[:: (-1) ** place], 4) for place in range(BUYERS)]
    replies = side_by_side(offices * 5, "TransferPoints", requests)
    assert outcomes(replies) == {(OK, ""): BUYERS}
    assert (chain.balance(giver), chain.balance(taker)) == (POINTS_STEP, 3 * POINTS_STEP)
    # All of them are good for four gift cards, whoever of the two asks in whichever store.
    chain.do(set_points_pool_rule, SetPointsPoolRule(giver, PoolSpending.MEMBERS))
    sales = [
        sale(new_id(chance), {"GIFT": 1}, member=pool[place // 2 % 2], points=POINTS_STEP) for place in range(BUYERS)
    ]
    for request in sales:
        request.tenders[0].from_pool = True
    replies = side_by_side(tills[:25] + tills_elsewhere, "Checkout", sales)
    assert outcomes(replies) == {(OK, ""): 4, (REFUSED, "POOL_POINTS_EXCEEDED"): BUYERS - 4}
    assert (chain.balance(giver), chain.balance(taker)) == (0, 0)


@ROUNDS
def test_pays_with_the_same_stored_value_once(
    chain: Chain, tills: list[Terminal], tills_elsewhere: list[Terminal], saver: str, chance: Random, rounds: int
):
    """The last 12.00, asked for by 25 terminals in S1 and 25 in S2, some of which want the goods in another order."""
    buyers = [till for pair in zip(tills[:25], tills_elsewhere, strict=True) for till in pair]
    for _ in range(rounds):
        chain.do(top_up_stored_value, TopUpStoredValue(saver, 1_200, TenderKind.CASH, store_code="S1"))
        requests = [by_stored_value(chance) for _ in buyers]

        replies = side_by_side(buyers, "Checkout", requests)

        assert outcomes(replies) == {(OK, ""): 1, (REFUSED, "INSUFFICIENT_STORED_VALUE"): BUYERS - 1}
        [balance] = chain.ask(get_stored_value, GetStoredValue(saver)).balances
        assert balance.balance_minor == 200
        assert chain.stored([request.request_id for request in requests]) == 1
        # What is left is spent, so that the next round begins with nothing.
        request = sale(new_id(chance), {"K01": 1}, member=saver)
        del request.tenders[:]
        request.tenders.add(kind=pb2.TENDER_KIND_STORED_VALUE, amount_minor=200)
        request.tenders.add(kind=pb2.TENDER_KIND_CASH, amount_minor=GOODS["K01"])
        assert buyers[0].ask("Checkout", request).ok


@pytest.mark.capability("MEM-09")
@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.long)])
def test_takes_on_account_what_the_limit_allows(
    chain: Chain, tills: list[Terminal], saver: str, chance: Random, rounds: int
):
    """A limit of 100.00, of which fifty terminals want 30.00 each."""
    for _ in range(rounds):
        chain.do(set_credit_limit, SetCreditLimit(saver, 10_000, "Scarce", "S1"))
        requests = [sale(new_id(chance), {"K01": 1, "TEA": 1}, member=saver) for _ in range(BUYERS)]
        for request in requests:
            del request.tenders[:]
            request.tenders.add(kind=pb2.TENDER_KIND_ON_ACCOUNT, amount_minor=3_000)
            request.tenders.add(kind=pb2.TENDER_KIND_CASH, amount_minor=7_000 + GOODS["K01"])

        replies = side_by_side(tills, "Checkout", requests)

        assert outcomes(replies) == {(OK, ""): 3, (REFUSED, "CREDIT_EXCEEDED"): BUYERS - 3}
        [balance] = chain.ask(get_credit, GetCredit(saver)).balances
        assert (balance.owed_minor, balance.left_minor) == (9_000, 1_000)
        chain.do(receive_payment, ReceivePayment(saver, (PaymentTender(TenderKind.CASH, 9_000),), store_code="S1"))


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.long)])
def test_pays_three_times_with_a_card_that_holds_three(
    chain: Chain, tills: list[Terminal], chance: Random, rounds: int
):
    """A gift card of 100.00 of which fifty terminals want 30.00 each (T15)."""
    for _ in range(rounds):
        [card] = chain.do(issue_gift_cards, IssueGiftCards("SCARCE", 1, 10_000, "S1")).cards
        chain.do(sell_gift_card, SellGiftCard(card.code, 10_000, TenderKind.CASH, store_code="S1"))
        token = chain.do(open_gift_card, OpenGiftCard(card.code, card.pin)).gift_card_token
        requests = [sale(new_id(chance), {"K01": 1, "TEA": 1}) for _ in range(BUYERS)]
        for request in requests:
            del request.tenders[:]
            request.tenders.add(kind=pb2.TENDER_KIND_GIFT_CARD, amount_minor=3_000, gift_card_token=token)
            request.tenders.add(kind=pb2.TENDER_KIND_CASH, amount_minor=7_000 + GOODS["K01"])

        replies = side_by_side(tills, "Checkout", requests)

        assert outcomes(replies) == {(OK, ""): 3, (REFUSED, "INSUFFICIENT_GIFT_CARD"): BUYERS - 3}
        assert chain.ask(get_gift_card, GetGiftCard(card.card_id)).card.balance_minor == 1_000


@ROUNDS
def test_sells_the_last_piece_once(chain: Chain, tills: list[Terminal], chance: Random, rounds: int):
    for _ in range(rounds):
        chain.receive_last(1)
        requests = [sale(new_id(chance), {LAST: 1}) for _ in range(BUYERS)]

        replies = side_by_side(tills, "Checkout", requests)

        assert outcomes(replies) == {(OK, ""): 1, (REFUSED, "INSUFFICIENT_STOCK"): BUYERS - 1}
        assert chain.level(LAST) == (0, 0)
        assert chain.stored([request.request_id for request in requests]) == 1


@ROUNDS
def test_never_sells_more_than_there_is(chain: Chain, tills: list[Terminal], chance: Random, rounds: int):
    for _ in range(rounds):
        chain.receive_last(5)
        asked = [chance.randint(1, 3) for _ in range(BUYERS)]
        requests = [sale(new_id(chance), {LAST: pieces}) for pieces in asked]

        replies = side_by_side(tills, "Checkout", requests)

        assert outcomes(replies).keys() <= {(OK, ""), (REFUSED, "INSUFFICIENT_STOCK")}
        left = chain.on_hand(LAST)
        sold = sum(pieces for pieces, reply in zip(asked, replies, strict=True) if reply.ok)
        assert sold == 5 - left
        # Whoever would still have fitted was not refused.
        assert all(pieces > left for pieces, reply in zip(asked, replies, strict=True) if not reply.ok)
        if left:
            chain.sell(Till().line(LAST, left).cash(10_000).command, chain.terminal("T1"))


@pytest.mark.capability("PRM-04")
@ROUNDS
def test_gives_five_gifts_to_five_of_fifty(
    chain: Chain, tills: list[Terminal], chance: Random, rounds: int, gifts: Promotion
):
    for _ in range(rounds):
        chain.receive_last(5)
        requests = [sale(new_id(chance), {BOUGHT: 1}) for _ in range(BUYERS)]

        replies = side_by_side(tills, "Checkout", requests)

        sold = [reply.as_a(pb2.CheckoutResponse).sale for reply in replies]
        assert Counter(len(found.lines) for found in sold) == {2: 5, 1: BUYERS - 5}
        assert {found.lines[1].gift_promotion_code for found in sold if len(found.lines) == 2} == {gifts.code}
        assert Counter(len(found.warnings) for found in sold) == {0: 5, 1: BUYERS - 5}
        assert chain.level(LAST) == (0, 0)


@pytest.mark.capability("OMN-03")
def test_sells_seven_pieces_to_seven_of_a_hundred(chain: Chain, tills: list[Terminal], chance: Random):
    """Half of the hundred buy in the store, half through a channel that sells from the same stock."""
    chain.receive_last(7)
    requests = [sale(new_id(chance), {LAST: 1}) for _ in range(100)]
    for request in requests[::2]:
        request.basket.channel = "web"

    replies = side_by_side(tills * 2, "Checkout", requests)

    assert outcomes(replies) == {(OK, ""): 7, (REFUSED, "INSUFFICIENT_STOCK"): 93}
    assert chain.level(LAST) == (0, 0)


def test_shows_that_looking_first_sells_two_pieces_to_fifty(chain: Chain, saver: str):
    """The positive control: a till that looks and then writes, as is obvious and wrong, is seen by the tests above."""
    chain.receive_last(2)
    give_points(chain, saver)
    intact = chain.contents()
    [(level,)] = chain.rows(
        "SELECT 'location_id = ' || s.store_id || ' AND sku_id = ' || p.sku_id FROM stores s, products p"
        f" WHERE s.code = 'S1' AND p.sku = '{LAST}'"
    )
    account = f"member_id = {chain.member_id(saver)}"

    for table, column, key, held, wanted in (
        ("stock_levels", "on_hand_milli", level, 2_000, 1_000),
        ("points_accounts", "points_balance", account, chain.balance(saver), POINTS_STEP),
    ):
        assert looking_first(chain, table, column, key, wanted) == BUYERS
        assert any(violation.split()[1] == table for violation in chain.broken())
        with chain.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = {held} WHERE {key}")

    assert chain.contents() == intact
    chain.sell(Till().line(LAST, 2).cash(2_000).command)
    chain.sell(Till().line("GIFT").member(saver).points(POINTS_STEP).cash(10_000 - POINTS_STEP).command)


@pytest.mark.parametrize("rounds", [8, pytest.param(200, marks=pytest.mark.long)])
def test_sells_baskets_that_want_the_same_goods_in_opposite_orders(
    chain: Chain, tills: list[Terminal], chance: Random, rounds: int
):
    """On PostgreSQL by two processes. Refunds and goods receipts, which lock the same rows, come in between."""
    for _ in range(rounds):
        sold = [till.ask("Checkout", contended(chance)).as_a(pb2.CheckoutResponse).sale for till in tills[:5]]
        sent = [till.send("Checkout", contended(chance)) for till in tills]
        sent += [
            till.send("RefundSale", refund(new_id(chance), one.sale_id)) for till, one in zip(tills, sold, strict=False)
        ]
        sent += [till.send("ReceiveGoods", delivery(chance)) for till in tills[5:10]]

        assert outcomes([one.reply() for one in sent]) == {(OK, ""): BUYERS + 10}


@pytest.mark.parametrize("sales", [100, pytest.param(500, marks=pytest.mark.long)])
def test_refunds_each_sale_once(chain: Chain, tills: list[Terminal], chance: Random, sales: int):
    workers = tills[:20]
    requests = [contended(chance) for _ in range(sales)]
    sent = [workers[place % 20].send("Checkout", request) for place, request in enumerate(requests)]
    sold = [one.reply().as_a(pb2.CheckoutResponse).sale for one in sent]

    attempts = [
        workers[(place + turn) % 20].send("RefundSale", refund(new_id(chance), one.sale_id))
        for place, one in enumerate(sold)
        for turn in range(2)
    ]
    replies = [attempt.reply() for attempt in attempts]

    assert outcomes(replies) == {(OK, ""): sales, (REFUSED, "SALE_FULLY_RETURNED"): sales}
    pairs = list(zip(replies[::2], replies[1::2], strict=True))
    assert all(one.ok != other.ok for one, other in pairs)
    refunds = [(one if one.ok else other).as_a(pb2.RefundSaleResponse).sale for one, other in pairs]
    assert [taken.total_minor for taken in refunds] == [-one.total_minor for one in sold]


def test_refunds_no_piece_twice_when_parts_come_back_at_once(chain: Chain, tills: list[Terminal], chance: Random):
    for _ in range(10):
        sold = tills[0].ask("Checkout", sale(new_id(chance), {"K04": 3})).as_a(pb2.CheckoutResponse).sale
        requests = []
        for _ in range(10):
            request = refund(new_id(chance), sold.sale_id)
            request.lines.add(line_number=1, quantity_milli=1_000)
            requests.append(request)

        replies = side_by_side(tills[:10], "RefundSale", requests)

        assert Counter(reply.code for reply in replies) == {OK: 3, REFUSED: 7}
        returned = [reply.as_a(pb2.RefundSaleResponse).sale.total_minor for reply in replies if reply.ok]
        assert sum(returned) == -sold.total_minor


@pytest.mark.capability("SAL-03")
def test_goods_pay_for_one_of_two_exchanges_at_once(chain: Chain, tills: list[Terminal], chance: Random) -> None:
    for _ in range(5):
        first = bought(tills[0], chance, {"K03": 2}, PHONES[0])
        requests = [exchange(new_id(chance), first.sale_id, {"K03": 1}) for _ in range(2)]
        replies = side_by_side(tills[:2], "ExchangeSale", requests)
        assert Counter((reply.code, reply.reason) for reply in replies) == {
            (OK, ""): 1, (REFUSED, "SALE_FULLY_RETURNED"): 1
        }  # fmt: skip


@pytest.mark.capability("SAL-03")
@pytest.mark.parametrize("rounds", [2, pytest.param(50, marks=pytest.mark.long)])
def test_exchanges_what_others_sell_in_the_opposite_order(
    chain: Chain, tills: list[Terminal], chance: Random, rounds: int
) -> None:
    shelf = sorted(GOODS)
    for _ in range(rounds):
        firsts = [bought(till, chance, {shelf[-1]: 2, shelf[0]: 1}, PHONES[n % 2]) for n, till in enumerate(tills[:8])]
        sent = [
            till.send("ExchangeSale", exchange(new_id(chance), one.sale_id, {shelf[n % 3]: 1}))
            for n, (till, one) in enumerate(zip(tills, firsts, strict=False))
        ]
        sent += [
            till.send("Checkout", sale(new_id(chance), dict.fromkeys(shelf[:: 1 - n % 2 * 2], 1)))
            for n, till in enumerate(tills[8:16])
        ]
        assert Counter((reply.code, reply.reason) for reply in [one.reply() for one in sent]) == {(OK, ""): 16}


def test_enrols_one_terminal_with_a_code_that_works_once(
    chain: Chain, offices: list[Terminal], tills: list[Terminal], chance: Random
):
    create = identity_pb2.CreateTerminalRequest(
        request_id=new_id(chance), code="S1-NEW", store_code="S1", role_code="terminal"
    )
    code = offices[0].ask("CreateTerminal", create).as_a(identity_pb2.CreateTerminalResponse).enrolment_code
    assert code

    replies = side_by_side(tills, "Enroll", [identity_pb2.EnrollRequest(enrolment_code=code)] * BUYERS)

    assert outcomes(replies) == {(OK, ""): 1, (grpc.StatusCode.PERMISSION_DENIED, "ENROLMENT_REFUSED"): BUYERS - 1}


@pytest.mark.capability("MEM-04")
def test_gives_everybody_who_registers_at_once_a_number_of_their_own(
    chain: Chain, tills: list[Terminal], chance: Random
):
    requests = [
        membership_pb2.RegisterMemberRequest(request_id=new_id(chance), phone=f"13900000{place:03d}", source="till")
        for place in range(BUYERS)
    ]

    replies = side_by_side(tills, "RegisterMember", requests)

    numbers = {reply.as_a(membership_pb2.RegisterMemberResponse).member.member_number for reply in replies}
    assert len(numbers) == BUYERS
    assert all(is_member_number(number) for number in numbers)


@pytest.mark.parametrize("rpc", sorted(rpc for rpc, method in METHODS.items() if method.row.kind is Kind.WRITE))
def test_writes_the_same_entry_from_many_at_once(chain: Chain, offices: list[Terminal], chance: Random, rpc: str):
    """The same new product, phone, card or role under different request ids: put again or taken, never a defect."""
    till = Till().line("K01", 9).cash(10_000)
    sold = chain.sell((till.member(PHONES[0]) if rpc == "ClaimTickets" else till).command)
    [valid] = [rpcs[rpc] for rpcs in VALID.values() if rpc in rpcs]
    key = new_id(chance)
    requests: list[Any] = [valid(key, sold.sale_id) for _ in range(AT_ONCE)]
    lead_up_to(chain, offices[0], chance, rpc, requests)
    for place, request in enumerate(requests):
        request.request_id = new_id(chance)
        if rpc == "AddCard":
            request.member_key = PHONES[place % 2]

    replies = side_by_side(offices * 2, rpc, requests)

    if rpc in ("JoinPointsPool", "SetPointsPoolRule", "TransferPoints"):
        chain.do(leave_points_pool, LeavePointsPool(PHONES[0]))
    codes = Counter(reply.code for reply in replies)
    # Who comes second names the same file twice, or nobody; and whom nobody knows is an invalid argument.
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    second = {"MergeMembers": invalid, "EraseMember": grpc.StatusCode.NOT_FOUND, "StartPayment": invalid}
    # What nobody has approved is forbidden.
    second["RefundWithoutReceipt"] = grpc.StatusCode.PERMISSION_DENIED
    # None of the callers is a supplier.
    denied = ("ConfirmMyOrder", "AnnounceDelivery", "SendMyDocument")
    second |= dict.fromkeys(denied, grpc.StatusCode.PERMISSION_DENIED)
    same = {second[rpc]} if rpc in second else set()
    assert codes.keys() <= {OK, REFUSED, grpc.StatusCode.ALREADY_EXISTS} | same, outcomes(replies)
    assert codes[OK] == ACCEPTED_AT_ONCE.get(rpc, AT_ONCE), outcomes(replies)


def by_stored_value(chance: Random) -> pb2.CheckoutRequest:
    """Two kinds of goods in any order, of which the saver's stored value pays 10.00 and cash the rest."""
    skus = chance.sample(sorted(GOODS), 2)
    request = sale(new_id(chance), dict.fromkeys(skus, 1), member=SAVER)
    del request.tenders[:]
    request.tenders.add(kind=pb2.TENDER_KIND_STORED_VALUE, amount_minor=1_000)
    request.tenders.add(kind=pb2.TENDER_KIND_CASH, amount_minor=sum(GOODS[sku] for sku in skus))
    return request


def bought(till: Terminal, chance: Random, pieces: dict[str, int], member: str) -> pb2.Sale:
    return till.ask("Checkout", sale(new_id(chance), pieces, member=member)).as_a(pb2.CheckoutResponse).sale


def outcomes(replies: list[Reply]) -> Counter[tuple[grpc.StatusCode, str]]:
    """How many replies there are of each status and reason."""
    return Counter((reply.code, reply.reason) for reply in replies)


def give_points(chain: Chain, member: str) -> None:
    """Sells a member goods for as much as earns the points of one redemption."""
    chain.sell(Till().line("K04", 10).member(member).cash(100 * POINTS_STEP).command)


def contended(chance: Random) -> pb2.CheckoutRequest:
    """A basket of 2 to 10 of the same ten products, scanned in one order or in the other, often of the same members."""
    skus = sorted(chance.sample(sorted(GOODS), chance.randint(2, len(GOODS))), reverse=chance.random() < 0.5)
    return sale(new_id(chance), dict.fromkeys(skus, 1), member=chance.choice(["", *PHONES]))


def delivery(chance: Random) -> inventory_pb2.ReceiveGoodsRequest:
    """A goods receipt of all ten products, in the opposite order of the shelf."""
    request = inventory_pb2.ReceiveGoodsRequest(request_id=new_id(chance))
    for sku in sorted(GOODS, reverse=True):
        request.lines.add(sku=sku, quantity_milli=1_000, cost_minor=400)
    return request


def looking_first(chain: Chain, table: str, column: str, key: str, wanted: int) -> int:
    """How many of 50 tills believe that they got it when each looks before it writes, all at the same time."""
    everybody_looked = Barrier(BUYERS)

    def buy(place: int) -> bool:
        with chain.engine.connect() as connection:
            seen = connection.exec_driver_sql(f"SELECT {column} FROM {table} WHERE {key}").scalar_one()
        everybody_looked.wait()
        if seen < wanted:
            return False
        with chain.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {table} SET {column} = {seen - wanted} WHERE {key}")
        return True

    with ThreadPoolExecutor(BUYERS) as pool:
        return sum(pool.map(buy, range(BUYERS)))
