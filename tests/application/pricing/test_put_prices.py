from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.sql.tables import catalog, pricing
from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.fields import EmptyPeriod, Missing, OutOfRange, TooMany
from application.pricing.entries import PriceEntry, PriceListEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import (
    PricesPut,
    PriceStatedTwice,
    PutPrices,
    UnknownPriceList,
    UnknownSku,
    put_prices,
)
from tests.application.small_chain import SmallChain

JUNE, JULY = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
TEA = PriceEntry("TEA", 1_000)


@pytest.fixture
def priced(stocked: SmallChain) -> SmallChain:
    """The stocked chain with an empty price list."""
    stocked.write(put_price_lists, PutPriceLists((PriceListEntry("BASE", "List price", "CNY", True),)))
    return stocked


def put(chain: SmallChain, *prices: PriceEntry, price_list_code: str = "BASE") -> PricesPut:
    return chain.write(put_prices, PutPrices(price_list_code, prices))


def stored(chain: SmallChain) -> list[tuple[object, ...]]:
    skus = dict(chain.rows(catalog.products, "sku_id", "sku"))
    rows = chain.rows(pricing.prices, "sku_id", "quantity_from_milli", "valid_from", "valid_until", "unit_price_minor")
    return [(skus[sku_id], *rest) for sku_id, *rest in rows]


def test_sets_prices_by_quantity_and_period(priced):
    entries = (TEA, PriceEntry("TEA", 900, 10_000), PriceEntry("TEA", 800, 0, JUNE, JULY), PriceEntry("HAM", 0))
    assert put(priced, *entries) == PricesPut(created=4, changed=0)
    assert sorted(stored(priced)) == [
        ("HAM", 0, ALWAYS, None, 0),
        ("TEA", 0, ALWAYS, None, 1_000),
        ("TEA", 0, JUNE, JULY, 800),
        ("TEA", 10_000, ALWAYS, None, 900),
    ]


def test_replaces_the_price_of_the_same_quantity_and_start(priced):
    put(priced, TEA, PriceEntry("MILK", 500), PriceEntry("TEA", 800, 0, JUNE))
    changes = (PriceEntry("TEA", 1_100, valid_until=JULY), PriceEntry("MILK", 500), PriceEntry("TEA", 800, 0, JUNE))
    assert put(priced, *changes) == PricesPut(created=0, changed=1)
    assert sorted(stored(priced), key=str) == [
        ("MILK", 0, ALWAYS, None, 500),
        ("TEA", 0, ALWAYS, JULY, 1_100),
        ("TEA", 0, JUNE, None, 800),
    ]
    # Only the products whose prices are different must be read again.
    assert priced.rows(catalog.products, "sku", "changed_version") == [("BAG", 1), ("HAM", 1), ("MILK", 2), ("TEA", 3)]
    assert priced.version("prices") == 3


def test_takes_a_start_before_all_sales_as_none(priced):
    put(priced, TEA)
    for start in (ALWAYS, datetime(1, 1, 1, tzinfo=UTC)):
        assert put(priced, replace(TEA, valid_from=start)) == PricesPut(created=0, changed=0)
    assert stored(priced) == [("TEA", 0, ALWAYS, None, 1_000)]


@pytest.mark.parametrize(
    ("price", "refusal", "field"),
    [
        (PriceEntry("COFFEE", 1), UnknownSku, "prices[1].sku"),
        (PriceEntry("", 1), Missing, "prices[1].sku"),
        (PriceEntry("MILK", -1), OutOfRange, "prices[1].unit_price_minor"),
        (PriceEntry("MILK", 10**15 + 1), OutOfRange, "prices[1].unit_price_minor"),
        (PriceEntry("MILK", 1, -1), OutOfRange, "prices[1].quantity_from_milli"),
        (PriceEntry("MILK", 1, 0, JULY, JUNE), EmptyPeriod, "prices[1].valid_until"),
        (replace(TEA, unit_price_minor=1), PriceStatedTwice, "prices[1].sku"),
        (replace(TEA, valid_from=ALWAYS), PriceStatedTwice, "prices[1].sku"),
    ],
)
def test_refuses_the_whole_request_for_one_bad_price(priced, price, refusal, field):
    with pytest.raises(refusal) as refused:
        put(priced, TEA, price)
    assert refused.value.field == field
    assert stored(priced) == []
    assert priced.version("prices") == 1


def test_refuses_an_unknown_list_and_too_many_prices(priced):
    with pytest.raises(UnknownPriceList) as refused:
        put(priced, TEA, price_list_code="OTHER")
    assert refused.value.field == "price_list_code"
    with pytest.raises(TooMany) as refused:
        put(priced, *[PriceEntry("TEA", 1, number) for number in range(5_001)])
    assert refused.value.field == "prices"
    assert stored(priced) == []


def test_takes_as_many_statements_for_five_thousand_prices_as_for_one(priced):
    products = tuple(ProductEntry(f"P{number}", "x", "FOOD", "EA") for number in range(1_000))
    priced.write(put_products, PutProducts(products))
    many = tuple(PriceEntry(f"P{number % 1_000}", number, number // 1_000) for number in range(5_000))
    assert priced.statements(put_prices, PutPrices("BASE", (TEA,))) == 6
    assert priced.statements(put_prices, PutPrices("BASE", many)) == 6
    assert len(stored(priced)) == 5_001
