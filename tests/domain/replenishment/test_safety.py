import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.replenishment.safety import (
    NotADistribution,
    covered_demand,
    lead_time_deviation,
    service_factor,
    service_level,
)


def test_demand_and_lead_time_that_both_vary_add_up():
    """Heizer and Render, ch. 12: camera sales 150 and 16 a day, lead time 5 and 1 days: 154."""
    found = lead_time_deviation(mean=150, deviation=16, lead_time=5, lead_time_deviation=1)
    assert found == pytest.approx(154.2, abs=0.1)


@given(st.integers(1, 9999), st.floats(0.01, 1e6))
def test_the_safety_stock_of_a_service_level_gives_that_level(service_bp, deviation):
    reached = service_level(safety_stock=service_factor(service_bp) * deviation, deviation=deviation)
    assert reached == pytest.approx(service_bp / 10_000, abs=1e-9)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20).filter(any), st.integers(1, 10_000))
def test_covers_as_often_as_asked_and_no_less_would(weights, service_bp):
    covering = covered_demand(range(len(weights)), weights, service_bp=service_bp)
    total = sum(weights)
    assert sum(weights[: covering + 1]) * 10_000 >= total * service_bp > sum(weights[:covering]) * 10_000


@pytest.mark.parametrize(
    ("quantities", "weights"), [([], []), ([1, 2], [0, 0]), ([2, 1], [1, 1]), ([1, 2], [1]), ([1, 2], [3, -1])]
)
def test_refuses_what_is_no_distribution(quantities, weights):
    with pytest.raises(NotADistribution):
        covered_demand(quantities, weights, service_bp=9000)
