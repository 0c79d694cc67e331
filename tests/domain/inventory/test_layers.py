from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain.inventory.costing import (
    Arrival,
    apply_costing,
    apply_issue,
    apply_put_back,
    apply_receipt,
    apply_revaluation,
    apply_standard,
    issue,
)
from domain.inventory.layers import LayeredLevel, Lot, Origin
from domain.inventory.stock import Costing
from domain.shared.money import Rounding, divide

DAY = date(2025, 6, 1)
FIFO, STANDARD, LOTS = Costing.FIFO, Costing.STANDARD, Costing.LOTS


def level(costing, **fields):
    return LayeredLevel(1, 1, 0, 0, 0, 0, 0, costing=int(costing), **fields)


def receive(stock, quantity, cost, *, lot="", expires_on=None, on=DAY):
    arrival = Arrival(7, on, Lot(lot, expires_on))
    return apply_receipt(stock, quantity_milli=quantity, cost_minor=cost, arrival=arrival)


def numbered(stock):
    """Gives ids to what was opened, as recording does; the parts since the last time, by layer."""
    parts = stock.taken_parts()
    for part in parts:
        if part.opened:
            part.layer.layer_id = numbered.last = getattr(numbered, "last", 0) + 1
    return parts


def layers(stock):
    return [(layer.lot_code, layer.quantity_milli, layer.value_minor) for layer in stock.layers]


@pytest.mark.capability("INV-15")
def test_ten_at_ten_and_ten_at_twenty_less_fifteen_are_worth_a_hundred_under_fifo():
    stock = level(FIFO)
    receive(stock, 10_000, 10_000)
    receive(stock, 10_000, 20_000)
    assert apply_issue(stock, quantity_milli=15_000) == 20_000
    assert (stock.on_hand_milli, stock.value_minor, layers(stock)) == (5_000, 10_000, [("", 5_000, 10_000)])


@pytest.mark.capability("INV-15")
def test_ten_at_ten_and_ten_at_twenty_less_fifteen_are_worth_seventy_five_at_the_average():
    stock = level(0)
    receive(stock, 10_000, 10_000)
    receive(stock, 10_000, 20_000)
    assert apply_issue(stock, quantity_milli=15_000) == 22_500
    assert (stock.on_hand_milli, stock.value_minor, stock.layers) == (5_000, 7_500, [])


def test_what_expires_first_leaves_first_and_what_has_expired_last():
    stock = level(LOTS)
    for lot, days in (("late", 30), ("expired", -1), ("soon", 3), ("today", 0), ("", None)):
        receive(stock, 1_000, 100, lot=lot, expires_on=None if days is None else DAY + timedelta(days=days))
        numbered(stock)
    assert stock.expired_milli(DAY) == 1_000
    apply_issue(stock, quantity_milli=4_500, on=DAY)
    left = [part.layer.lot_code for part in numbered(stock)]
    assert left == ["today", "soon", "late", "", "expired"]
    assert layers(stock) == [("expired", 500, 0)]
    assert stock.value_minor == 50


def test_a_lot_under_fifo_leaves_at_its_own_cost():
    stock = level(FIFO | LOTS)
    receive(stock, 1_000, 100, lot="old", expires_on=DAY + timedelta(days=30))
    receive(stock, 1_000, 900, lot="new", expires_on=DAY + timedelta(days=3))
    assert issue(stock, quantity_milli=1_000, on=DAY) == 900
    numbered(stock)
    assert apply_issue(stock, quantity_milli=1_000, on=DAY, first=[stock.layers[0].layer_id]) == 100


def test_goods_go_back_to_the_layers_that_they_left_the_last_first():
    stock = level(FIFO)
    for cost in (100, 200, 300):
        receive(stock, 1_000, cost)
    numbered(stock)
    cost = apply_issue(stock, quantity_milli=2_500)
    origins = [Origin(part.layer, -part.quantity_milli) for part in numbered(stock)]
    arrival = Arrival(8, DAY, origins=origins)
    assert (cost, layers(stock)) == (450, [("", 500, 150)])
    assert apply_put_back(stock, quantity_milli=1_500, cost_minor=350, arrival=arrival) == (350, 0)
    assert sorted(layers(stock)) == [("", 1_000, 233), ("", 1_000, 267)]
    assert (stock.on_hand_milli, stock.value_minor) == (2_000, 500)


