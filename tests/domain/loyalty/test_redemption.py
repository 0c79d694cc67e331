from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.loyalty.ledger import PointsLot
from domain.loyalty.redemption import (
    PointsExceedBalance,
    PointsExceedCap,
    PointsNotInStep,
    PointsNotPositive,
    UnknownExpiryPolicy,
    checked_redemption,
    expiry_date,
    max_redeemable,
    points_value,
    redeem,
    redeem_together,
    standing_of,
    take_back,
)

TODAY = date(2026, 5, 1)
NOW = datetime(2026, 5, 1, 4, tzinfo=UTC)
SALE = {"balance": 5000, "total_minor": 10_000, "redeem_minor_per_100": 100, "cap_bp": 5000, "step": 100}


def lot(lot_id, points, value, *, expires=None, earned=date(2026, 1, 1)):
    return PointsLot(lot_id, 1, lot_id, earned, expires, points, value)


def taken(uses):
    return [(use.lot.lot_id, use.points, use.value_minor) for use in uses]


def test_redeems_first_expiring_first_and_never_expiring_last():
    lots = [
        lot(1, 100, 90),
        lot(2, 100, 80, expires=date(2027, 1, 1)),
        lot(3, 100, 70, expires=date(2026, 6, 1)),
        lot(4, 100, 60, expires=date(2026, 6, 1), earned=date(2025, 1, 1)),
    ]
    assert taken(redeem(lots, points=350, on=TODAY, at=NOW)) == [(4, 100, 60), (3, 100, 70), (2, 100, 80), (1, 50, 45)]


def test_changes_no_lot():
    lots = [lot(1, 100, 90)]
    redeem(lots, points=40, on=TODAY, at=NOW)
    take_back(lots, own_sale_id=1, points=40, on=TODAY, at=NOW)
    assert lots == [lot(1, 100, 90)]


def test_passes_over_expired_and_empty_lots():
    lots = [lot(1, 100, 90, expires=TODAY), lot(2, 0, 0), lot(3, 10, 9, expires=date(2026, 5, 2))]
    assert taken(redeem(lots, points=10, on=TODAY, at=NOW)) == [(3, 10, 9)]


def test_refuses_more_points_than_can_be_spent():
    lots = [lot(1, 100, 90, expires=TODAY), lot(2, 30, 27)]
    with pytest.raises(PointsExceedBalance) as refused:
        redeem(lots, points=31, on=TODAY, at=NOW, field="tenders[0].points")
    assert refused.value.field == "tenders[0].points"
    assert refused.value.details == {"points": 31, "balance": 30}


def test_redeeming_nothing_takes_nothing():
    assert redeem([lot(1, 100, 90)], points=0, on=TODAY, at=NOW) == []


