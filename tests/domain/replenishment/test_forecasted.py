import numpy as np
import pytest

from domain.replenishment.forecasted import Forecasted, forecasted_demand
from domain.replenishment.targets import DailyDemand

# Two stores of one region and one of another; two SKUs, of which nobody sold the second.
DEMAND = DailyDemand(np.array([[3.0, 0], [1, 0], [2, 0]]), np.array([[6.0, 0], [2, 0], [4, 0]]))
WEEKS = np.array([[[14_000.0, 28_000, 56_000], [7_000, 7_000, 7_000]], [[0, 0, 0], [0, 0, 0]]])


def found(*, days=7.0, passed_days=0, asked=None, known=((True, True), (False, False))):
    forecasted = Forecasted(WEEKS, np.array(known), [0, 0, 1], passed_days)
    asked = np.ones((3, 2), dtype=np.bool_) if asked is None else np.array(asked)
    return forecasted_demand(DEMAND, forecasted, days=np.full((3, 2), days), asked=asked)


def test_a_store_has_its_part_of_what_its_region_is_expected_to_sell_a_day():
    demand, by_forecast = found()
    assert demand.mean[:, 0] == pytest.approx([1.5, 0.5, 2])
    # What varied twice as much as its mean does so on.
    assert demand.variance[:, 0] == pytest.approx([3, 1, 4])
    assert by_forecast.tolist() == [[True, True], [True, True], [False, False]]


def test_what_nobody_sold_yet_goes_by_the_size_of_stores():
    demand, _ = found()
    assert demand.mean[:, 1] == pytest.approx([0.75, 0.25, 0])
    assert demand.variance[:, 1] == pytest.approx([0.75, 0.25, 0])


@pytest.mark.parametrize(
    ("days", "passed_days", "a_day"),
    [(7, 0, 2), (14, 0, 3), (7, 7, 4), (7, 3, (8 + 12) / 7), (21, 0, 14 / 3), (100, 0, 14 / 3), (0, 0, 2), (5, 20, 8)],
)
def test_covers_the_days_that_the_order_has_to_last(days, passed_days, a_day):
    demand, _ = found(days=float(days), passed_days=passed_days)
    assert demand.mean[:2, 0].sum() == pytest.approx(a_day)


def test_only_where_it_is_asked_for():
    demand, by_forecast = found(asked=[[True, False], [False, False], [True, True]])
    assert demand.mean[:, 0] == pytest.approx([1.5, 1, 2])
    assert by_forecast.tolist() == [[True, False], [False, False], [False, False]]
