from math import cos, pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.forecasting.effects import SLOTS, Effects, Series, Week, learn_effects

PLAIN = [""] * 104
TWO_YEARS = [Week(week % SLOTS) for week in range(104)]


def summer(slot):
    """Demand of drinks: most in the 27th week of the year, least half a year later."""
    return 1 + 0.5 * cos(2 * pi * (slot - 26) / SLOTS)


def drinks(sku_id=1, pieces=100.0):
    return Series(sku_id, "drinks", [pieces * summer(week.slot) for week in TWO_YEARS], PLAIN)


def test_learns_the_season_of_a_category_from_all_its_goods():
    effects = learn_effects(series=[drinks(1), drinks(2, 3.0)], weeks=TWO_YEARS)
    for slot in range(SLOTS):
        assert effects.calendar(category="drinks", week=Week(slot)) == pytest.approx(summer(slot), abs=0.03)
    assert effects.calendar(category="bread", week=Week(26)) == 1


def test_the_season_of_a_year_is_on_average_one():
    effects = learn_effects(series=[drinks()], weeks=TWO_YEARS)
    assert sum(effects.seasons.values()) / SLOTS == pytest.approx(1)


def test_less_than_a_year_tells_no_season():
    half = Series(1, "drinks", drinks().sold[:51], PLAIN[:51])
    assert learn_effects(series=[half], weeks=TWO_YEARS[:51]).seasons == {}


def test_learns_what_a_promotion_does():
    promoted = ["mailer" if week % 8 == 3 else "" for week in range(104)]
    sold = [300.0 if promotion else 100.0 for promotion in promoted]
    effects = learn_effects(series=[Series(1, "tea", sold, promoted)], weeks=TWO_YEARS)
    assert effects.lift(sku_id=1, category="tea", promotion="mailer") == pytest.approx(3, rel=0.03)
    assert effects.lift(sku_id=1, category="tea", promotion="") == 1
    # Goods that were never promoted are expected to do as their category does, or as all goods do.
    assert effects.lift(sku_id=2, category="tea", promotion="mailer") == pytest.approx(3, rel=0.03)
    assert effects.lift(sku_id=3, category="soap", promotion="mailer") == pytest.approx(3, rel=0.03)
    assert effects.lift(sku_id=1, category="tea", promotion="never seen") == 1


def test_little_evidence_moves_a_forecast_little():
    few, many = (
        Series(sku_id, category, [pieces] * 10 + [5 * pieces] + [pieces] * 10, [""] * 10 + ["mailer"] + [""] * 10)
        for sku_id, category, pieces in ((1, "tea", 0.5), (2, "rice", 500.0))
    )
    weeks = TWO_YEARS[:21]
    lifts = [learn_effects(series=[one], weeks=weeks).lifts[one.sku_id, "mailer"] for one in (few, many)]
    assert lifts[0] < 1.25
    assert lifts[1] > 4.5


def test_learns_a_festival_that_moves():
    # In weeks 4 and 58: on two different weeks of the year, so that no season explains it.
    weeks = [Week(week % SLOTS, ("spring festival",) if week in (4, 58) else ()) for week in range(104)]
    sold = [250.0 if week.occasions else 100.0 for week in weeks]
    effects = learn_effects(series=[Series(1, "sweets", sold, PLAIN)], weeks=weeks)
    assert effects.calendar(category="sweets", week=Week(2, ("spring festival",))) == pytest.approx(2.5, rel=0.05)
    assert effects.calendar(category="sweets", week=Week(2)) == pytest.approx(1, abs=0.05)


def test_refuses_series_of_other_weeks():
    with pytest.raises(ValueError, match="same weeks"):
        learn_effects(series=[drinks()], weeks=TWO_YEARS[:60])


def test_what_is_not_known_changes_nothing():
    assert Effects().factor(sku_id=1, category="tea", week=Week(3, ("festival",)), promotion="mailer") == 1


@settings(max_examples=20)
@given(st.lists(st.lists(st.integers(0, 40).map(float), min_size=20, max_size=20), min_size=1, max_size=4), st.data())
def test_factors_stay_within_bounds_and_do_not_depend_on_the_order(rows, data):
    kinds = st.sampled_from(["", "mailer", "display"])
    series = [
        Series(number, "tea", sold, data.draw(st.lists(kinds, min_size=20, max_size=20)))
        for number, sold in enumerate(rows)
    ]
    effects = learn_effects(series=series, weeks=TWO_YEARS[:20])
    assert all(0.05 <= lift <= 20 for lift in effects.lifts.values())
    assert learn_effects(series=series[::-1], weeks=TWO_YEARS[:20]).lifts == pytest.approx(effects.lifts)
