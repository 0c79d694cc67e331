"""What follows from a supplier's terms: prices of quantities, days of orders, deliveries and payments."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.purchasing.supplier import (
    QuantityBreak,
    Supplier,
    SupplierBlocked,
    SupplierPrice,
    SupplierProduct,
    check_open,
    cost_minor,
    delivery_on,
    due_on,
    next_order_on,
    packed_milli,
)

MONDAY = date(2025, 6, 2)
SUPPLIER = Supplier(1, "MILL", "Tea mill", "CNY")


def price(price_minor: int, *breaks: tuple[int, int], per_milli: int = 1_000) -> SupplierPrice:
    steps = tuple(QuantityBreak(*step) for step in breaks)
    return SupplierPrice(1, 2, MONDAY, 3, price_minor, per_milli, steps, datetime(2025, 6, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("quantity_milli", "cost"),
    [(1_000, 600), (99_000, 59_400), (100_000, 55_000), (499_000, 274_450), (500_000, 250_000)],
)
def test_all_of_a_quantity_costs_the_price_of_the_highest_break_that_it_reaches(quantity_milli, cost):
    tea = price(600, (100_000, 550), (500_000, 500))
    assert cost_minor(tea, quantity_milli=quantity_milli) == cost


def test_a_price_may_be_for_many():
    assert cost_minor(price(100, per_milli=12_000), quantity_milli=18_000) == 150


@pytest.mark.parametrize(("wanted", "packed"), [(1_000, 24_000), (24_000, 24_000), (25_000, 36_000), (36_001, 48_000)])
def test_orders_come_in_whole_packs_and_not_below_the_minimum(wanted, packed):
    assert packed_milli(SupplierProduct(1, 2, pack_milli=12_000, moq_milli=20_000), quantity_milli=wanted) == packed


@given(wanted=st.integers(1, 10**9), pack=st.integers(0, 10**6), least=st.integers(0, 10**6))
def test_what_is_ordered_is_the_least_that_fits(wanted, pack, least):
    product = SupplierProduct(1, 2, pack_milli=pack, moq_milli=least)
    packed = packed_milli(product, quantity_milli=wanted)
    assert packed >= max(wanted, least)
    assert packed % (pack or 1) == 0
    assert packed - (pack or 1) < max(wanted, least)


@pytest.mark.parametrize(
    ("weekdays", "on", "expected"),
    [
        ((), MONDAY, MONDAY),
        ((1,), MONDAY, MONDAY),
        ((2, 5), MONDAY, date(2025, 6, 3)),
        ((1,), date(2025, 6, 3), date(2025, 6, 9)),
        ((7,), MONDAY, date(2025, 6, 8)),
    ],
)
def test_an_order_is_taken_on_the_next_day_of_orders(weekdays, on, expected):
    supplier = Supplier(1, "MILL", "Tea mill", "CNY", order_weekdays=weekdays)
    assert next_order_on(supplier, on=on) == expected


def test_deliveries_come_on_a_day_of_deliveries_after_the_lead_time_of_the_product():
    supplier = Supplier(1, "MILL", "Tea mill", "CNY", lead_days=2, delivery_weekdays=(2, 5))
    assert delivery_on(supplier, ordered_on=MONDAY) == date(2025, 6, 6)
    quick, slow = SupplierProduct(1, 2, lead_days=1), SupplierProduct(1, 3, lead_days=5)
    assert delivery_on(supplier, ordered_on=MONDAY, product=quick) == date(2025, 6, 3)
    assert delivery_on(supplier, ordered_on=MONDAY, product=slow) == date(2025, 6, 10)
    assert delivery_on(supplier, ordered_on=MONDAY, product=SupplierProduct(1, 4)) == date(2025, 6, 6)


@pytest.mark.parametrize(
    ("days", "from_month_end", "due"),
    [(0, False, MONDAY), (30, False, date(2025, 7, 2)), (0, True, date(2025, 6, 30)), (30, True, date(2025, 7, 30))],
)
def test_invoices_are_due_by_the_terms(days, from_month_end, due):
    supplier = Supplier(1, "MILL", "Tea mill", "CNY", payment_days=days, from_month_end=from_month_end)
    assert due_on(supplier, invoiced_on=MONDAY) == due


def test_a_blocked_supplier_gets_no_orders():
    assert check_open(SUPPLIER, field="supplier_code") is SUPPLIER
    with pytest.raises(SupplierBlocked) as refused:
        check_open(Supplier(1, "MILL", "Tea mill", "CNY", blocked=True), field="supplier_code")
    assert refused.value.field == "supplier_code"
