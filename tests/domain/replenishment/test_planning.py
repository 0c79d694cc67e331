from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.replenishment.planning import Goods, Places, Sold, Stock, figures, supplies
from domain.replenishment.proposal import LineSource
from domain.replenishment.rule import NO_RULE, Method
from tests.domain.replenishment.test_rule import ALL

WAREHOUSE, S1, S2, S3 = 1, 2, 3, 4
STORES = (WAREHOUSE, S1, S2, S3)
DAYS = 10
MIN_MAX = replace(ALL, method=Method.MIN_MAX, minimum_milli=10_000, maximum_milli=20_000)


def milli(*units):
    return np.array(units, dtype=np.int64)[:, None] * 1000


class Case:
    """One SKU in a warehouse and three stores; quantities in units."""

    def __init__(self, rules, chosen, *, on_hand, sold=(0, 0, 0, 0), groups=(0, 0, 0, 0), is_open=(True,) * 4, pack=0):
        self.rules, self.chosen = rules, np.array(chosen, dtype=np.int64)[:, None]
        self.places = Places(STORES, groups, is_open)
        none = np.zeros(1, dtype=np.int64)
        self.goods = Goods([7], none, none, none + pack * 1000, none, np.array([True]))
        zeros = milli(0, 0, 0, 0)
        self.stock = Stock(milli(*on_hand), zeros, zeros.copy(), zeros.copy(), zeros.copy())
        # Evenly sold: as much every day.
        self.sold = Sold(DAYS, milli(*sold), (milli(*sold) / DAYS) ** 2.0 * DAYS)

    def figures(self):
        return figures(
            rules=self.rules, chosen=self.chosen, places=self.places, goods=self.goods, stock=self.stock, sold=self.sold
        )

    def run(self):
        return supplies(self.figures(), places=self.places, stock=self.stock, sold=self.sold)

    def accept(self, found):
        """What was proposed is under way."""
        for one in found:
            self.stock.on_order[one.row, 0] += one.quantity_milli
            if one.source is LineSource.CENTRAL:
                self.stock.on_order[one.source_row, 0] -= one.quantity_milli
            elif one.source is not LineSource.SUPPLIER:
                self.stock.outgoing[one.source_row, 0] += one.quantity_milli


