import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.replenishment.lot_size import orderable_milli as one_orderable
from domain.replenishment.safety import service_factor
from domain.replenishment.targets import (
    DailyDemand,
    daily_demand,
    demand_targets,
    needed_milli,
    orderable_milli,
    pieces_covered,
)


def floats(*numbers):
    return np.array(numbers, dtype=np.float64)


def integers(*numbers):
    return np.array(numbers, dtype=np.int64)


def targets(mean, variance, *, lead=3.0, lead_deviation=0.0, review=0.0, cover=0.0, service_bp=9500, decimals=0):
    return demand_targets(
        DailyDemand(floats(mean), floats(variance)),
        lead_days=floats(lead),
        lead_deviation_days=floats(lead_deviation),
        review_days=floats(review),
        cover_days=floats(cover),
        service_bp=integers(service_bp),
        unit_decimals=integers(decimals),
    )


@pytest.mark.capability("REP-01")
def test_mean_12_lead_3_safety_10_and_20_on_hand_order_26():
    # A variance whose safety stock at 95 % is 10: z·sqrt(3)·σ.
    variance = (10 / service_factor(9500)) ** 2 / 3
    found = targets(12.0, variance)
    assert (found.reorder_milli[0], found.safety_milli[0]) == (46_000, 10_000)
    needed = needed_milli(
        position_milli=integers(20_000), reorder_milli=found.reorder_milli, target_milli=found.target_milli
    )
    assert list(needed) == [26_000]


def test_needs_nothing_above_the_reorder_point_and_nothing_twice():
    needed = needed_milli(
        position_milli=integers(5, 10, 11, -4, 30),
        reorder_milli=integers(10, 10, 10, 10, 10),
        target_milli=integers(25, 25, 25, 25, 25),
    )
    assert list(needed) == [20, 15, 0, 29, 0]


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_has_been_ordered_is_not_ordered_again(position, reorder, more):
    reorder_milli, target_milli = integers(reorder), integers(reorder + more)
    first = needed_milli(position_milli=integers(position), reorder_milli=reorder_milli, target_milli=target_milli)
    again = needed_milli(
        position_milli=integers(position) + first, reorder_milli=reorder_milli, target_milli=target_milli
    )
    assert list(again) == [0]


def test_an_order_also_brings_the_demand_to_be_covered():
    found = targets(12.0, 0.0, cover=7.0)
    assert found.target_milli[0] - found.reorder_milli[0] == 84_000


def test_demand_over_the_lead_time_varies_with_both():
    # 150 a day for 5 days; sqrt(5·16² + (150·1)²) = 154.2, times 1.645.
    found = targets(150.0, 256.0, lead=5.0, lead_deviation=1.0, decimals=3)
    assert found.reorder_milli[0] / 1000 == pytest.approx(750 + 253.6, abs=0.1)


def test_pieces_are_counted_by_poisson_where_demand_varies_no_more():
    # P(X <= 4) = 0.9473 and P(X <= 5) = 0.9834 at mean 2, in every table.
    assert list(pieces_covered(floats(2, 2, 2), floats(2, 2, 1), floats(0.94, 0.95, 0.95))) == [4, 5, 5]


def test_pieces_are_counted_by_negative_binomial_where_demand_varies_more():
    # Mean 2, variance 4: p = 1/2, r = 2, P(k) = (k + 1) / 2^(k + 2): 0.25, 0.5, 0.6875, 0.8125, 0.890625, 0.9375.
    assert list(pieces_covered(floats(2, 2, 2), floats(4, 4, 4), floats(0.25, 0.26, 0.93))) == [0, 1, 5]


def test_pieces_beyond_all_stock_end():
    assert list(pieces_covered(floats(20), floats(1e6), floats(0.9999))) == [2_000]


def test_nothing_asked_for_needs_no_stock():
    found = targets(0.0, 0.0, service_bp=9900)
    assert (found.reorder_milli[0], found.target_milli[0], found.safety_milli[0]) == (0, 0, 0)


@given(st.floats(0.001, 50), st.floats(0, 200), st.sampled_from([0, 1, 3]), st.integers(5000, 9990))
def test_targets_are_as_fine_as_the_unit_and_rise_with_service(mean, variance, decimals, service_bp):
    step = 1000 // 10**decimals
    low = targets(mean, variance, cover=2.0, decimals=decimals, service_bp=service_bp)
    high = targets(mean, variance, cover=2.0, decimals=decimals, service_bp=service_bp + 9)
    assert low.reorder_milli[0] % step == low.target_milli[0] % step == 0
    assert high.reorder_milli[0] >= low.reorder_milli[0] >= 0


def test_measures_demand_of_a_day():
    # 4 days of 2, 0, 0 and 4 units: mean 1.5, squares 20, variance (20 - 9) / 3.
    found = daily_demand(sold_milli=integers(6000, -1000), squares_milli=floats(20e6, 1e6), days=4)
    assert list(found.mean) == [1.5, 0.0]
    assert list(found.variance) == pytest.approx([11 / 3, 0])


@given(st.integers(-10, 10**6), st.integers(0, 10**5), st.integers(1, 10**4))
def test_many_are_rounded_as_one(quantity, minimum, pack):
    many = orderable_milli(integers(quantity), minimum_milli=integers(minimum), pack_milli=integers(pack))
    assert list(many) == [one_orderable(quantity, minimum_milli=minimum, pack_milli=pack)]
