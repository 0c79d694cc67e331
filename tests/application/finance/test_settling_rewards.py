"""Points that pay for something else than a sale are owed by the store that issued them too."""

from datetime import timedelta

import pytest

from application.loyalty.adjust_points import AdjustPoints, adjust_points
from application.loyalty.hold_points import CapturePoints, HoldPoints, capture_points, hold_points
from application.marketing.redeem_reward import CancelRedemption, RedeemReward, cancel_redemption, redeem_reward
from application.sales.refund import RefundSale
from domain.identity.organisation import SYSTEM
from tests.application.finance.test_settling import booked, owed, settled
from tests.application.marketing.test_rewards import COUPON, MUG, put
from tests.application.sales.coupons import put_batch
from tests.world import MEMBER, Till, World


@pytest.fixture
def earned(world: World) -> World:
    """A sale in S1 has given 1,000 points, which defer 9.89."""
    world.sell(Till().line("TEA", 10).member().cash(100_000).command)
    return world


@pytest.mark.capability("FIN-07", "PTS-09")
def test_who_has_issued_points_owes_what_a_reward_has_cost_the_store_that_gave_it(earned: World):
    put(earned, MUG)
    earned.once(redeem_reward, RedeemReward("MUG500", MEMBER), earned.s2)
    chipped = earned.once(redeem_reward, RedeemReward("MUG500", MEMBER), earned.s2)
    earned.once(cancel_redemption, CancelRedemption(chipped.redemption_id, "Chipped"), earned.s2)
    settled(earned)
    assert owed(earned) == [("S1", "S2", 2_000, 0, 0, 2_000)]
    assert booked(earned, "S2") == {"122102": 2_000, "220501": -495, "660101": -1_505}
    assert booked(earned, "S1") == {"122102": -2_000, "220501": 495, "660101": 1_505}


@pytest.mark.capability("FIN-07", "PTS-11")
def test_a_coupon_has_cost_nothing_and_brings_the_liability_back_all_the_same(earned: World):
    put_batch(earned, code="TEN", valid_days=30)
    put(earned, COUPON)
    earned.once(redeem_reward, RedeemReward("COUPON10", MEMBER), earned.s2)
    settled(earned)
    assert owed(earned) == [("S1", "S2", 0, 0, 0, 0)]
    assert booked(earned, "S1") == {"220501": 989, "660101": -989}
    assert booked(earned, "S2") == {"220501": -989, "660101": 989}


@pytest.mark.capability("FIN-07")
def test_who_has_issued_points_owes_what_a_capture_has_paid(earned: World):
    until = earned.clock() + timedelta(hours=1)
    hold_id = earned.once(hold_points, HoldPoints(MEMBER, 600, "Order 7", until), earned.s2).hold_id
    earned.once(capture_points, CapturePoints(hold_id, 500), earned.s2)
    settled(earned)
    assert owed(earned) == [("S1", "S2", 500, 0, 0, 500)]
    assert booked(earned, "S1") == {"122102": -500, "220501": 494, "660101": 6}


@pytest.mark.capability("FIN-07", "PTS-18")
def test_points_taken_back_or_by_hand_release_what_their_issuer_owes_and_no_money(world: World):
    """S1's 100 points are spent, so its refund takes 100 of S2's; by hand S1 then takes 50 more of these."""
    sale = world.sell(Till().line("TEA").member().cash(10_000).command)
    world.sell(Till().line("TEA").member().points(100).cash(9_900).command)
    world.sell(Till().line("TEA", 2).member().cash(20_000).command, world.s2)
    world.refund(RefundSale(sale.sale_id, "all"))
    world.once(adjust_points, AdjustPoints(MEMBER, -50, "Wrong", "S1"), SYSTEM)
    settled(world)
    assert [row[2:] for row in owed(world)] == [(0, 0, 0, 0)]
    lots = world.rows(
        "SELECT s.code, sum(l.value_minor) FROM points_lots l JOIN journal_entries j ON j.document_id = l.sale_id"
        " JOIN stores s ON s.store_id = j.store_id GROUP BY s.code"
    )
    owes = world.rows(
        "SELECT s.code, -sum(p.amount_minor) FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id"
        " JOIN stores s ON s.store_id = e.store_id WHERE p.account_code = '220501' GROUP BY s.code"
    )
    assert {code: int(value) for code, value in owes} == {code: int(value) for code, value in lots}