@given(st.integers(0, 1000), st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_a_lot_gives_all_its_value_by_its_last_point(value, parts):
    one = lot(1, sum(parts), value)
    released = 0
    for part in parts:
        ((_, points, share),) = redeem([one], points=part, on=TODAY, at=NOW)
        one.points -= points
        one.value_minor -= share
        released += share
        assert one.value_minor >= 0
    assert (one.points, one.value_minor, released) == (0, 0, value)


def test_values_points_in_hundreds():
    assert points_value(100, redeem_minor_per_100=100) == 100  # 100 points are one yuan
    assert points_value(1, redeem_minor_per_100=10_000) == 100  # one point is one yuan
    assert points_value(199, redeem_minor_per_100=50) == 99


def test_accepts_a_redemption_within_balance_cap_and_step():
    assert checked_redemption(5000, **SALE, field="points") == 5000


@pytest.mark.parametrize(
    ("points", "changes", "refusal", "details"),
    [
        (0, {}, PointsNotPositive, {"points": 0}),
        (-100, {}, PointsNotPositive, {"points": -100}),
        (150, {}, PointsNotInStep, {"points": 150, "step": 100}),
        (5100, {}, PointsExceedBalance, {"points": 5100, "balance": 5000}),
        (5000, {"total_minor": 9_999}, PointsExceedCap, {"points": 5000, "points_max": 4900, "cap_bp": 5000}),
        (100, {"cap_bp": 0}, PointsExceedCap, {"points": 100, "points_max": 0, "cap_bp": 0}),
    ],
)
def test_refuses_other_redemptions_and_says_what_is_allowed(points, changes, refusal, details):
    with pytest.raises(refusal) as refused:
        checked_redemption(points, **{**SALE, **changes}, field="tenders[1].points")
    assert (refused.value.field, refused.value.details) == ("tenders[1].points", details)
    assert str(points) in refused.value.message("en")
    assert str(points) in refused.value.message("zh")


@given(
    balance=st.integers(-100, 100_000),
    total=st.integers(0, 100_000),
    per_100=st.integers(1, 20_000),
    cap_bp=st.integers(0, 10_000),
    step=st.integers(1, 500),
)
def test_the_most_that_is_offered_is_accepted_and_one_step_more_is_not(balance, total, per_100, cap_bp, step):
    terms = {
        "balance": balance, "total_minor": total, "redeem_minor_per_100": per_100, "cap_bp": cap_bp, "step": step,
    }  # fmt: skip
    most = max_redeemable(**terms)
    assert most % step == 0
    if most:
        value = checked_redemption(most, **terms, field="points")
        assert value * 10_000 <= total * cap_bp
    with pytest.raises((PointsExceedBalance, PointsExceedCap)):
        checked_redemption(most + step, **terms, field="points")


def test_takes_earned_points_back_from_their_own_lot_first():
    lots = [lot(1, 50, 45, expires=date(2026, 6, 1)), lot(2, 80, 40, expires=date(2027, 1, 1))]
    answer = take_back(lots, own_sale_id=2, points=60, on=TODAY, at=NOW)
    assert (taken(answer.uses), answer.shortfall) == ([(2, 60, 30)], 0)


def test_takes_spent_points_back_from_other_lots_first_expiring_first():
    lots = [
        lot(1, 50, 45, expires=date(2027, 1, 1)),
        lot(2, 10, 5, expires=date(2028, 1, 1)),
        lot(3, 50, 40, expires=date(2026, 6, 1)),
        lot(4, 99, 99, expires=TODAY),
    ]
    answer = take_back(lots, own_sale_id=2, points=70, on=TODAY, at=NOW)
    assert (taken(answer.uses), answer.shortfall) == ([(2, 10, 5), (3, 50, 40), (1, 10, 9)], 0)


def test_tells_how_many_points_were_already_spent():
    answer = take_back([lot(1, 50, 45), lot(2, 0, 0)], own_sale_id=2, points=70, on=TODAY, at=NOW)
    assert (taken(answer.uses), answer.shortfall) == ([(1, 50, 45)], 20)


def test_takes_unspent_points_back_from_their_own_lot_even_after_its_expiry():
    answer = take_back([lot(1, 50, 45, expires=TODAY)], own_sale_id=1, points=20, on=TODAY, at=NOW)
    assert (taken(answer.uses), answer.shortfall) == ([(1, 20, 18)], 0)


@pytest.mark.parametrize(
    ("policy", "earned", "expires"),
    [
        ("never", date(2026, 1, 31), None),
        ("months:0", date(2026, 1, 31), date(2026, 2, 1)),
        ("months:1", date(2026, 1, 25), date(2026, 2, 26)),
        ("months:1", date(2026, 1, 31), date(2026, 3, 1)),
        ("months:1", date(2028, 1, 31), date(2028, 3, 1)),
        ("months:12", date(2028, 2, 29), date(2029, 3, 1)),
        ("months:12", date(2026, 12, 31), date(2028, 1, 1)),
        ("end_of_month:0", date(2026, 2, 10), date(2026, 3, 1)),
        ("end_of_month:1", date(2026, 1, 31), date(2026, 3, 1)),
        ("end_of_month:12", date(2026, 12, 1), date(2028, 1, 1)),
        ("end_of_year:0", date(2026, 1, 1), date(2027, 1, 1)),
        ("end_of_year:1", date(2026, 12, 31), date(2028, 1, 1)),
    ],
)
def test_points_lapse_on_the_day_that_the_policy_gives(policy, earned, expires):
    assert expiry_date(earned, policy=policy) == expires


@pytest.mark.parametrize("policy", ["", "months", "months:", "months:-1", "months:x", "years:1", "never:1"])
def test_refuses_an_unknown_expiry_policy(policy):
    with pytest.raises(UnknownExpiryPolicy):
        expiry_date(TODAY, policy=policy)


LOTS = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 40), st.sampled_from([None, 1, 5, 9])), max_size=4)


@given(
    own=LOTS, others=st.lists(st.tuples(LOTS, st.integers(0, 30)), max_size=3), debt=st.integers(0, 30), data=st.data()
)
@pytest.mark.capability("PTS-08")
def test_together_pays_own_points_first_and_nobody_gives_what_they_owe(own, others, debt, data):
    def lots(member, kinds):
        return [
            PointsLot(member * 10 + n, member, 1, date(2026, 1, 1), day and date(2026, 5, day), points, value)
            for n, (points, value, day) in enumerate(kinds)
        ]

    mine = lots(1, own)
    theirs = [(lots(member, kinds), owed) for member, (kinds, owed) in enumerate(others, start=2)]
    on = {"on": TODAY, "at": NOW}
    left = standing_of(mine, debt=debt, **on).points
    free = [standing_of(their, debt=owed, **on).points for their, owed in theirs]
    points = data.draw(st.integers(0, left + sum(free)))
    uses = redeem_together(mine, theirs, points=points, debt=debt, field="points", **on)
    given_by = {member: sum(use.points for use in uses if use.lot.member_id == member) for member in range(1, 5)}
    assert (sum(given_by.values()), given_by[1]) == (points, min(points, left))
    assert all(given_by[member] <= most for member, most in enumerate(free, start=2))
    assert all(use.points <= use.lot.points and use.value_minor <= use.lot.value_minor for use in uses)
    after = [use.lot.expires_on or date.max for use in uses if use.lot.member_id != 1]
    assert after == sorted(after)
    with pytest.raises(PointsExceedBalance):
        redeem_together(mine, theirs, points=left + sum(free) + 1, debt=debt, field="points", **on)
