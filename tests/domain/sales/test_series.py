"""Receipt numbers of a terminal: what is missing, and whether it sold in two places at once."""

from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.sales.sale import late_hours
from domain.sales.series import Installation, SequenceGap, at_once, gaps_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def installation(number: int, first: int, last: int) -> Installation:
    """One that sold from one minute to another."""
    return Installation(str(number), 1, 1, 1, NOON + timedelta(minutes=first), NOON + timedelta(minutes=last))


@given(st.sets(st.integers(1, 200), min_size=1))
def test_every_number_is_stored_or_in_a_gap_and_never_both(stored: set[int]) -> None:
    gaps = gaps_of(pairwise([0, *sorted(stored)]))
    missing = [number for gap in gaps for number in range(gap.first, gap.last + 1)]
    assert sorted([*missing, *stored]) == list(range(1, max(stored) + 1))
    assert all(gap.first <= gap.last for gap in gaps)
    assert len(gaps) == sum(number + 1 not in missing and number in missing for number in range(max(stored) + 1))


def test_tells_gaps_from_repetitions() -> None:
    assert gaps_of([(0, 1), (1, 1), (1, 4), (4, 6)]) == [SequenceGap(2, 3), SequenceGap(5, 5)]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=6))
def test_sells_at_once_when_any_two_installations_share_a_moment(spans: list[tuple[int, int]]) -> None:
    made = [installation(number, first, first + length) for number, (first, length) in enumerate(spans)]
    expected = any(
        one.first_sold_at <= other.last_sold_at and other.first_sold_at <= one.last_sold_at
        for one, other in combinations(made, 2)
    )
    assert at_once(made) is expected
    assert at_once(made[::-1]) is expected


@given(st.integers(-100, 1_000), st.integers(0, 59), st.booleans())
def test_counts_whole_hours_of_what_was_uploaded(hours: int, minutes: int, uploaded: bool) -> None:
    stored_at = NOON + timedelta(hours=hours, minutes=minutes)
    assert late_hours(NOON, stored_at, uploaded=uploaded) == (max(0, hours) if uploaded else 0)
