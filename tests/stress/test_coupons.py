"""A coupon is used as often as it may be and not once more, whoever asks at the same time and whatever dies (T13)."""

import time
from collections import Counter
from random import Random
from typing import Final

import grpc
import pytest

from application.membership.register_member import RegisterMember, RegisterMembers, register_members
from application.pricing.coupon_batches import CouponBatchEntry, PutCouponBatches, put_coupon_batches
from application.pricing.issue_coupons import IssueCoupons, issue_coupons
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.coupon import CouponHolder
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from liansuo.pricing.v1 import coupon_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.stress.chain import GOODS, Chain
from tests.stress.client import Terminal, side_by_side
from tests.stress.requests import new_id, sale
from tests.stress.server import Server
from tests.stress.test_scarce import outcomes

pytestmark = pytest.mark.usefixtures("proven")

BUYERS: Final = 50
OK, REFUSED = grpc.StatusCode.OK, grpc.StatusCode.FAILED_PRECONDITION
ROUNDS = pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.long)])
OFF_MINOR: Final = 25
CLAIMS: Final = 500
CLAIMED: Final = 100
KILLED_SALES: Final = 120


@pytest.fixture(scope="module")
def batches(chain: Chain) -> None:
    """Coupons of 0.25 off K01: codes of their own, and shared codes for seven uses."""
    entries = (CouponBatchEntry("SINGLE", "Single use", CouponHolder.BEARER),)
    chain.do(put_coupon_batches, PutCouponBatches(entries))
    chain.do(put_promotions, PutPromotions((promotion("SINGLE"),)))


def promotion(batch: str) -> Promotion:
    benefit = Benefit(BenefitKind.UNIT_AMOUNT, ItemSet(skus=("K01",)), off_minor=OFF_MINOR)
    return Promotion(f"OFF-{batch}", "Coupon", benefit, currency="CNY", coupon_batch_code=batch)


def with_coupon(chance: Random, code: str, *, mark: str = "") -> pb2.CheckoutRequest:
    request = sale(new_id(chance), {"K01": 1}, mark=mark)
    request.basket.coupon_codes.append(code)
    return request


def uses(chain: Chain, batch: str) -> int:
    """How many times coupons of a batch were used, by their rows; the ledger says the same, or the proof fails."""
    [(used,)] = chain.rows(
        "SELECT COALESCE(SUM(c.uses), 0) FROM coupons c JOIN coupon_batches b ON b.batch_id = c.batch_id"
        f" WHERE b.code = '{batch}'"
    )
    return int(used)


@pytest.mark.capability("CPN-03")
@ROUNDS
def test_a_code_is_used_once_by_fifty_tills_in_two_stores(
    chain: Chain,
    tills: list[Terminal],
    tills_elsewhere: list[Terminal],
    batches: None,
    rounds: int,
    request: pytest.FixtureRequest,
):
    chance = Random(request.node.name)
    buyers = [till for pair in zip(tills[:25], tills_elsewhere, strict=True) for till in pair]
    before = uses(chain, "SINGLE")
    for number in range(rounds):
        [code] = chain.do(issue_coupons, IssueCoupons("SINGLE", 1)).codes
        requests = [with_coupon(chance, code) for _ in buyers]

        replies = side_by_side(buyers, "Checkout", requests)

        assert outcomes(replies) == {(OK, ""): 1, (REFUSED, "COUPON_USED"): BUYERS - 1}
        assert chain.stored([request.request_id for request in requests]) == 1
        assert uses(chain, "SINGLE") == before + number + 1
        [sold] = [reply.as_a(pb2.CheckoutResponse).sale for reply in replies if reply.ok]
        assert sold.total_minor == GOODS["K01"] - OFF_MINOR
        assert all(f"sale {sold.sale_id}." in reply.en for reply in replies if not reply.ok)


