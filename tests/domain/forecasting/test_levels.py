import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.forecasting.baselines import naive, recent_mean, seasonal_naive
from domain.forecasting.demand_kind import DemandKind, demand_pattern
from domain.forecasting.levels import croston, level, smoothed, syntetos_boylan, teunter_syntetos_babai

SERIES = st.lists(st.integers(0, 500).map(float), min_size=1, max_size=60)


def test_the_naive_forecasts_repeat_what_was():
    sold = [1.0, 2, 3, 4, 5, 6]
    assert naive(sold=sold, weeks=3) == [6, 6, 6]
    assert seasonal_naive(sold=sold, weeks=5, season=4) == [3, 4, 5, 6, 3]
    assert recent_mean(sold=sold, weeks=2) == [4.5, 4.5]


def test_the_naive_forecasts_do_with_what_is_known():
    assert naive(sold=[], weeks=2) == seasonal_naive(sold=[], weeks=2, season=4) == recent_mean(sold=[], weeks=2)
    assert seasonal_naive(sold=[3.0, 5.0], weeks=3, season=52) == [3, 5, 3]
    assert recent_mean(sold=[2.0], weeks=1) == [2]


@pytest.mark.parametrize(
    ("sold", "kind"),
    [
        ([5, 6, 5, 4, 5, 6], DemandKind.SMOOTH),
        ([1, 20, 2, 1, 30, 1], DemandKind.ERRATIC),
        ([0, 0, 5, 0, 0, 6], DemandKind.INTERMITTENT),
        ([0, 0, 1, 0, 0, 40], DemandKind.LUMPY),
        ([0, 0, 0], DemandKind.NONE),
        ([0, -2, 0], DemandKind.NONE),
        ([], DemandKind.NONE),
    ],
)
def test_tells_kinds_of_demand_apart(sold, kind):
    assert demand_pattern(sold=sold).kind is kind


def test_the_limits_between_kinds_are_those_that_were_published():
    # 33 weeks with 25 demands: an interval of exactly 1.32. Sizes 3 and 17 with mean 10: a squared variation of 0.49.
    assert demand_pattern(sold=[1] * 25 + [0] * 8).kind is DemandKind.INTERMITTENT
    assert demand_pattern(sold=[1] * 25 + [0] * 7).kind is DemandKind.SMOOTH
    assert demand_pattern(sold=[3, 17]).kind is DemandKind.ERRATIC


def test_smoothing_weighs_every_week_less_than_the_next():
    assert smoothed(sold=[10.0, 20.0], alpha=0.5) == (10 * 0.5 + 20) / 1.5


def test_croston_divides_sizes_by_intervals():
    every_third = [0, 0, 3.0] * 6
    assert croston(sold=every_third) == pytest.approx(1)
    assert syntetos_boylan(sold=every_third) == pytest.approx(0.95)


def test_croston_follows_a_change_of_size_and_interval():
    # Sizes 4, then 4 + 0.1 (9 - 4) = 4.5; intervals 2, then 2 + 0.1 (4 - 2) = 2.2.
    assert croston(sold=[0, 4, 0, 0, 0, 9.0]) == pytest.approx(4.5 / 2.2)


def test_goods_that_die_out_are_forecast_less_and_less():
    sold = [0, 4.0, 0, 4, 0, 4]
    quiet = [teunter_syntetos_babai(sold=sold + [0] * weeks) for weeks in (0, 10, 40)]
    assert quiet == sorted(quiet, reverse=True)
    assert quiet[-1] < quiet[0] / 4
    assert croston(sold=sold) == croston(sold=sold + [0] * 40)


def test_the_level_is_the_middle_of_what_several_ways_say():
    sold = [10.0] * 20
    assert level(sold=sold, others=[8, 30]) == pytest.approx((9.5 + 10) / 2)
    assert level(sold=[0.0] * 20, others=[8, 30]) == 0


@given(SERIES)
def test_smoothed_levels_lie_within_what_was_sold(sold):
    assert min(sold) - 1e-9 <= smoothed(sold=sold) <= max(sold) + 1e-9
    for way in (croston, syntetos_boylan, teunter_syntetos_babai, level):
        assert 0 <= way(sold=sold) <= max(sold) + 1e-9


@given(SERIES, st.integers(2, 9))
def test_levels_do_not_depend_on_the_unit(sold, times):
    for way in (smoothed, croston, syntetos_boylan, teunter_syntetos_babai, level):
        assert way(sold=[one * times for one in sold]) == pytest.approx(times * way(sold=sold))