def test_what_is_returned_elsewhere_opens_a_layer_of_the_same_lot():
    stock, there = level(LOTS), LayeredLevel(2, 1, 0, 0, 0, 0, 0, costing=int(LOTS))
    receive(stock, 1_000, 100, lot="L1", expires_on=DAY)
    cost = apply_issue(stock, quantity_milli=1_000)
    origins = [Origin(part.layer, -part.quantity_milli) for part in numbered(stock) if part.quantity_milli < 0]
    apply_put_back(there, quantity_milli=1_000, cost_minor=cost, arrival=Arrival(8, DAY, origins=origins))
    [layer] = there.layers
    assert (layer.location_id, layer.lot_code, layer.expires_on, layer.quantity_milli) == (2, "L1", DAY, 1_000)
    assert (there.value_minor, stock.layers) == (100, [])


def test_a_receipt_into_negative_stock_opens_a_layer_of_what_is_left_of_it():
    stock = level(FIFO)
    receive(stock, 1_000, 500)
    assert apply_issue(stock, quantity_milli=3_000) == 1_500
    assert receive(stock, 5_000, 5_000) == (5_000, -1_000)
    [layer] = stock.layers
    assert (layer.quantity_milli, layer.value_minor, layer.received_milli) == (3_000, 3_000, 5_000)
    assert (stock.on_hand_milli, stock.value_minor) == (3_000, 3_000)


def test_a_receipt_that_only_settles_what_was_owed_leaves_an_empty_layer_that_tells_of_it():
    stock = level(LOTS)
    apply_issue(stock, quantity_milli=3_000)
    receive(stock, 2_000, 400, lot="L1")
    [part] = numbered(stock)
    assert (part.layer.lot_code, part.layer.received_milli, part.quantity_milli, stock.layers) == ("L1", 2_000, 0, [])


def test_at_standard_cost_the_difference_of_a_receipt_is_a_variance():
    stock = level(STANDARD)
    stock.set_standard(1_000, 1_000)
    assert receive(stock, 10_000, 11_000) == (11_000, -1_000)
    assert receive(stock, 10_000, 9_500) == (9_500, 500)
    assert apply_issue(stock, quantity_milli=15_000) == 15_000
    assert (stock.on_hand_milli, stock.value_minor) == (5_000, 5_000)
    assert apply_standard(stock, standard_minor=1_200, quantity_milli=1_000) == 1_000
    assert stock.value_minor == 6_000


def test_the_first_receipt_sets_the_standard_where_none_was_set():
    stock = level(STANDARD)
    assert receive(stock, 3_000, 1_000) == (1_000, 0)
    assert receive(stock, 3_000, 1_300) == (1_300, -300)
    assert (stock.value_minor, stock.standard_minor, stock.standard_quantity_milli) == (2_000, 1_000, 3_000)


def test_a_standard_below_a_minor_unit_does_not_drift():
    stock = level(STANDARD)
    stock.set_standard(875, 1_000_000)
    for _ in range(10_000):
        receive(stock, 1_000, 1)
    assert stock.value_minor == 8_750


def test_more_value_goes_to_the_layers_by_their_quantity():
    stock = level(FIFO)
    receive(stock, 10_000, 2_000)
    receive(stock, 10_000, 4_000)
    assert apply_revaluation(stock, value_minor=2_000) == 2_000
    assert layers(stock) == [("", 10_000, 3_000), ("", 10_000, 5_000)]
    numbered(stock)
    assert apply_revaluation(stock, value_minor=-9_000, layer=stock.layers[0].layer_id) == -3_000
    assert (layers(stock), stock.value_minor) == ([("", 10_000, 0), ("", 10_000, 5_000)], 5_000)


def test_what_is_owed_bears_no_more_value():
    stock = level(0)
    apply_issue(stock, quantity_milli=1_000)
    assert (apply_revaluation(stock, value_minor=500), stock.value_minor) == (0, 0)


@pytest.mark.parametrize("before", [0, FIFO, STANDARD, LOTS, FIFO | LOTS, STANDARD | LOTS])
@pytest.mark.parametrize("after", [0, FIFO, STANDARD, LOTS, FIFO | LOTS, STANDARD | LOTS])
def test_a_change_of_method_keeps_the_value(before, after):
    stock = level(before)
    receive(stock, 10_000, 10_000)
    receive(stock, 10_000, 20_000 if not before & STANDARD else 10_000)
    apply_issue(stock, quantity_milli=1_000)
    kept = stock.on_hand_milli, stock.value_minor
    apply_costing(stock, Costing(after), arrival=Arrival(9, DAY))
    assert (stock.on_hand_milli, stock.value_minor) == kept
    hold_together(stock)


