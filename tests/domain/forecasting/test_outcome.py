from math import cos, pi

import pytest

from domain.forecasting.effects import Effects, Series, Week
from domain.forecasting.forecast import BackTest, Method
from domain.forecasting.outcome import by_baseline, choose, forecast_all, held_out, interval


def no_levels(series):
    return [()] * len(series)


def forecast_one(sold, weeks, ahead):
    [found] = forecast_all(
        series=[Series(1, "tea", sold, [""] * len(sold))],
        weeks=weeks,
        ahead=ahead,
        planned=[[""] * len(ahead)],
        levels=no_levels,
    )
    return found


@pytest.mark.parametrize(("weeks", "held"), [(8, 2), (23, 7), (24, 8), (104, 8)])
def test_eight_weeks_are_held_out_or_a_third_of_a_short_history(weeks, held):
    assert held_out(weeks) == held


def test_a_steady_series_goes_on_and_varies_as_counts_do():
    found = forecast_one([25.0] * 20, [Week(slot) for slot in range(20)], [Week(20), Week(21)])
    assert found.weeks == pytest.approx((25, 25))
    assert found.deviation == pytest.approx(5)
    # Half of the ways to find a level take a twentieth off for goods that sell seldom; the mean of four weeks is exact.
    assert (found.method, found.test) == (Method.RECENT_MEAN, BackTest(sold=150, error=3.75))
    assert interval(expected=25, deviation=5) == pytest.approx((18.592, 31.408))
    assert interval(expected=1, deviation=5) == pytest.approx((0, 7.408))


def test_the_deviation_is_that_of_the_weeks_held_out():
    found = forecast_one([25.0] * 16 + [5.0, 45.0] * 4, [Week(slot) for slot in range(24)], [Week(24)])
    assert found.deviation == pytest.approx(20.01, abs=0.001)


def test_a_season_that_was_seen_twice_is_forecast():
    sold = [100 * (1 + 0.5 * cos(2 * pi * (week % 52 - 26) / 52)) * 1.003**week for week in range(104)]
    found = forecast_one(sold, [Week(week % 52) for week in range(104)], [Week(week) for week in range(26)])
    assert found.method is Method.EFFECTS
    assert found.weeks[25] / found.weeks[0] == pytest.approx(3, rel=0.1)


def test_refuses_less_than_eight_weeks():
    with pytest.raises(ValueError, match="8 weeks"):
        forecast_one([1.0] * 7, [Week(slot) for slot in range(7)], [Week(7)])


@pytest.mark.parametrize(
    ("recent", "seasonal", "of_category", "weeks", "method"),
    [
        (10, 10, (10, 10), 60, Method.EFFECTS),
        (7.9, 10, (10, 10), 60, Method.RECENT_MEAN),
        (8, 10, (10, 10), 60, Method.EFFECTS),
        (7.9, 7, (10, 10), 60, Method.SEASONAL_NAIVE),
        # A season that was not seen is not repeated.
        (7.9, 7, (10, 10), 51, Method.RECENT_MEAN),
        # What was better for the category as a whole is better for each of its goods.
        (30, 30, (9.9, 20), 60, Method.RECENT_MEAN),
        (30, 30, (9.9, 9.8), 60, Method.SEASONAL_NAIVE),
        (30, 30, (9.9, 9.8), 51, Method.RECENT_MEAN),
    ],
)
def test_a_baseline_that_did_better_is_taken(recent, seasonal, of_category, weeks, method):
    test = BackTest(sold=40, error=10, recent_mean_error=recent, seasonal_naive_error=seasonal)
    category = BackTest(sold=40, error=10, recent_mean_error=of_category[0], seasonal_naive_error=of_category[1])
    assert choose(test=test, category=category, weeks=weeks) is method


def test_a_baseline_is_carried_over_by_season_and_offers():
    effects = Effects(seasons={("tea", 20): 1.5, ("tea", 19): 0.5}, lifts={(1, "mailer"): 2.0})
    series = Series(1, "tea", [10.0] * 16 + [10, 10, 10, 40], [""] * 19 + ["mailer"])
    asked = {
        "series": series,
        "effects": effects,
        "weeks": [Week(slot) for slot in range(20)],
        "ahead": [Week(20), Week(21), Week(21)],
        "promoted": ["", "", "mailer"],
    }
    # A mean of 17.5 in weeks with factors 1, 1, 1 and 0.5 x 2.
    assert by_baseline(Method.RECENT_MEAN, **asked) == pytest.approx([26.25, 17.5, 35])
    assert by_baseline(Method.EFFECTS, **asked) == []
    # Four weeks before: 10, 10 and 10.
    assert by_baseline(Method.SEASONAL_NAIVE, **asked) == pytest.approx([15, 10, 20])
