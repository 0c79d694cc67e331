from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.membership.tier import (
    Downgrade,
    Tier,
    TierFigures,
    TierProgramme,
    TierWindow,
    end_of,
    fitting,
    lacking,
    next_end,
    qualifies,
    review_window,
    reviewed,
    upgraded,
    window_on,
)

EVERYBODY = Tier("member", "Member", "会员")
SILVER = Tier("silver", "Silver", "银卡", spend_minor=500_000, visits=12)
GOLD = Tier("gold", "Gold", "金卡", spend_minor=1_000_000, score=60)
PLATINUM = Tier("platinum", "Platinum", "白金卡", spend_minor=3_000_000, visits=24, all_of=True)
PROGRAMME = TierProgramme("CNY", (EVERYBODY, SILVER, GOLD, PLATINUM))

FIGURES = st.builds(
    TierFigures,
    spend_minor=st.integers(-10_000, 4_000_000),
    visits=st.integers(-1, 30),
    points=st.integers(0, 100),
    score=st.integers(0, 80),
)
RANKS = st.integers(-1, 3)
PROGRAMMES = st.builds(lambda down: replace(PROGRAMME, downgrade=down), st.sampled_from(Downgrade))


@pytest.mark.parametrize(
    ("figures", "code"),
    [
        (TierFigures(), "member"),
        (TierFigures(spend_minor=499_999, visits=11), "member"),
        (TierFigures(spend_minor=500_000), "silver"),
        (TierFigures(spend_minor=1, visits=12), "silver"),
        (TierFigures(spend_minor=1_000_000), "gold"),
        (TierFigures(score=60), "gold"),
        (TierFigures(spend_minor=3_000_000, visits=23), "gold"),
        (TierFigures(spend_minor=3_000_000, visits=24), "platinum"),
    ],
)
@pytest.mark.capability("LVL-01")
@pytest.mark.capability("LVL-02")
def test_reaching_a_criterion_exactly_is_enough_any_of_them_or_all(figures, code):
    assert PROGRAMME.tiers[fitting(PROGRAMME.tiers, figures)].code == code


def test_without_an_open_tier_who_does_little_has_none():
    assert fitting((SILVER, GOLD), TierFigures(visits=11)) == -1


@given(FIGURES, FIGURES)
def test_doing_more_never_brings_a_lower_tier(one, other):
    more = TierFigures(*[max(getattr(one, name), getattr(other, name)) for name in TierFigures.__slots__])
    assert fitting(PROGRAMME.tiers, more) >= fitting(PROGRAMME.tiers, one)


@given(FIGURES, st.sampled_from((SILVER, GOLD, PLATINUM)))
def test_what_is_lacking_is_just_enough(figures, tier):
    missing = lacking(tier, figures)
    both = TierFigures(*[getattr(figures, name) + getattr(missing, name) for name in TierFigures.__slots__])
    assert qualifies(tier, both)
    assert (missing == TierFigures()) == qualifies(tier, figures)


@given(PROGRAMMES, RANKS, FIGURES)
def test_only_a_review_takes_down_and_then_never_below_what_fits(programme, rank, figures):
    fit = fitting(programme.tiers, figures)
    assert upgraded(programme, rank, figures) == max(rank, fit)
    after = reviewed(programme, rank, figures)
    if fit >= rank or programme.downgrade is Downgrade.TO_FIT:
        assert after == fit
    else:
        assert after == rank - 1 >= fit


def test_a_tier_that_is_no_more_gives_way_to_the_one_that_fits():
    assert reviewed(PROGRAMME, None, TierFigures(visits=12)) == 1


def test_windows_are_half_open_and_hold_the_day():
    day = date(2026, 3, 1)
    assert window_on(PROGRAMME, day) == (date(2025, 3, 2), date(2026, 3, 2))
    by_year = replace(PROGRAMME, window=TierWindow.CALENDAR_YEAR)
    assert window_on(by_year, day) == (date(2026, 1, 1), date(2026, 3, 2))
    assert review_window(PROGRAMME, day) == (date(2025, 3, 31), date(2026, 3, 31))
    assert review_window(by_year, date(2027, 1, 1)) == (date(2026, 1, 1), date(2027, 1, 31))


def test_a_tier_lasts_a_period_and_the_next_one_joins_it():
    by_year = replace(PROGRAMME, window=TierWindow.CALENDAR_YEAR)
    assert end_of(PROGRAMME, 0, date(2026, 3, 1)) is None
    assert end_of(PROGRAMME, -1, date(2026, 3, 1)) is None
    assert end_of(PROGRAMME, 1, date(2026, 3, 1)) == date(2027, 3, 1)
    assert next_end(PROGRAMME, 1, date(2027, 3, 1)) == date(2028, 2, 29)
    assert next_end(PROGRAMME, 0, date(2027, 3, 1)) is None
    assert end_of(by_year, 1, date(2026, 3, 1)) == date(2028, 1, 1)
    assert next_end(by_year, 1, date(2028, 1, 1)) == date(2029, 1, 1)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 3_660))
def test_a_rolling_window_has_as_many_days_as_it_says(day, days):
    from_on, until_on = window_on(replace(PROGRAMME, window_days=days), day)
    assert (until_on - from_on).days == days
    assert until_on == day + timedelta(days=1)