def told(found):
    return [(STORES[one.row], one.source.value, one.quantity_milli // 1000, one.need_milli // 1000) for one in found]


def test_orders_from_the_supplier_in_whole_packs():
    case = Case([MIN_MAX], [NO_RULE, 0, 0, 0], on_hand=(0, 10, 11, -3), pack=6)
    assert told(case.run()) == [(S1, "supplier", 12, 10), (S3, "supplier", 24, 23)]


@pytest.mark.capability("REP-06")
def test_a_warehouse_shares_what_it_has_by_sell_through_and_buys_the_rest():
    fed = replace(MIN_MAX, source_store_id=WAREHOUSE)
    # Sell-through 80 %, 40 % and none.
    case = Case([fed], [NO_RULE, 0, 0, 0], on_hand=(18, 10, 6, 2), sold=(0, 40, 4, 0))
    assert told(case.run()) == [
        (S1, "warehouse", 10, 10),
        (S2, "warehouse", 8, 14),
        (WAREHOUSE, "supplier", 24, 24),
        (S2, "central", 6, 14),
        (S3, "central", 18, 18),
    ]


@pytest.mark.capability("PUR-06")
def test_what_a_warehouse_buys_is_for_the_stores_that_lack_it_and_the_rest_its_own():
    fed = replace(MIN_MAX, source_store_id=WAREHOUSE)
    case = Case([fed], [NO_RULE, 0, 0, 0], on_hand=(0, 10, 4, 13), pack=12)
    assert told(case.run()) == [(WAREHOUSE, "supplier", 36, 26), (S1, "central", 10, 10), (S2, "central", 16, 16)]


def test_what_is_bought_serves_stores_of_the_same_books_in_proportion():
    fed = replace(MIN_MAX, source_store_id=WAREHOUSE)
    case = Case([fed], [NO_RULE, 0, 0, 0], on_hand=(0, 10, 0, 10), groups=(0, 0, 0, 1))
    case.stock.on_order[0, 0] = 28_000
    # 40 are wanted, and 28 are coming to the warehouse: 12 are bought, of which 10 : 20.
    assert told(case.run()) == [(WAREHOUSE, "supplier", 12, 12), (S1, "central", 4, 10), (S2, "central", 8, 20)]


def test_what_is_on_order_for_the_warehouse_is_not_bought_again():
    fed = replace(MIN_MAX, source_store_id=WAREHOUSE)
    case = Case([fed], [NO_RULE, 0, 0, 0], on_hand=(0, 10, 30, 30))
    case.stock.on_order[0, 0] = 7_000
    assert told(case.run()) == [(WAREHOUSE, "supplier", 3, 3), (S1, "central", 3, 10)]


def test_surplus_moves_within_its_group_before_anything_is_bought():
    rule = replace(MIN_MAX, surplus_days=5)
    case = Case([rule], [NO_RULE, 0, 0, 0], on_hand=(0, 2, 33, 35), groups=(0, 1, 1, 2), sold=(0, 0, 50, 0))
    # Keeps five days of five a day: 25 of 33.
    assert told(case.run()) == [(S1, "store", 8, 18), (S1, "supplier", 10, 18)]


def test_nothing_is_proposed_for_places_beyond_those_asked_for():
    fed = replace(MIN_MAX, source_store_id=WAREHOUSE)
    case = Case([fed], [NO_RULE, 0, 0, 0], on_hand=(3, 10, 0, 0), is_open=(False, True, False, False))
    assert told(case.run()) == [(S1, "warehouse", 3, 10)]


@pytest.mark.parametrize("rule", [replace(ALL, method=Method.NOTHING), replace(ALL, method=Method.DEMAND)])
def test_orders_nothing_that_no_rule_or_no_demand_asks_for(rule):
    assert Case([rule], [NO_RULE, 0, 0, 0], on_hand=(0, 0, 0, 0)).run() == []


def test_goods_that_are_not_kept_are_not_ordered():
    case = Case([MIN_MAX], [0, 0, 0, 0], on_hand=(0, 0, 0, 0))
    case.goods = replace(case.goods, kept=np.array([False]))
    assert case.run() == []


UNITS = st.tuples(*[st.integers(-5, 60)] * 4)
RULES = [
    MIN_MAX,
    replace(MIN_MAX, source_store_id=WAREHOUSE, surplus_days=3),
    replace(ALL, cover_days=4, surplus_days=2),
    replace(ALL, source_store_id=S1, review_days=2, pack_milli=7_000),
    replace(ALL, method=Method.NOTHING),
]


@given(
    st.tuples(*[st.integers(-1, len(RULES) - 1)] * 4),
    UNITS,
    st.tuples(*[st.integers(0, 90)] * 4),
    st.tuples(*[st.integers(0, 1)] * 4),
    st.tuples(*[st.booleans()] * 4),
    st.integers(0, 12),
)
@settings(max_examples=150)
def test_a_second_run_proposes_nothing_and_nobody_gives_what_they_have_not(
    chosen, on_hand, sold, groups, is_open, pack
):
    case = Case(RULES, chosen, on_hand=on_hand, sold=sold, groups=groups, is_open=is_open, pack=pack)
    found = case.run()
    given_away = np.zeros(4, dtype=np.int64)
    bought = {one.row: one.quantity_milli for one in found if one.source is LineSource.SUPPLIER}
    for one in found:
        assert is_open[one.row]
        assert one.quantity_milli > 0
        if one.source is LineSource.CENTRAL:
            bought[one.source_row] -= one.quantity_milli
            assert bought[one.source_row] >= 0
        elif one.source is not LineSource.SUPPLIER:
            assert one.source_row != one.row
            given_away[one.source_row] += one.quantity_milli
    assert (given_away <= np.maximum(case.stock.at_hand[:, 0], 0)).all()
    case.accept(found)
    again = case.run()
    assert told(again) == []