@ROUNDS
def test_a_shared_code_for_seven_is_used_seven_times_by_fifty(
    chain: Chain, tills: list[Terminal], tills_elsewhere: list[Terminal], rounds: int, request: pytest.FixtureRequest
):
    """Half of them sell with it, half redeem it outside a sale."""
    chance = Random(request.node.name)
    for number in range(rounds):
        batch = f"SEVEN-{number}"
        entry = CouponBatchEntry(
            batch, "For seven", CouponHolder.BEARER, shared=True, shared_code=f"SEVEN{number}", total_max=7
        )
        chain.do(put_coupon_batches, PutCouponBatches((entry,)))
        chain.do(put_promotions, PutPromotions((promotion(batch),)))
        redeeming = [
            coupon_pb2.RedeemCouponRequest(request_id=new_id(chance), code=f"SEVEN{number}") for _ in tills_elsewhere
        ]
        sent = []
        for till, other, redemption in zip(tills[:25], tills_elsewhere, redeeming, strict=True):
            sent.append(till.send("Checkout", with_coupon(chance, f"SEVEN{number}")))
            sent.append(other.send("RedeemCoupon", redemption))

        assert outcomes([one.reply() for one in sent]) == {(OK, ""): 7, (REFUSED, "COUPON_USED"): BUYERS - 7}
        assert uses(chain, batch) == 7


@pytest.mark.capability("CPN-02")
def test_of_five_hundred_who_claim_a_hundred_coupons_a_hundred_get_one(chain: Chain, tills: list[Terminal]):
    chance = Random(7)
    cards = [f"CLAIM-{number:03d}" for number in range(CLAIMS)]
    chain.do(register_members, RegisterMembers(tuple(RegisterMember(card=card, source="test") for card in cards)))
    entry = CouponBatchEntry(
        "HUNDRED", "A hundred", CouponHolder.MEMBER, claimable=True, total_max=CLAIMED, claims_per_member_max=1
    )
    chain.do(put_coupon_batches, PutCouponBatches((entry,)))
    requests = [
        coupon_pb2.ClaimCouponRequest(request_id=new_id(chance), batch_code="HUNDRED", member_key=card)
        for card in cards
    ]

    sent = [tills[place % BUYERS].send("ClaimCoupon", request) for place, request in enumerate(requests)]
    replies = [one.reply() for one in sent]

    assert outcomes(replies) == {(OK, ""): CLAIMED, (REFUSED, "NO_COUPONS_LEFT"): CLAIMS - CLAIMED}
    codes = {reply.as_a(coupon_pb2.ClaimCouponResponse).code for reply in replies if reply.ok}
    assert len(codes) == CLAIMED
    assert chain.rows("SELECT issued FROM coupon_counts WHERE total_max = 100") == [(CLAIMED,)]


def test_who_wants_the_same_coupons_in_opposite_orders_never_waits_for_ever(
    chain: Chain, tills: list[Terminal], tills_elsewhere: list[Terminal], batches: None
):
    """The server is asked for baskets with the same two codes, first one way and then the other."""
    chance = Random(8)
    for _ in range(5):
        first, second = chain.do(issue_coupons, IssueCoupons("SINGLE", 2)).codes
        requests = []
        for place in range(BUYERS):
            basket = with_coupon(chance, first if place % 2 else second)
            basket.basket.coupon_codes.append(second if place % 2 else first)
            basket.basket.lines[0].quantity_milli = 2_000
            basket.tenders[0].amount_minor += GOODS["K01"]
            requests.append(basket)
        replies = side_by_side([*tills[:25], *tills_elsewhere], "Checkout", requests)
        assert outcomes(replies) == {(OK, ""): 1, (REFUSED, "COUPON_USED"): BUYERS - 1}


def test_a_killed_server_leaves_no_coupon_half_used(chain: Chain, server: Server, tills: list[Terminal], batches: None):
    """Eight tills sell with a coupon each time while the server is killed three times; each insists on its answer.

    Twice only its workers are, which its supervisor replaces.
    """
    chance = Random(9)
    before = uses(chain, "SINGLE")
    codes = chain.do(issue_coupons, IssueCoupons("SINGLE", KILLED_SALES)).codes
    requests = [with_coupon(chance, code) for code in codes]
    waiting = list(zip((tills[place % 8] for place in range(KILLED_SALES)), requests, strict=True))
    for kill in range(3):
        batch, waiting = waiting[:40], waiting[40:]
        sent = [till.send("Checkout", request) for till, request in batch]
        time.sleep(chance.uniform(0, 0.02))
        if kill:
            server.kill_workers()
        else:
            server.kill()
            server.start()
            server.await_all_workers()
        answered = [one.reply().ok for one in sent]
        again = [till.insist("Checkout", request)[0] for till, request in batch]
        # What was answered before the end is answered alike now.
        assert Counter(reply.code for reply in again) == {OK: len(batch)}
        assert all(reply.replayed for reply, ok in zip(again, answered, strict=True) if ok)
    assert uses(chain, "SINGLE") == before + KILLED_SALES
    assert chain.stored([request.request_id for request in requests]) == KILLED_SALES
