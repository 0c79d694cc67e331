import pytest

from domain.forecasting.places import parts, week_of_part


def test_parts_sum_to_one_and_are_alike_where_nothing_was_sold():
    assert parts([3.0, 1.0, -2.0]) == [0.75, 0.25, 0]
    assert parts([0.0, 0.0]) == [0.5, 0.5]


def test_a_part_varies_by_its_root_and_at_least_as_counts_do():
    assert week_of_part(expected=100, deviation=40, part=0.25) == pytest.approx((25, 0, 50.632))
    assert week_of_part(expected=100, deviation=4, part=0.25) == pytest.approx((25, 18.592, 31.408))
