from datetime import timedelta

import pytest

from application.fields import Missing, OutOfRange
from application.pricing.entries import PriceEntry, PriceListEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.queries import ExplainedPrice, GetPrice, NoPrice, UnknownSku, get_price
from application.scope import StoreNeeded, UnknownStore
from tests.application.small_chain import NOON, S01, S02, SmallChain, terminal

NEXT_WEEK = NOON + timedelta(days=7)


@pytest.fixture
def priced(stocked: SmallChain) -> SmallChain:
    """TEA at 10.00, 9.50 in region EAST, 9.00 for gold members, 8.00 from ten pieces on and 12.00 next week."""
    price_lists = (
        PriceListEntry("BASE", "List price", "CNY", includes_tax=True),
        PriceListEntry("EAST", "Eastern price", "CNY", includes_tax=True, region_code="EAST"),
        PriceListEntry("GOLD", "Gold price", "CNY", includes_tax=True, priority=5, tier="gold"),
        PriceListEntry("DOLLAR", "Dollar price", "USD"),
    )
    stocked.write(put_price_lists, PutPriceLists(price_lists))
    for code, prices in (
        ("BASE", (PriceEntry("TEA", 1_000), PriceEntry("TEA", 800, 10_000), PriceEntry("TEA", 1_200, 0, NEXT_WEEK))),
        ("EAST", (PriceEntry("TEA", 950),)),
        ("GOLD", (PriceEntry("TEA", 900),)),
        ("DOLLAR", (PriceEntry("TEA", 150),)),
    ):
        stocked.write(put_prices, PutPrices(code, prices))
    return stocked


@pytest.mark.parametrize(
    ("query", "price", "price_list", "beaten"),
    [
        (GetPrice("TEA", "S02"), 1_000, "BASE", ()),
        (GetPrice("TEA", "S02", quantity_milli=9_999), 1_000, "BASE", ()),
        (GetPrice("TEA", "S02", quantity_milli=10_000), 800, "BASE", ()),
        (GetPrice("TEA", "S02", at=NEXT_WEEK), 1_200, "BASE", ()),
        (GetPrice("TEA", "S01"), 950, "EAST", ("BASE",)),
        (GetPrice("TEA", "S01", tier="silver"), 950, "EAST", ("BASE",)),
        (GetPrice("TEA", "S01", tier="gold"), 900, "GOLD", ("EAST", "BASE")),
    ],
)
def test_says_which_list_wins_and_which_it_beats(priced, query, price, price_list, beaten):
    assert priced.read(get_price, query) == ExplainedPrice(price, "CNY", True, price_list, beaten, price_version=5)


def test_prices_in_the_currency_of_the_store(priced):
    assert priced.read(get_price, GetPrice("TEA", "S88")) == ExplainedPrice(150, "USD", False, "DOLLAR", (), 5)


def test_takes_the_terminals_own_store(priced):
    assert priced.read(get_price, GetPrice("TEA"), caller=terminal(S01)).price_list_code == "EAST"


def test_sees_a_change_at_once(priced):
    priced.read(get_price, GetPrice("TEA", "S02"))
    priced.write(put_prices, PutPrices("BASE", (PriceEntry("TEA", 1_100),)))
    explained = priced.read(get_price, GetPrice("TEA", "S02"))
    assert (explained.unit_price_minor, explained.price_version) == (1_100, 6)


@pytest.mark.capability("PRM-07")
def test_lets_a_region_be_cheaper_and_one_of_its_stores_not(stocked):
    price_lists = (
        PriceListEntry("BASE", "List price", "USD"),
        PriceListEntry("EAST5", "East less 5 %", "USD", region_code="EAST"),
        PriceListEntry("S88", "List price at S88", "USD", store_code="S88"),
        PriceListEntry("BASE-CNY", "List price", "CNY"),
        PriceListEntry("EAST5-CNY", "East less 5 %", "CNY", region_code="EAST"),
    )
    stocked.write(put_price_lists, PutPriceLists(price_lists))
    for code, price in (
        ("BASE", 10_000),
        ("EAST5", 9_500),
        ("S88", 10_000),
        ("BASE-CNY", 10_000),
        ("EAST5-CNY", 9_500),
    ):
        stocked.write(put_prices, PutPrices(code, (PriceEntry("TEA", price),)))
    prices = {code: stocked.read(get_price, GetPrice("TEA", code)).unit_price_minor for code in ("S01", "S02", "S88")}
    # S01 and S88 stand in region EAST.
    assert prices == {"S01": 9_500, "S02": 10_000, "S88": 10_000}


@pytest.mark.parametrize(
    ("query", "refusal", "field"),
    [
        (GetPrice("COFFEE", "S01"), UnknownSku, "sku"),
        (GetPrice("", "S01"), Missing, "sku"),
        (GetPrice("MILK", "S01"), NoPrice, "sku"),
        (GetPrice("TEA", "S99"), UnknownStore, "store_code"),
        (GetPrice("TEA"), StoreNeeded, "store_code"),
        (GetPrice("TEA", "S01", quantity_milli=-1), OutOfRange, "quantity_milli"),
    ],
)
def test_says_what_is_wrong_with_a_question(priced, query, refusal, field):
    with pytest.raises(refusal) as refused:
        priced.read(get_price, query)
    assert refused.value.field == field


def test_hides_foreign_stores(priced):
    with pytest.raises(UnknownStore):
        priced.read(get_price, GetPrice("TEA", "S01"), caller=terminal(S02))
