"""Prices and taxes of head office, and of other regions, are nobody else's to change."""

from dataclasses import replace

import pytest

from adapters.sql.tables import pricing
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from application.pricing.price_scope import OthersPriceList, PricesOutsideScope, TaxOutsideScope
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_taxes import PutTaxes, put_taxes
from tests.application.small_chain import EAST, HQ, S01, S88, SmallChain, terminal

STORE = terminal(S01)
REGION = replace(HQ, code="east", store_ids=frozenset({S01, S88}), region_id=EAST)
BASE = PriceListEntry("BASE", "List price", "CNY", True)
LISTS = (
    BASE,
    replace(BASE, code="EAST", region_code="EAST"),
    replace(BASE, code="WEST", region_code="WEST"),
    replace(BASE, code="S01", store_code="S01"),
    replace(BASE, code="S02", store_code="S02"),
)
OWN = ((STORE, {"S01"}), (REGION, {"EAST", "S01"}), (HQ, {"BASE", "EAST", "WEST", "S01", "S02"}))


@pytest.fixture
def priced(stocked: SmallChain) -> SmallChain:
    """Lists of the chain, of both regions and of two stores, each with a price, and a tax of each region."""
    stocked.write(put_price_lists, PutPriceLists(LISTS))
    for entry in LISTS:
        stocked.write(put_prices, PutPrices(entry.code, (PriceEntry("TEA", 1_000),)))
    taxes = [TaxEntry(code or "VAT", "VAT", "standard", 130_000, code) for code in ("", "EAST", "WEST")]
    stocked.write(put_taxes, PutTaxes(tuple(taxes)))
    return stocked


@pytest.mark.capability("SEC-02")
def test_prices_are_changed_on_lists_of_ones_own(priced: SmallChain):
    stored = dict.fromkeys([entry.code for entry in LISTS], 1_000)
    for new, (caller, own) in enumerate(OWN, start=1):
        for entry in LISTS:
            command = PutPrices(entry.code, (PriceEntry("TEA", new),))
            if entry.code in own:
                assert priced.write(put_prices, command, caller=caller).changed == 1
                stored[entry.code] = new
                continue
            with pytest.raises(OthersPriceList) as refused:
                priced.write(put_prices, command, caller=caller)
            assert (refused.value.field, refused.value.details) == ("price_list_code", {"code": entry.code})
        codes = dict(priced.rows(pricing.price_lists, "price_list_id", "code"))
        rows = priced.rows(pricing.prices, "price_list_id", "unit_price_minor")
        assert {codes[number]: price for number, price in rows} == stored


@pytest.mark.capability("SEC-02")
def test_price_lists_stay_where_those_who_change_them_are(priced: SmallChain):
    for name, (caller, own) in zip("ABC", OWN, strict=True):
        others = [row for row in priced.rows(pricing.price_lists) if row[1] not in own]
        for entry in LISTS:
            renamed, copy = replace(entry, name=name), replace(entry, code=f"{entry.code}-{name}")
            if entry.code in own:
                assert priced.write(put_price_lists, PutPriceLists((renamed, copy)), caller=caller).changed == 1
                continue
            with pytest.raises(OthersPriceList) as refused:
                priced.write(put_price_lists, PutPriceLists((renamed,)), caller=caller)
            assert refused.value.field == "price_lists[0].code"
            place = "region_code" if entry.region_code else "store_code"
            # Neither a list of others, nor one of one's own that moves there.
            moved = replace(entry, code=next(iter(own)))
            for one in (copy, moved):
                with pytest.raises(PricesOutsideScope) as outside:
                    priced.write(put_price_lists, PutPriceLists((one,)), caller=caller)
                assert outside.value.field == f"price_lists[0].{place}"
        assert [row for row in priced.rows(pricing.price_lists) if row in others] == others
    _a_store_beside_a_region_is_the_store(priced)


@pytest.mark.capability("SEC-02")
def test_a_region_changes_its_own_taxes_and_a_store_none(priced: SmallChain):
    for caller, code, region_code, field in (
        (STORE, "VAT", "", "taxes[0].code"),
        (STORE, "NEW", "EAST", "taxes[0].region_code"),
        (REGION, "VAT", "EAST", "taxes[0].code"),
        (REGION, "WEST", "WEST", "taxes[0].code"),
        (REGION, "EAST", "", "taxes[0].region_code"),
        (REGION, "NEW", "WEST", "taxes[0].region_code"),
    ):
        with pytest.raises(TaxOutsideScope) as refused:
            priced.write(put_taxes, PutTaxes((TaxEntry(code, "VAT", "standard", 0, region_code),)), caller=caller)
        assert refused.value.field == field
    assert {row[0] for row in priced.rows(pricing.taxes, "rate_ppm")} == {130_000}
    put = priced.write(put_taxes, PutTaxes((TaxEntry("EAST", "VAT", "standard", 0, "EAST"),)), caller=REGION)
    assert put.changed == 1


def _a_store_beside_a_region_is_the_store(priced: SmallChain) -> None:
    both = replace(BASE, code="BOTH", store_code="S01", region_code="EAST")
    assert priced.write(put_price_lists, PutPriceLists((both,)), caller=STORE).created == 1
    with pytest.raises(PricesOutsideScope) as refused:
        new = replace(both, code="NEW", store_code="S01")
        priced.write(put_price_lists, PutPriceLists((new,)), caller=terminal(S88))
    assert refused.value.field == "price_lists[0].store_code"
    assert priced.write(put_prices, PutPrices("BOTH", (PriceEntry("TEA", 5),)), caller=STORE).created == 1
