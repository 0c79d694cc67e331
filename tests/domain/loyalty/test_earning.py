import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.loyalty.earning import deferral, deferral_by_line, earning_bases, points_by_line, points_for
from domain.shared.money import Rounding


@pytest.mark.parametrize(
    ("base", "earn_points", "per_minor", "points"),
    [
        (29_999, 1, 100, 299),  # one point per yuan of 100 fen
        (1_000_000, 1, 100_000, 10),  # one point per 1,000 yuan
        (2_650, 1, 100, 26),  # one point per 100 yen, which have no minor unit
        (1_999, 5, 1_000, 9),  # five points per dinar of 1,000 fils
        (0, 1, 100, 0),
        (12_345, 0, 100, 0),
    ],
)
def test_earns_exactly_by_a_ratio_of_two_integers(base, earn_points, per_minor, points):
    assert points_for(base, earn_points=earn_points, earn_per_minor=per_minor, rounding=Rounding.DOWN) == points


def test_rounds_points_down_or_to_the_nearest():
    earned = [
        points_for(base, earn_points=1, earn_per_minor=100, rounding=mode)
        for mode in (Rounding.DOWN, Rounding.HALF_UP)
        for base in (149, 150, 199)
    ]
    assert earned == [1, 1, 1, 1, 2, 2]


def test_spreads_points_over_the_lines_by_what_they_earn_on():
    assert points_by_line(10, bases=[333, 333, 0, 334]) == [3, 3, 0, 4]


def test_lines_that_never_earn_bear_their_share_of_what_was_paid_with_points():
    assert earning_bases([6000, 4000], earns=[True, False], not_earning_minor=1000) == [5400, 0]


def test_earns_on_all_of_a_line_when_everything_was_paid_with_money():
    assert earning_bases([6000, 4000], earns=[True, True], not_earning_minor=0) == [6000, 4000]


def test_defers_by_relative_stand_alone_selling_prices():
    assert deferral(10_000, points=100, redeem_minor_per_100=100, expected_redemption_bp=10_000) == 99
    # IFRS 15 example 52: 100,000 of goods, 10,000 points of 1, 9,500 of them expected to be redeemed.
    assert deferral(10_000_000, points=10_000, redeem_minor_per_100=10_000, expected_redemption_bp=9_500) == 867_580


@pytest.mark.parametrize(
    ("net", "points", "expected_bp"), [(0, 100, 10_000), (10_000, 0, 10_000), (10_000, 100, 0), (0, 0, 0)]
)
def test_defers_nothing_without_price_points_or_expectation(net, points, expected_bp):
    assert deferral(net, points=points, redeem_minor_per_100=100, expected_redemption_bp=expected_bp) == 0


def test_spreads_the_deferral_by_the_points_of_the_lines():
    assert deferral_by_line(99, points=[50, 0, 50]) == [50, 0, 49]


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10_000))
def test_never_defers_more_than_was_paid_or_than_the_points_buy(net, points, per_100, expected_bp):
    deferred = deferral(net, points=points, redeem_minor_per_100=per_100, expected_redemption_bp=expected_bp)
    assert 0 <= deferred <= net
    assert deferred * 100 <= points * per_100 + 50


@given(st.integers(0, 10**6), st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), min_size=1, max_size=9))
def test_bases_never_fall_below_zero_and_points_are_never_lost(paid_with_points, lines):
    amounts = [amount for amount, _ in lines]
    not_earning = min(paid_with_points, sum(amounts))
    bases = earning_bases(amounts, earns=[True] * len(lines), not_earning_minor=not_earning)
    assert sum(bases) == sum(amounts) - not_earning
    some = earning_bases(amounts, earns=[earns for _, earns in lines], not_earning_minor=not_earning)
    assert some == [base if earns else 0 for base, (_, earns) in zip(bases, lines, strict=True)]
    points = points_for(sum(some), earn_points=1, earn_per_minor=100, rounding=Rounding.DOWN)
    by_line = points_by_line(points, bases=some)
    assert sum(by_line) == points
    assert all(base or not share for base, share in zip(some, by_line, strict=True))
    assert min([*some, *by_line]) >= 0