def hold_together(stock):
    """What layers and level have to say of each other."""
    on_hand, value = stock.on_hand_milli, stock.value_minor
    assert value == 0 if on_hand == 0 else value >= 0 if on_hand > 0 else value <= 0
    assert sum(layer.quantity_milli for layer in stock.layers) == (max(0, on_hand) if stock.keeps_layers else 0)
    assert sum(layer.value_minor for layer in stock.layers) == (max(0, value) if stock.costing & FIFO else 0)
    assert all(layer.quantity_milli > 0 and layer.value_minor >= 0 for layer in stock.layers)


quantities = st.integers(1, 20_000)
costs = st.integers(0, 50_000)
roundings = st.sampled_from(Rounding)
lots = st.sampled_from(["", "A", "B"])
days = st.integers(-3, 30)


class AnyHistory(RuleBasedStateMachine):
    """Whatever happens to one level in any order, with the entries that it leaves in layers."""

    @initialize(costing=st.sampled_from([0, FIFO, STANDARD, LOTS, FIFO | LOTS, STANDARD | LOTS]))
    def begin(self, costing):
        self.stock = level(costing)
        self.quantity = self.value = 0
        self.sold = []
        self.written = {}

    def moved(self, quantity, *values):
        self.quantity += quantity
        self.value += sum(values)
        for part in numbered(self.stock):
            layer = part.layer
            quantity, value = self.written.get(layer.layer_id, (0, 0))
            self.written[layer.layer_id] = quantity + part.quantity_milli, value + part.value_minor
            assert self.written[layer.layer_id][0] >= 0

    @rule(quantity=quantities, cost=costs, lot=lots, days=days)
    def receive(self, quantity, cost, lot, days):
        self.moved(quantity, *receive(self.stock, quantity, cost, lot=lot, expires_on=DAY + timedelta(days=days)))

    @rule(quantity=quantities, rounding=roundings)
    def sell(self, quantity, rounding):
        expected = issue(self.stock, quantity_milli=quantity, rounding=rounding, on=DAY)
        cost = apply_issue(self.stock, quantity_milli=quantity, rounding=rounding, on=DAY)
        assert cost == expected >= 0
        left = [Origin(part.layer, -part.quantity_milli) for part in self.stock.parts]
        self.sold.append((quantity, cost, left))
        self.moved(-quantity, -cost)

    @rule(data=st.data(), rounding=roundings)
    def put_back(self, data, rounding):
        if not self.sold:
            return
        sold, cost, left = self.sold.pop(data.draw(st.integers(0, len(self.sold) - 1)))
        quantity = data.draw(st.integers(1, sold))
        back = divide(cost * quantity, sold)
        arrival = Arrival(8, DAY, origins=left)
        self.moved(
            quantity,
            *apply_put_back(self.stock, quantity_milli=quantity, cost_minor=back, rounding=rounding, arrival=arrival),
        )

    @rule(value=st.integers(-20_000, 20_000))
    def revalue(self, value):
        self.moved(0, apply_revaluation(self.stock, value_minor=value))

    @rule(cost=st.integers(0, 5_000))
    def set_standard(self, cost):
        if self.stock.costing & STANDARD:
            self.moved(0, apply_standard(self.stock, standard_minor=cost, quantity_milli=1_000))

    @rule(costing=st.sampled_from([0, FIFO, STANDARD, LOTS, FIFO | LOTS, STANDARD | LOTS]))
    def change(self, costing):
        apply_costing(self.stock, Costing(costing), arrival=Arrival(9, DAY))
        self.moved(0)

    @invariant()
    def holds_together(self):
        if hasattr(self, "stock"):
            assert (self.stock.on_hand_milli, self.stock.value_minor) == (self.quantity, self.value)
            hold_together(self.stock)

    @invariant()
    def layers_are_the_sums_of_their_entries(self):
        if hasattr(self, "stock"):
            left = {layer.layer_id: (layer.quantity_milli, layer.value_minor) for layer in self.stock.layers}
            assert {layer_id: kept for layer_id, kept in self.written.items() if kept != (0, 0)} == left


AnyHistory.TestCase.settings = settings(max_examples=40, stateful_step_count=25)
TestAnyHistory = AnyHistory.TestCase
