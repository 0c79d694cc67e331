from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from domain.inventory.costing import (
    apply_issue,
    apply_movement,
    apply_put_back,
    apply_receipt,
    issue,
    put_back,
    receive,
)
from domain.inventory.stock import StockLevel
from domain.shared.money import Rounding, divide


def level(on_hand=0, value=0, *, last_cost=0, last_quantity=0):
    return StockLevel(1, 1, on_hand, 0, value, last_cost, last_quantity)


def state(stock):
    return stock.on_hand_milli, stock.value_minor


def test_issues_goods_at_their_average():
    assert issue(level(20_000, 30_000), quantity_milli=15_000) == 22_500


def test_rounds_an_issue_as_the_policy_says():
    values = [issue(level(4000, 10), quantity_milli=1000, rounding=mode) for mode in Rounding]
    assert dict(zip(Rounding, values, strict=True)) == {
        Rounding.HALF_UP: 3,
        Rounding.HALF_EVEN: 2,
        Rounding.DOWN: 2,
    }


def test_issues_the_last_goods_with_all_the_value_that_is_left():
    stock = level(3000, 301)
    assert [apply_issue(stock, quantity_milli=1000) for _ in range(3)] == [100, 101, 100]
    assert state(stock) == (0, 0)


def test_issues_what_is_not_on_hand_at_the_cost_of_the_last_receipt():
    stock = level(2000, 1000, last_cost=2100, last_quantity=3000)
    assert apply_issue(stock, quantity_milli=5000) == 1000 + 2100
    assert state(stock) == (-3000, -2100)
    assert issue(stock, quantity_milli=1000) == 700


def test_issues_what_is_not_on_hand_at_the_average_when_nothing_was_received():
    assert issue(level(2000, 1000), quantity_milli=3000) == 1500
    assert issue(level(-2000, -1000), quantity_milli=3000) == 1500


def test_issues_goods_of_unknown_cost_at_nothing():
    stock = level()
    assert apply_issue(stock, quantity_milli=3000) == 0
    assert state(stock) == (-3000, 0)


def test_changes_nothing_where_it_only_computes():
    stock = level(-2000, -1000, last_cost=5, last_quantity=1000)
    issue(stock, quantity_milli=1000)
    receive(stock, quantity_milli=1000, cost_minor=9)
    put_back(stock, quantity_milli=1000, cost_minor=9)
    assert stock == level(-2000, -1000, last_cost=5, last_quantity=1000)


def test_receives_goods_at_their_cost():
    stock = level(10_000, 10_000)
    assert apply_receipt(stock, quantity_milli=10_000, cost_minor=20_000) == (20_000, 0)
    assert stock == level(20_000, 30_000, last_cost=20_000, last_quantity=10_000)


def test_receiving_after_a_negative_leaves_the_rest_at_the_cost_of_the_receipt():
    stock = level(-10_000, -20_000)
    assert apply_receipt(stock, quantity_milli=25_000, cost_minor=75_000) == (75_000, -10_000)
    assert state(stock) == (15_000, 45_000)


def test_receiving_exactly_what_was_owed_leaves_nothing():
    stock = level(-10_000, -20_000)
    assert apply_receipt(stock, quantity_milli=10_000, cost_minor=15_000) == (15_000, 5_000)
    assert state(stock) == (0, 0)


def test_receiving_less_than_was_owed_values_the_rest_at_the_cost_of_the_receipt():
    stock = level(-10_000, -20_000)
    assert apply_receipt(stock, quantity_milli=4_000, cost_minor=12_000) == (12_000, -10_000)
    assert state(stock) == (-6_000, -18_000)


def test_puts_goods_back_at_the_cost_they_left_at():
    stock = level(2000, 4000)
    assert apply_put_back(stock, quantity_milli=1000, cost_minor=1000) == (1000, 0)
    assert state(stock) == (3000, 5000)


def test_putting_back_what_was_never_received_undoes_its_sale():
    stock = level(last_cost=700, last_quantity=1000)
    left = apply_issue(stock, quantity_milli=3000)
    assert apply_put_back(stock, quantity_milli=1000, cost_minor=left // 3) == (700, 0)
    assert apply_put_back(stock, quantity_milli=2000, cost_minor=1400) == (1400, 0)
    assert state(stock) == (0, 0)


def test_putting_dearer_goods_back_into_negative_stock_corrects_what_is_owed():
    stock = level(-2000, -1000)
    assert apply_put_back(stock, quantity_milli=1000, cost_minor=3000) == (3000, -2500)
    assert state(stock) == (-1000, -500)


def test_putting_back_more_than_is_owed_leaves_the_rest_at_its_own_cost():
    stock = level(-2000, -1000)
    assert apply_put_back(stock, quantity_milli=3000, cost_minor=0) == (0, 1000)
    assert state(stock) == (1000, 0)


def test_a_return_does_not_count_as_a_receipt():
    stock = level(1000, 100, last_cost=100, last_quantity=1000)
    apply_put_back(stock, quantity_milli=1000, cost_minor=500)
    assert (stock.last_cost_minor, stock.last_cost_quantity_milli) == (100, 1000)


def test_moves_a_level_by_exactly_one_movement():
    stock = level(1000, 100)
    apply_movement(stock, quantity_milli=-250, value_minor=-30)
    assert state(stock) == (750, 70)


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**6))
def test_after_a_receipt_into_negative_stock_the_rest_is_worth_its_unit_cost(owed, value, quantity, cost):
    stock = level(-owed, -value)
    apply_receipt(stock, quantity_milli=quantity, cost_minor=cost)
    assert state(stock) == (quantity - owed, divide(cost * (quantity - owed), quantity))


quantities = st.integers(1, 20_000)
costs = st.integers(0, 50_000)
roundings = st.sampled_from(Rounding)


class AnyHistory(RuleBasedStateMachine):
    """Receipts, sales and returns in any order, beside the movements that they make."""

    def __init__(self):
        super().__init__()
        self.stock = level()
        self.quantities = []
        self.values = []

    @rule(quantity=quantities, rounding=roundings)
    def sell(self, quantity, rounding):
        value = apply_issue(self.stock, quantity_milli=quantity, rounding=rounding)
        assert value >= 0
        self.quantities.append(-quantity)
        self.values.append(-value)

    @rule(quantity=quantities, cost=costs, rounding=roundings)
    def receive(self, quantity, cost, rounding):
        self.came(
            quantity, cost, apply_receipt(self.stock, quantity_milli=quantity, cost_minor=cost, rounding=rounding)
        )

    @rule(quantity=quantities, cost=costs, rounding=roundings)
    def put_back(self, quantity, cost, rounding):
        self.came(
            quantity, cost, apply_put_back(self.stock, quantity_milli=quantity, cost_minor=cost, rounding=rounding)
        )

    def came(self, quantity, cost, answer):
        value, correction = answer
        assert value == cost
        self.quantities.append(quantity)
        self.values += [value, correction]

    @invariant()
    def the_level_is_the_sum_of_its_movements(self):
        assert state(self.stock) == (sum(self.quantities), sum(self.values))

    @invariant()
    def value_has_the_sign_of_what_is_on_hand(self):
        on_hand, value = state(self.stock)
        if on_hand == 0:
            assert value == 0
        assert value >= 0 if on_hand > 0 else value <= 0


TestAnyHistory = AnyHistory.TestCase
