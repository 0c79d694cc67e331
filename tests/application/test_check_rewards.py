"""The invariants of activities and rewards fail for exactly the row that was tampered with."""

import pytest
from sqlalchemy import text

from application.check import run_checks
from domain.identity.organisation import SYSTEM
from tests.application.marketing.test_activities import CHECK_IN, put, record
from tests.application.marketing.test_rewards import MUG, give, redeem
from tests.application.marketing.test_rewards import put as put_reward
from tests.world import World


@pytest.fixture
def earned(world: World) -> World:
    """A member with a check-in of 50 points, and a mug for 500."""
    put(world, CHECK_IN, points_budget=1_000)
    record(world, "TASTING", "E1")
    put_reward(world, MUG)
    give(world, 500)
    redeem(world)
    return world


def violations(world: World, tampering: str) -> list[str]:
    """What is said of activities and rewards in a transaction that tampers and is then undone."""
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text(tampering))
        results = run_checks(uow)
    return [found for one in results if one.id in ("PTS-activities", "PTS-rewards") for found in one.violations]


@pytest.mark.capability("PTS-14")
def test_tampered_activities_are_named(earned: World):
    [(activity,)] = earned.rows("SELECT activity_id FROM points_activities")
    [(record_id,)] = earned.rows("SELECT record_id FROM activity_records")
    assert violations(earned, "UPDATE points_activities SET given_points = 49") == [
        f"points_activities activity_id={activity}: given points 49, points of activity_records 50"
    ]
    assert violations(earned, "UPDATE points_activities SET points_budget = 1, given_points = 1") == [
        f"points_activities activity_id={activity}: given points 1, points of activity_records 50;"
        " given points of a budget 50, budget 1"
    ]
    assert violations(earned, "UPDATE activity_records SET value_minor = 7, subject_id = 1") == [
        f"activity_records record_id={record_id}: value 7, value of points_entries 50;"
        " members, subjects and stores 2, expected 3"
    ]


@pytest.mark.capability("PTS-14")
def test_tampered_rewards_are_named(earned: World):
    [(redemption,)] = earned.rows("SELECT redemption_id FROM reward_redemptions")
    named = f"reward_redemptions redemption_id={redemption}: "
    assert violations(earned, "UPDATE reward_redemptions SET points = 400") == [
        named + "points 400, points of points_entries 500"
    ]
    assert violations(earned, f"DELETE FROM stock_movements WHERE document_id = {redemption}") == [
        named + "goods, in thousandths 1000, goods of stock_movements 0; cost 2000, value of stock_movements 0"
    ]
    assert violations(earned, "UPDATE reward_redemptions SET coupon_id = 5") == [named + "coupons 1, issued coupons 0"]
    assert violations(earned, "UPDATE reward_redemptions SET reverses_id = 5")[-1:] == [
        named + "what is undone with what undoes it nothing, expected 0"
    ]
