from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.sql.tables import pricing
from application.fields import EmptyPeriod, Missing, NamedTwice
from application.pricing.entries import PriceListEntry
from application.pricing.put_price_lists import (
    CurrencyFixed,
    PriceListsPut,
    PutPriceLists,
    UnknownRegion,
    UnknownStore,
    put_price_lists,
)
from application.pricing.queries import ListPriceLists, list_price_lists
from domain.shared.money import UnknownCurrency
from tests.application.small_chain import SmallChain

JUNE, JULY = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)

BASE = PriceListEntry("BASE", "List price", "CNY", includes_tax=True)
EAST = PriceListEntry(
    code="EAST",
    name="Eastern summer",
    currency="CNY",
    includes_tax=True,
    priority=5,
    store_code="S01",
    region_code="EAST",
    channel="online",
    tier="gold",
    valid_from=JUNE,
    valid_until=JULY,
)


def put(chain: SmallChain, *price_lists: PriceListEntry) -> PriceListsPut:
    return chain.write(put_price_lists, PutPriceLists(price_lists))


def test_creates_lists_with_their_conditions(chain):
    assert put(chain, EAST, BASE) == PriceListsPut(created=2, changed=0)
    assert chain.read(list_price_lists, ListPriceLists()).price_lists == [BASE, EAST]
    assert chain.version("chain") == 1


def test_replaces_everything_but_the_currency(chain):
    put(chain, BASE, EAST)
    changed = PriceListEntry("EAST", "East", "CNY")
    assert put(chain, BASE, changed) == PriceListsPut(created=0, changed=1)
    assert chain.read(list_price_lists, ListPriceLists()).price_lists == [BASE, changed]


def test_keeps_bounds_from_the_first_to_the_last_moment_of_the_calendar(chain):
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    ever = replace(BASE, valid_from=first, valid_until=last)
    put(chain, ever)
    assert chain.read(list_price_lists, ListPriceLists()).price_lists == [ever]


@pytest.mark.parametrize(
    ("price_list", "refusal", "field"),
    [
        (replace(BASE, currency="USD"), CurrencyFixed, "price_lists[1].currency"),
        (replace(EAST, currency="Yuan"), UnknownCurrency, "price_lists[1].currency"),
        (replace(EAST, store_code="S99"), UnknownStore, "price_lists[1].store_code"),
        (replace(EAST, region_code="NORTH"), UnknownRegion, "price_lists[1].region_code"),
        (replace(EAST, valid_until=JUNE), EmptyPeriod, "price_lists[1].valid_until"),
        (replace(EAST, code="NEW"), NamedTwice, "price_lists[1].code"),
        (replace(EAST, code=""), Missing, "price_lists[1].code"),
        (replace(EAST, name=""), Missing, "price_lists[1].name"),
    ],
)
def test_refuses_the_whole_request_for_one_bad_list(chain, price_list, refusal, field):
    put(chain, BASE)
    before = chain.rows(pricing.price_lists)
    with pytest.raises(refusal) as refused:
        put(chain, PriceListEntry("NEW", "New", "CNY"), price_list)
    assert refused.value.field == field
    assert chain.rows(pricing.price_lists) == before
    assert chain.version("chain") == 1
