"""What other systems found out about retries, races and returns at the till, through the use cases on both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from application.loyalty.hold_points import (
    CapturePoints,
    HoldPoints,
    ReleasePoints,
    capture_points,
    hold_points,
    release_points,
)
from application.loyalty.queries import GetPointsBalance, get_points_balance
from application.sales.checkout import checkout
from application.sales.refund import RefundSale
from application.transactor import RequestReused
from domain.loyalty.redemption import PointsExceedBalance
from domain.pricing.basket import Manual, Override
from domain.sales.reversal import ReturnRequest
from domain.sales.sale import TenderKind
from domain.shared.errors import Refusal
from tests.application.sales.coupons import issue, put_batch, showing, unlock
from tests.conformance.stored_cases import deciding, milli, minor
from tests.world import MEMBER, Till

KEY = "3b7a6f0e-8f5c-4c8e-9f43-2b1f6c1d7e10"


def at_once(world, commands):
    """What becomes of sales that two terminals make at the same moment."""

    def sell(command):
        try:
            return world.sell(command)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(commands)) as terminals:
        return list(terminals.map(sell, commands))


def stored(world, till, request_id):
    """The answer to a sale that is sent under this id."""
    [answer] = world.transactor.execute_batch(
        checkout, [world.call(till.command, world.s1, request_id)], lambda sale: str(sale.sale_id).encode()
    )
    return answer


def holding(world, points):
    return HoldPoints(MEMBER, points, "Order 7", world.clock() + timedelta(hours=1))


def refused(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Refusal)]


def balance(world):
    return world.ask(get_points_balance, GetPointsBalance(MEMBER), world.s1)


@deciding("con-01")
def test_a_coupon_for_one_use_is_used_once(case, conformance, world):
    assert case["given"]["voucher"]["max_uses"] == "1"
    put_batch(world)
    unlock(world)
    [code] = issue(world)
    outcomes = at_once(world, [showing(Till().line("TEA").cash(9_000), code).command] * 2)
    assert len(refused(outcomes)) == int(case["expected"]["refused"])
    assert len(outcomes) - len(refused(outcomes)) == int(case["expected"]["succeed"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("con-02")
def test_the_last_piece_is_sold_once(case, conformance, world):
    more = (world.level("TEA")[0] - milli(case["given"]["on_hand"])) // 1_000
    world.sell(Till().line("TEA", more).cash(10_000 * more).command)
    outcomes = at_once(world, [Till().line("TEA").cash(10_000).command] * 2)
    assert len(refused(outcomes)) == int(case["expected"]["refused"])
    assert world.level("TEA")[0] == milli(case["expected"]["on_hand"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("con-03")
def test_a_sale_that_is_sent_again_earns_once(case, conformance, world):
    assert world.points() == int(case["given"]["balance"])
    paid = 100 * int(case["given"]["sale_earns"])
    earning = Till().line("MUG", discounts=(Manual("opening", 0, 5_000 - paid),)).member().cash(paid)
    for _ in range(2):
        stored(world, earning, KEY)
    assert world.points() == int(case["expected"]["balance"])
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("IDEM-01")
def test_the_same_request_again_is_the_same_sale(case, conformance, world):
    assert case["given"]["twice_same_body"]
    first, second = (stored(world, Till().line("TEA").cash(10_000), KEY) for _ in range(2))
    assert (first.payload == second.payload) is case["expected"]["same_transaction_id"]
    assert world.count("sales") == case["expected"]["transactions_created"]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("IDEM-02")
def test_the_same_request_with_other_content_is_refused(case, conformance, world):
    given = case["given"]
    stored(world, Till().line("TEA", given["first_amount"] // 100).cash(100 * given["first_amount"]), KEY)
    other = Till().line("TEA", given["key_reused_with_amount"] // 100).cash(100 * given["key_reused_with_amount"])
    again = stored(world, other, KEY)
    assert isinstance(again.error, RequestReused) is case["expected"]["error"]
    assert world.count("sales") == case["expected"]["transactions_created"]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("HOLD-03")
def test_a_hold_that_is_released_leaves_nothing(case, conformance, world):
    world.sell(Till().line("TEA", 2).member().cash(20_000).command)
    held = world.once(hold_points, holding(world, case["given"]["pending"]), world.s1)
    assert balance(world).held_points == case["given"]["pending"]
    world.once(release_points, ReleasePoints(held.hold_id), world.s1)
    after = balance(world)
    assert after.held_points == case["expected"]["after_void"]["pending"]
    assert 200 - after.spendable_points == case["expected"]["after_void"]["posted"]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("HOLD-04")
def test_more_than_is_left_cannot_even_be_held(case, conformance, world):
    given = case["given"]
    world.sell(Till().line("TEA", given["credits_posted"] // 100).member().cash(100 * given["credits_posted"]).command)
    spent = world.once(hold_points, holding(world, given["debits_posted"]), world.s1)
    world.once(capture_points, CapturePoints(spent.hold_id), world.s1)
    assert case["expected"]["accepted"] is False
    with pytest.raises(PointsExceedBalance):
        world.once(hold_points, holding(world, given["pending_debit"]), world.s1)
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("pos-05")
def test_a_return_goes_back_to_the_tenders_that_paid(case, conformance, world):
    bank, cash = minor(case["given"]["paid"][0]["bank"]), minor(case["given"]["paid"][1]["cash"])
    units = int(case["given"]["sale"]) // 100
    sale = world.sell(Till().line("TEA", units).card(bank).cash(cash).command)
    back = world.refund(RefundSale(sale.sale_id, "all of it")).sale
    assert [tender.kind for tender in back.tenders] == [TenderKind.CARD, TenderKind.CASH]
    assert [tender.amount_minor for tender in back.tenders] == [minor(amount) for amount in case["expected"]["refund"]]
    conformance.record(case["id"], area=case["area"], verdict="agree")


@deciding("acc-14")
def test_a_return_is_credited_at_what_it_was_sold_and_cost_for(case, conformance, world):
    given, expected = case["given"]["invoice"], case["expected"]
    units, price = int(given["qty"]), minor(given["price"])
    dear = world.terminal("T1", "sales.price_override", "sales.price_above_list")
    line = Till().line("TEA", units, price_override=Override(price, "as ordered"))
    sale = world.sell(line.card(units * price).command, dear)
    assert sale.total_minor == minor(expected["outstanding"]["original"])
    world.receive("TEA", 95_000, 95 * 9_000)
    stock, returned = world.level("TEA"), int(case["when"]["return"]["qty"])
    back = world.refund(RefundSale(sale.sale_id, "two", (ReturnRequest(1, 1_000 * returned, amount_only=False),))).sale
    assert back.total_minor == minor(expected["outstanding"]["credit_note"]) == -minor(expected["receivable_credit"])
    # They come back at the 60.00 at which they went out, not at the average of today.
    assert world.level("TEA") == (stock[0] + milli(expected["stock"]), stock[1] + returned * 6_000)
    conformance.record(case["id"], area=case["area"], verdict="agree")
