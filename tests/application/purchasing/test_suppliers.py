"""Head office keeps suppliers, their products and the history of their prices."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.sql.tables import suppliers
from application.fields import Missing, NamedTwice, OutOfRange
from application.purchasing.put_suppliers import (
    DiscountWithoutDays,
    PutSuppliers,
    SupplierCurrencyFixed,
    SupplierEntry,
    SuppliersPut,
    UnknownSupplier,
    put_suppliers,
)
from application.purchasing.supplier_products import (
    BreaksDescend,
    PutSupplierProducts,
    SupplierProductEntry,
    SupplierProductsPut,
    UnknownSku,
    put_supplier_products,
)
from application.purchasing.supplier_queries import (
    ListSupplierProducts,
    ListSuppliers,
    SupplierOrSku,
    list_supplier_products,
    list_suppliers,
)
from application.scope import WholeChainOnly
from domain.purchasing.supplier import NO_CONTACT, QuantityBreak, SupplierContact
from tests.application.small_chain import NOON, S01, SmallChain, terminal

CONTACT = SupplierContact("Li Na", "13900139000", "li@mill.example")
MILL = SupplierEntry(
    "MILL", "Tea mill", "CNY", payment_days=30, from_month_end=True, discount_days=10, discount_bp=200, lead_days=3,
    order_weekdays=(1, 4), delivery_weekdays=(2, 5), minimum_order_minor=50_000, over_delivery_bp=500,
    tax_number="91310000MA1FL0", contact=CONTACT,
)  # fmt: skip
FARM = SupplierEntry("FARM", "Farm", "CNY")


def put(chain: SmallChain, *entries: SupplierEntry, **options) -> SuppliersPut:
    return chain.write(put_suppliers, PutSuppliers(entries), **options)


def put_products(chain: SmallChain, *entries: SupplierProductEntry, code: str = "MILL", **options):
    return chain.write(put_supplier_products, PutSupplierProducts(code, entries), **options)


def listed(chain: SmallChain, code: str = "MILL", **asked):
    return chain.read(list_supplier_products, ListSupplierProducts(code, **asked)).products


def prices(products) -> dict[str, int | None]:
    return {one.sku: one.price.price_minor if one.price else None for one in products}


@pytest.mark.capability("PUR-01")
def test_a_supplier_is_read_as_it_was_put(stocked):
    assert put(stocked, MILL, FARM) == SuppliersPut(2)
    assert put(stocked, replace(MILL, name="Tea mill, new", blocked=True)) == SuppliersPut(0)
    found = stocked.read(list_suppliers, ListSuppliers()).suppliers
    assert found == [FARM, replace(MILL, name="Tea mill, new", blocked=True)]
    assert stocked.read(list_suppliers, ListSuppliers("FARM")).suppliers == [FARM]


def test_whom_to_reach_is_encrypted_and_shown_to_who_may_change_it(stocked):
    put(stocked, MILL)
    [(cipher,)] = stocked.rows(suppliers.suppliers, "contact_cipher")
    assert b"Li Na" not in cipher and b"13900139000" not in cipher
    reader = terminal(S01, "suppliers.read")
    [shown] = stocked.read(list_suppliers, ListSuppliers(), caller=reader).suppliers
    assert shown == replace(MILL, contact=NO_CONTACT)


def test_lists_page_by_page(stocked):
    put(stocked, MILL, FARM)
    first = stocked.read(list_suppliers, ListSuppliers(page_size=1))
    second = stocked.read(list_suppliers, ListSuppliers(page_size=1, page_token=first.next_page_token))
    codes = [[one.code for one in page.suppliers] for page in (first, second)]
    assert (codes, second.next_page_token) == ([["FARM"], ["MILL"]], "")


@pytest.mark.parametrize(
    ("entry", "refusal", "field"),
    [
        (replace(MILL, code=""), Missing, "suppliers[1].code"),
        (replace(MILL, payment_days=367), OutOfRange, "suppliers[1].payment_days"),
        (replace(MILL, order_weekdays=(0,)), OutOfRange, "suppliers[1].order_weekdays[0]"),
        (replace(MILL, order_weekdays=(1, 1)), NamedTwice, "suppliers[1].order_weekdays[1]"),
        (replace(MILL, discount_days=0), DiscountWithoutDays, "suppliers[1].discount_bp"),
        (FARM, NamedTwice, "suppliers[1].code"),
    ],
)
def test_refuses_what_is_wrong_in_one_and_stores_none(stocked, entry, refusal, field):
    with pytest.raises(refusal) as refused:
        put(stocked, FARM, entry)
    assert refused.value.field == field
    assert stocked.rows(suppliers.suppliers) == []


def test_a_supplier_keeps_its_currency_and_only_head_office_changes_suppliers(stocked):
    put(stocked, MILL)
    with pytest.raises(SupplierCurrencyFixed):
        put(stocked, replace(MILL, currency="USD"))
    store = terminal(S01, "suppliers.manage")
    with pytest.raises(WholeChainOnly):
        put(stocked, FARM, caller=store)
    with pytest.raises(WholeChainOnly):
        put_products(stocked, SupplierProductEntry("TEA"), caller=store)
    assert stocked.rows(suppliers.suppliers, "code", "currency") == [("MILL", "CNY")]


@pytest.mark.capability("PUR-01")
def test_prices_are_added_and_never_changed(stocked):
    put(stocked, MILL)
    steps = (QuantityBreak(100_000, 550), QuantityBreak(500_000, 500))
    tea = SupplierProductEntry("TEA", "T-1", 12_000, 24_000, 5, True, 600, breaks=steps)
    assert put_products(stocked, tea, SupplierProductEntry("MILK")) == SupplierProductsPut(2, 1)
    # The same list again, and one from next month on.
    assert put_products(stocked, tea) == SupplierProductsPut(1, 0)
    later = replace(tea, price_minor=650, valid_from="2025-07-01")
    assert put_products(stocked, later) == SupplierProductsPut(1, 1)
    # Nothing said about the price: it stays.
    assert put_products(stocked, SupplierProductEntry("TEA", pack_milli=6_000)) == SupplierProductsPut(1, 0)
    assert prices(listed(stocked)) == {"TEA": 600, "MILK": None}
    assert prices(listed(stocked, on_date="2025-06-30")) == {"TEA": 600, "MILK": None}
    assert prices(listed(stocked, on_date="2025-07-01")) == {"TEA": 650, "MILK": None}
    assert prices(listed(stocked, on_date="2025-05-31")) == {"TEA": None, "MILK": None}
    [shown, _] = listed(stocked, history_max=5)
    assert [(one.valid_from, one.price_minor, one.breaks) for one in shown.history] == [
        ("2025-07-01", 650, steps),
        ("2025-06-01", 600, steps),
    ]
    assert [one.price_minor for one in listed(stocked, history_max=1)[0].history] == [650]
    assert (shown.supplier_sku, shown.pack_milli, shown.price.recorded_at) == ("", 6_000, NOON)


def test_a_price_of_the_same_day_that_came_later_counts(stocked):
    put(stocked, MILL)
    put_products(stocked, SupplierProductEntry("TEA", price_minor=600))
    put_products(stocked, SupplierProductEntry("TEA", price_minor=590), now=NOON + timedelta(hours=1))
    assert prices(listed(stocked)) == {"TEA": 590}
    assert len(stocked.rows(suppliers.supplier_prices)) == 2


@pytest.mark.capability("PUR-02")
def test_the_suppliers_of_a_sku_are_compared_and_one_of_them_is_preferred(stocked):
    put(stocked, MILL, FARM)
    put_products(stocked, SupplierProductEntry("TEA", preferred=True, price_minor=600))
    put_products(stocked, SupplierProductEntry("TEA", preferred=True, price_minor=580), code="FARM")
    found = listed(stocked, "", sku="TEA")
    assert [(one.supplier_code, one.price.price_minor, one.preferred) for one in found] == [
        ("MILL", 600, False),
        ("FARM", 580, True),
    ]
    first = stocked.read(list_supplier_products, ListSupplierProducts(sku="TEA", page_size=1))
    asked = ListSupplierProducts(sku="TEA", page_size=1, page_token=first.next_page_token)
    assert [one.supplier_code for one in stocked.read(list_supplier_products, asked).products] == ["FARM"]


@pytest.mark.parametrize(
    ("entry", "refusal", "field"),
    [
        (SupplierProductEntry("NONE"), UnknownSku, "products[1].sku"),
        (SupplierProductEntry("TEA", pack_milli=-1), OutOfRange, "products[1].pack_milli"),
        (
            SupplierProductEntry("TEA", price_minor=1, breaks=(QuantityBreak(5, 2), QuantityBreak(5, 1))),
            BreaksDescend,
            "products[1].breaks[1].quantity_from_milli",
        ),
        (SupplierProductEntry("MILK"), NamedTwice, "products[1].sku"),
    ],
)
def test_refuses_what_is_wrong_in_one_product_and_stores_none(stocked, entry, refusal, field):
    put(stocked, MILL)
    with pytest.raises(refusal) as refused:
        put_products(stocked, SupplierProductEntry("MILK", price_minor=5), entry)
    assert refused.value.field == field
    assert stocked.rows(suppliers.supplier_products) == stocked.rows(suppliers.supplier_prices) == []


def test_lists_of_one_supplier_or_one_sku(stocked):
    with pytest.raises(SupplierOrSku):
        listed(stocked, "MILL", sku="TEA")
    with pytest.raises(SupplierOrSku):
        listed(stocked, "")
    with pytest.raises(UnknownSupplier):
        listed(stocked, "MILL")
    with pytest.raises(UnknownSku):
        listed(stocked, "", sku="NONE")


def test_a_list_of_a_supplier_takes_as_many_statements_for_many_products(stocked):
    put(stocked, MILL)
    one = (SupplierProductEntry("TEA", price_minor=600),)
    three = tuple(SupplierProductEntry(sku, price_minor=9, preferred=True) for sku in ("TEA", "MILK", "HAM"))
    first = stocked.statements(put_supplier_products, PutSupplierProducts("MILL", one))
    assert stocked.statements(put_supplier_products, PutSupplierProducts("MILL", three)) == first + 1
