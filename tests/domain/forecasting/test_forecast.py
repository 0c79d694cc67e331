import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.forecasting.effects import Effects, Series, Week
from domain.forecasting.forecast import BackTest, Method, back_test, forecast, plain, season_length

WEEKS = [Week(slot) for slot in range(20)]
EFFECTS = Effects(seasons={("tea", 20): 1.5}, lifts={(1, "mailer"): 3.0})


def tea(sold, promoted=""):
    return Series(1, "tea", sold, [promoted] * len(sold))


def test_multiplies_the_level_with_what_is_known_to_come():
    found = forecast(
        series=tea([30.0] * 20, "mailer"),
        effects=EFFECTS,
        weeks=WEEKS,
        ahead=[Week(20), Week(21), Week(21)],
        promoted=["mailer", "mailer", ""],
        others=[10.0],
    )
    assert found == pytest.approx([45, 30, 10])


def test_takes_promotions_and_returns_out_of_the_history():
    series = Series(1, "tea", [30.0, 10, -4], ["mailer", "", ""])
    assert plain(series=series, effects=EFFECTS, weeks=WEEKS[:3]) == [10, 10, 0]


def test_repeats_the_recent_mean_where_that_did_better():
    found = forecast(
        series=tea([0.0] * 16 + [4, 6, 8, 2]),
        effects=EFFECTS,
        weeks=WEEKS,
        ahead=WEEKS[:2],
        promoted=["mailer", ""],
        method=Method.RECENT_MEAN,
    )
    assert found == [5, 5]


def test_a_back_test_compares_with_two_baselines():
    test = back_test(known=[1.0, 2, 3, 4, 5, 6, 7, 8], actual=[10.0, 0], forecast=[9.0, 2])
    assert test == BackTest(sold=10, error=3, recent_mean_error=3.5 + 6.5, seasonal_naive_error=5 + 6)
    assert test + test == BackTest(20, 6, 20, 22)


@pytest.mark.parametrize(("weeks", "season"), [(3, 4), (51, 4), (52, 52), (104, 52)])
def test_the_season_of_a_naive_forecast_is_a_year_once_there_is_one(weeks, season):
    assert season_length(weeks) == season


@pytest.mark.parametrize(
    ("baseline", "method"), [(7.9, Method.RECENT_MEAN), (8, Method.EFFECTS), (9.9, Method.EFFECTS)]
)
def test_a_baseline_must_be_better_by_a_fifth(baseline, method):
    assert BackTest(sold=40, error=10, recent_mean_error=baseline).method is method


@given(st.lists(st.integers(-5, 80).map(float), min_size=20, max_size=20), st.sampled_from(["", "mailer"]))
def test_no_forecast_is_negative(sold, promotion):
    for method in (Method.EFFECTS, Method.RECENT_MEAN):
        found = forecast(
            series=tea(sold), effects=EFFECTS, weeks=WEEKS, ahead=WEEKS[:3], promoted=[promotion] * 3, method=method
        )
        assert min(found) >= 0
