"""How many points fit into quotas."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.loyalty.quota import fitting, month_of

POINTS = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("points", "left", "fits"), [(100, [250], 100), (100, [250, 40], 40), (100, [0], 0), (100, [-50, 10], 0)]
)
def test_fits_what_every_quota_leaves(points: int, left: list[int], fits: int):
    assert fitting(points, left=left) == fits


@given(POINTS, st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=2))
def test_is_the_most_that_no_quota_forbids(points: int, left: list[int]):
    fits = fitting(points, left=left)
    assert 0 <= fits <= points
    assert fits == 0 or fits <= min(left)
    # One more would be more than was asked, or than one of them leaves.
    assert fits == points or fits + 1 > min(left)


def test_a_month_is_that_of_the_business_date():
    assert [month_of(date(2026, 11, 30)), month_of(date(987, 1, 1))] == ["2026-11", "0987-01"]
