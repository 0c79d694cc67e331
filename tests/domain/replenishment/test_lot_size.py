import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.replenishment.lot_size import (
    CheapestOrder,
    NoFirstPrice,
    PriceBreak,
    cheapest_order,
    economic_order_quantity,
    orderable_milli,
)

RACE_CARS = [PriceBreak(1, 5.00), PriceBreak(1000, 4.80), PriceBreak(2000, 4.75)]


def test_weighs_lower_prices_against_larger_stocks():
    """Heizer and Render, ch. 12: Wohl's Discount Store, 5,000 race cars a year, 49 an order, 20 % carrying."""
    found = cheapest_order(demand=5000, order_cost=49, holding_rate=0.2, breaks=RACE_CARS)
    assert found == CheapestOrder(1000, 4.80, pytest.approx(24_725))


def test_takes_the_economic_order_quantity_where_it_has_the_lowest_price():
    found = cheapest_order(demand=5000, order_cost=490, holding_rate=0.2, breaks=RACE_CARS)
    assert found.quantity == pytest.approx(economic_order_quantity(demand=5000, order_cost=490, holding_cost=0.95))
    assert found.unit_cost == 4.75


@pytest.mark.parametrize("breaks", [[], RACE_CARS[1:], RACE_CARS[::-1], RACE_CARS[:1] * 2])
def test_refuses_prices_that_leave_a_quantity_without_one(breaks):
    with pytest.raises(NoFirstPrice):
        cheapest_order(demand=5000, order_cost=49, holding_rate=0.2, breaks=breaks)


@given(st.floats(1, 1e6), st.floats(0.1, 1e4), st.floats(0.01, 100), st.floats(0.3, 3))
def test_no_other_quantity_is_cheaper(demand, order_cost, holding_cost, factor):
    def cost(quantity):
        return demand / quantity * order_cost + quantity / 2 * holding_cost

    best = economic_order_quantity(demand=demand, order_cost=order_cost, holding_cost=holding_cost)
    assert cost(best) <= cost(best * factor) * (1 + 1e-12)


@pytest.mark.parametrize(
    ("wanted", "minimum", "pack", "ordered"),
    [
        (26, 0, 1, 26),
        (26, 0, 12, 36),
        (26, 48, 12, 48),
        (26, 50, 12, 60),
        (36, 36, 12, 36),
        (0, 48, 12, 0),
        (-5, 4, 1, 0),
    ],
)
def test_orders_what_a_supplier_delivers(wanted, minimum, pack, ordered):
    assert orderable_milli(wanted, minimum_milli=minimum, pack_milli=pack) == ordered
