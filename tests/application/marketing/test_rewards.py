"""Rewards for points: goods and coupons, all or nothing, by the lots that expire first, and undone by the inverse."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.loyalty.adjust_points import AdjustPoints, adjust_points
from application.loyalty.queries import GetPointsStatement, get_points_statement
from application.marketing.put_reward import ListRewards, PutReward, list_rewards, put_reward
from application.marketing.redeem_reward import (
    CancelRedemption,
    RedeemReward,
    RewardRedeemed,
    cancel_redemption,
    redeem_reward,
)
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM, Caller
from domain.marketing.reward import Reward, RewardKind
from domain.pricing.coupon import Ended
from domain.shared.errors import Refusal
from tests.application.sales.coupons import put_batch, unlock
from tests.world import MEMBER, OPENING, Till, World

TABLES = (
    "points_entries", "reward_redemptions", "journal_entries", "outbox", "stock_movements", "coupons", "points_rewards",
)  # fmt: skip
MUG = Reward("MUG500", "A mug", "马克杯", RewardKind.GOODS, 500, sku="MUG", pieces=1)
COUPON = Reward("COUPON10", "Ten yuan off", "十元券", RewardKind.COUPON, 1_000, coupon_batch_code="TEN")
BOOKS = {"660101": "expense", "220501": "points", "1405": "goods"}


def put(world: World, reward: Reward, **terms: Any) -> bool:
    return bool(world.do(put_reward, PutReward(replace(reward, **terms))).created)


def give(world: World, points: int) -> None:
    world.set("points_adjust_max", "1000000")
    world.once(adjust_points, AdjustPoints(MEMBER, points, "Welcome", "S1"), SYSTEM)


def redeem(world: World, code: str = "MUG500", caller: Caller | None = None) -> RewardRedeemed:
    result: RewardRedeemed = world.once(redeem_reward, RedeemReward(code, MEMBER), caller or world.s1)
    return result


def refused(world: World, use_case: Any, command: Any, caller: Caller | None = None) -> tuple[str, str]:
    """The reason and the field of a refusal that has written nothing."""
    before = {table: world.count(table) for table in TABLES}
    with pytest.raises(Refusal) as raised:
        world.once(use_case, command, caller or world.s1)
    assert raised.value.message("zh") != raised.value.message("en")
    assert {table: world.count(table) for table in TABLES} == before
    return raised.value.reason, raised.value.field


def moved(world: World, before: dict[str, int]) -> dict[str, int]:
    now = world.ledger()
    return {name: now.get(code, 0) - before.get(code, 0) for code, name in BOOKS.items()}


@pytest.mark.capability("PTS-09")
def test_five_hundred_points_are_a_mug_and_the_first_to_expire_pay(world: World):
    put(world, MUG)
    give(world, 300)
    world.clock.now = OPENING + timedelta(days=60)
    give(world, 400)
    before, stock = world.ledger(), world.level("MUG")
    done = redeem(world)
    assert (done.points, done.points_balance, done.coupon_code, world.points()) == (500, 200, "", 200)
    assert world.level("MUG") == (stock[0] - 1_000, stock[1] - 2_000)
    assert moved(world, before) == {"expense": 1_500, "points": 500, "goods": -2_000}
    assert world.rows("SELECT points, value_minor FROM points_lots ORDER BY lot_id") == [(0, 0), (200, 200)]
    statement = world.ask(get_points_statement, GetPointsStatement(MEMBER))
    assert [(entry.points, entry.name_en) for entry in statement.entries] == [
        (-200, "A mug"), (-300, "A mug"), (400, ""), (300, ""),
    ]  # fmt: skip


@pytest.mark.capability("PTS-09")
def test_what_is_cancelled_that_day_comes_back_once(world: World):
    put(world, MUG, times_per_member_max=1)
    give(world, 1_200)
    before, stock = world.ledger(), world.level("MUG")
    done = redeem(world)
    assert refused(world, redeem_reward, RedeemReward("MUG500", MEMBER)) == ("REDEEMED_OFTEN", "reward_code")
    again = CancelRedemption(done.redemption_id, "Chipped")
    assert refused(world, cancel_redemption, again, world.terminal("T2"))[0] == "UNKNOWN_REDEMPTION"
    undone = world.once(cancel_redemption, again, world.s1)
    assert (undone.points, undone.points_balance, world.points()) == (-500, 1_200, 1_200)
    assert (world.level("MUG"), moved(world, before)) == (stock, {"expense": 0, "points": 0, "goods": 0})
    for redemption_id in (done.redemption_id, undone.redemption_id):
        twice = CancelRedemption(redemption_id, "Chipped")
        assert refused(world, cancel_redemption, twice) == ("CANCELLED_ALREADY", "redemption_id")
    late = redeem(world)
    world.clock.now = OPENING + timedelta(days=1)
    tomorrow = CancelRedemption(late.redemption_id, "Chipped")
    assert refused(world, cancel_redemption, tomorrow) == ("CANCELLED_TOO_LATE", "redemption_id")


@pytest.mark.capability("PTS-09")
def test_without_stock_or_points_nothing_happens(world: World):
    put(world, MUG, pieces=100)
    assert refused(world, redeem_reward, RedeemReward("MUG500", MEMBER)) == ("POINTS_EXCEED_BALANCE", "reward_code")
    give(world, 1_499)
    redeem(world)
    assert refused(world, redeem_reward, RedeemReward("MUG500", MEMBER)) == ("REWARD_OUT_OF_STOCK", "reward_code")
    assert redeem(world, caller=world.terminal("T2")).points_balance == 499
    assert refused(world, redeem_reward, RedeemReward("CUP", MEMBER)) == ("UNKNOWN_REWARD", "reward_code")


@pytest.mark.capability("PTS-11")
def test_a_thousand_points_are_a_coupon_for_thirty_days(world: World):
    put_batch(world, code="TEN", valid_days=30, total_max=1)
    put(world, COUPON)
    give(world, 2_500)
    before = world.ledger()
    done = redeem(world, "COUPON10")
    assert (len(done.coupon_code) > 0, done.points_balance) == (True, 1_500)
    [(first, until)] = world.rows("SELECT from_date, until_date FROM coupons")
    assert (str(first), str(until)) == ("2026-11-22", "2026-12-22")
    assert moved(world, before) == {"expense": -1_000, "points": 1_000, "goods": 0}
    assert refused(world, redeem_reward, RedeemReward("COUPON10", MEMBER)) == ("NO_COUPONS_LEFT", "reward_code")
    cancelled = world.once(cancel_redemption, CancelRedemption(done.redemption_id, "Changed mind"), world.s1)
    assert (cancelled.points_balance, moved(world, before)["points"]) == (2_500, 0)
    assert world.rows("SELECT ended FROM coupons") == [(Ended.VOIDED,)]


@pytest.mark.capability("PTS-11")
def test_a_coupon_that_is_used_keeps_its_points_redeemed(world: World):
    put_batch(world, code="TEN", valid_days=30)
    unlock(world, "TEN")
    put(world, COUPON)
    give(world, 1_000)
    done = redeem(world, "COUPON10")
    till = Till().line("TEA").member().basket(coupon_codes=(done.coupon_code,)).cash(9_000)
    world.sell(till.command)
    command = CancelRedemption(done.redemption_id, "Changed mind")
    assert refused(world, cancel_redemption, command) == ("REWARD_COUPON_USED", "redemption_id")


@pytest.mark.capability("PTS-09", "PTS-18")
def test_points_that_a_cancelled_reward_brings_repay_what_is_owed_first(world: World):
    """The mug took all 100 points of a sale that then came back, so the member owes them; so does the mug."""
    world.set("points_clawback", "negative_balance")
    put(world, MUG, points=100)
    sale = world.sell(Till().line("TEA").member().cash(10_000).command)
    before = world.ledger()
    done = redeem(world)
    world.refund(RefundSale(sale.sale_id, "all"))
    owed = world.rows("SELECT points_balance, points_debt FROM points_accounts")
    undone = world.once(cancel_redemption, CancelRedemption(done.redemption_id, "Chipped"), world.s1)
    assert (owed, undone.points_balance) == ([(-100, 100)], 0)
    assert world.rows("SELECT points_balance, points_debt FROM points_accounts") == [(0, 0)]
    assert world.rows("SELECT points, value_minor FROM points_lots") == [(0, 0), (0, 0)]
    # Nothing is owed any more: what the sale had deferred, 0.99, is nobody's.
    assert moved(world, before) == {"expense": 0, "points": 99, "goods": 6_000}


@pytest.mark.parametrize(
    ("terms", "reason", "field"),
    [
        ({"code": ""}, "MISSING", "code"),
        ({"points": 0}, "OUT_OF_RANGE", "points"),
        ({"sku": "CUP"}, "NO_SUCH_GOODS", "sku"),
        ({"sku": "WRAP"}, "NO_SUCH_GOODS", "sku"),
        ({"pieces": 0}, "MISSING", "pieces"),
        ({"coupon_batch_code": "TEN"}, "NOT_OF_THIS_REWARD", "coupon_batch_code"),
        ({"kind": RewardKind.COUPON}, "NOT_OF_THIS_REWARD", "sku"),
        ({"from_date": "2026-11-24", "to_date": "2026-11-23"}, "EMPTY_PERIOD", "to_date"),
    ],
)
def test_terms_that_are_wrong_are_refused_by_their_field(world: World, terms: dict[str, Any], reason: str, field: str):
    assert refused(world, put_reward, PutReward(replace(MUG, **terms)), SYSTEM) == (reason, f"reward.{field}")


def test_rewards_are_put_for_the_whole_chain_and_had_in_their_period(world: World):
    assert refused(world, put_reward, PutReward(MUG), world.s1) == ("WHOLE_CHAIN_ONLY", "reward")
    assert refused(world, put_reward, PutReward(COUPON), SYSTEM) == ("NO_SUCH_BATCH", "reward.coupon_batch_code")
    assert put(world, MUG)
    assert not put(world, MUG, from_date="2026-11-23")
    assert list(world.ask(list_rewards, ListRewards()).rewards) == [replace(MUG, from_date="2026-11-23")]
    assert refused(world, redeem_reward, RedeemReward("MUG500", MEMBER)) == ("REWARD_NOT_OFFERED", "reward_code")


@pytest.mark.capability("PTS-09")
def test_six_tills_at_once_redeem_what_the_points_are_worth(world: World):
    put(world, MUG)
    give(world, 1_600)

    def attempt(_: int) -> str:
        try:
            return str(redeem(world).points)
        except Refusal as refusal:
            return refusal.reason

    with ThreadPoolExecutor(6) as tills:
        outcomes = sorted(tills.map(attempt, range(6)))
    assert outcomes == ["500"] * 3 + ["POINTS_EXCEED_BALANCE"] * 3
    assert (world.points(), world.level("MUG")) == (100, (97_000, 194_000))
