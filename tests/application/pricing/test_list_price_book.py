"""The price book as terminals read it: whole once, then what has changed, and never a change too few."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from adapters.sql.tables import catalog, identity
from application.catalog.entries import CategoryEntry, ProductEntry, UnitEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.catalog.put_units import PutUnits, put_units
from application.identity.settings import PutSetting, put_setting
from application.paging import InvalidPageToken
from application.ports.pricing import BookPrice, BookProduct
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from application.pricing.list_price_book import (
    NAMES_PER_PAGE_MAX,
    BookTerms,
    InvalidBookVersion,
    ListPriceBook,
    OtherStoreBook,
    PriceBookPage,
    list_price_book,
)
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.put_taxes import PutTaxes, put_taxes
from application.scope import StoreNeeded, UnknownStore
from domain.catalog.product import ProductStatus
from domain.identity.organisation import ScopeKind
from domain.pricing.promotion import Component, ItemSet, Promotion
from tests.application.pricing.promotions import RATE, SET_PRICE
from tests.application.small_chain import HQ, NOON, S01, S02, SmallChain, terminal

T1 = terminal(S01)
BASE = PriceListEntry("BASE", "List price", "CNY", includes_tax=True)
WEST = PriceListEntry("WEST", "West", "CNY", region_code="WEST")
ONLY2 = PriceListEntry("ONLY2", "Store 2", "CNY", store_code="S02")
DOLLARS = PriceListEntry("USD", "Dollars", "USD")
JULY = datetime(2025, 7, 1, tzinfo=UTC)
SKUS = {"TEA", "MILK", "HAM", "BAG"}


@pytest.fixture
def priced(stocked: SmallChain) -> SmallChain:
    """The stocked chain with a list for all and three that store S01 has nothing to do with."""
    stocked.write(put_price_lists, PutPriceLists((BASE, WEST, ONLY2, DOLLARS)))
    for code, price in (("BASE", 1_000), ("WEST", 900), ("ONLY2", 800), ("USD", 150)):
        stocked.write(put_prices, PutPrices(code, (PriceEntry("TEA", price),)))
    stocked.write(put_prices, PutPrices("BASE", (PriceEntry("TEA", 700, 5_000, NOON, JULY), PriceEntry("MILK", 500))))
    return stocked


@dataclass
class Read:
    """What all pages of one reading come to."""

    pages: list[PriceBookPage] = field(default_factory=list)

    @property
    def last(self) -> PriceBookPage:
        return self.pages[-1]

    @property
    def categories(self) -> dict[str, str]:
        return {found.code: found.parent_code for page in self.pages for found in page.categories}

    @property
    def products(self) -> dict[str, BookProduct]:
        return {found.product.sku: found for page in self.pages for found in page.products}

    @property
    def promotions(self) -> dict[str, Promotion]:
        return {found.code: found for page in self.pages for found in page.promotions}

    @property
    def removed(self) -> list[str]:
        return [code for page in self.pages for code in page.removed_promotion_codes]

    @property
    def version(self) -> str:
        return self.last.version

    def count(self) -> int:
        return sum(len(page.categories) + len(page.products) + len(page.promotions) for page in self.pages)


def read(chain, since="", *, size=0, caller=T1, store="", now=NOON, between=lambda page: None) -> Read:
    """All pages; `between` is called after each but the last."""
    found = Read()
    token = ""
    while not found.pages or token:
        query = ListPriceBook(store, since, size, token)
        page = chain.read(list_price_book, query, caller=caller, now=now)
        found.pages.append(page)
        token = page.next_page_token
        if token:
            between(page)
    return found


def promote(chain: SmallChain, *promotions: Promotion) -> None:
    chain.write(put_promotions, PutPromotions(promotions))


def named(code: str, **terms) -> Promotion:
    return replace(RATE, code=code, **terms)


def price(chain: SmallChain, sku: str, minor: int) -> None:
    chain.write(put_prices, PutPrices("BASE", (PriceEntry(sku, minor),)))


def test_tells_everything_that_prices_in_the_store_depend_on(priced):
    promote(priced, SET_PRICE)
    taxes = (
        TaxEntry("VAT13", "VAT", "standard", 130_000),
        TaxEntry("EAST", "Local", "standard", 10_000, region_code="EAST", from_date="2025-01-01"),
        TaxEntry("WEST", "Local", "standard", 20_000, region_code="WEST"),
    )
    priced.write(put_taxes, PutTaxes(taxes))
    priced.write(put_setting, PutSetting("tax_rounding", ScopeKind.STORE, "S01", "line"))
    found = read(priced)
    assert len(found.pages) == 1
    assert found.categories == {"FOOD": "", "DRINK": "FOOD"}
    assert found.products.keys() == SKUS
    assert found.products["TEA"] == BookProduct(
        ProductEntry("TEA", "Tea", "DRINK", "EA", "standard", ("6901234567892",), status=ProductStatus.ACTIVE),
        0,
        [BookPrice("BASE", 1_000, 0, None, None), BookPrice("BASE", 700, 5_000, NOON, JULY)],
    )
    assert (found.products["HAM"].unit_decimals, found.products["HAM"].prices) == (3, [])
    assert found.promotions == {"SET_PRICE": SET_PRICE}
    terms = found.last.terms
    assert isinstance(terms, BookTerms)
    assert (terms.store_code, terms.region_code, terms.currency, terms.time_zone, terms.day_cutoff_minutes) == (
        "S01", "EAST", "CNY", "Asia/Shanghai", 240,
    )  # fmt: skip
    assert {setting.name: setting.value for setting in terms.settings}["tax_rounding"] == "line"
    assert [entry.code for entry in terms.price_lists] == ["BASE"]
    assert list(terms.taxes) == [taxes[1], taxes[0]]
    versions = [priced.version(name) for name in ("chain", "prices", "promotions")]
    assert [found.last.chain_version, found.last.price_version, found.last.promotion_version] == versions


def test_is_the_same_in_pages_of_any_size(priced):
    promote(priced, SET_PRICE, RATE)
    whole = read(priced)
    for size in (1, 2, 3, 7):
        paged = read(priced, size=size)
        assert len(paged.pages) == -(-whole.count() // size)
        assert paged.count() == whole.count() == 8
        assert (paged.categories, paged.products, paged.promotions) == (
            whole.categories, whole.products, whole.promotions,
        )  # fmt: skip
        assert [bool(page.version) for page in paged.pages] == [False] * (len(paged.pages) - 1) + [True]
        assert (paged.last.terms, paged.version) == (whole.last.terms, whole.version)


def test_tells_nothing_when_nothing_has_changed(priced):
    promote(priced, RATE)
    version = read(priced).version
    again = read(priced, version)
    assert (again.count(), again.removed, again.last.terms, again.version) == (0, [], None, version)


def test_tells_what_has_changed_and_no_more(priced):
    promote(priced, RATE, SET_PRICE)
    version = read(priced).version
    price(priced, "TEA", 1_100)
    priced.write(put_categories, PutCategories((CategoryEntry("WINE", "Wine", "DRINK"),)))
    promote(priced, replace(RATE, priority=1), SET_PRICE)
    changed = read(priced, version)
    assert changed.categories == {"WINE": "DRINK"}
    assert changed.products.keys() == {"TEA"}
    assert changed.products["TEA"].prices[0] == BookPrice("BASE", 1_100, 0, None, None)
    assert changed.promotions == {"RATE": replace(RATE, priority=1)}
    assert (changed.removed, changed.last.terms) == ([], None)
    # A unit is told with its products, a setting with the terms.
    priced.write(put_units, PutUnits((UnitEntry("KG", "Kilogram", 2),)))
    priced.write(put_setting, PutSetting("rounding_mode", ScopeKind.CHAIN, "", "down"))
    later = read(priced, changed.version)
    assert {sku: found.unit_decimals for sku, found in later.products.items()} == {"HAM": 2}
    assert later.last.terms is not None
    assert later.count() == 1


def test_tells_of_blocked_products_too(priced):
    version = read(priced).version
    bag = ProductEntry("BAG", "Bag", "FOOD", "EA", unstocked=True, status=ProductStatus.BLOCKED)
    priced.write(put_products, PutProducts((bag,)))
    assert read(priced, version).products["BAG"].product == bag


def test_leaves_out_promotions_that_nobody_gets_here(priced):
    promote(
        priced,
        named("HERE", store_codes=("S01",)),
        named("LATER", from_date="2025-12-01"),
        named("ONLINE", channels=("web",)),
        named("ELSEWHERE", store_codes=("S02",)),
        named("EXCLUDED", excluded_store_codes=("S01",)),
        named("WEST", region_codes=("WEST",)),
        named("DOLLARS", currency="USD"),
        named("PAUSED", paused=True),
        named("OVER", until_date="2025-05-31"),
    )
    found = read(priced)
    assert found.promotions.keys() == {"HERE", "LATER", "ONLINE"}
    assert found.removed == []
    assert read(priced, caller=terminal(S02)).promotions.keys() == {"LATER", "ONLINE", "ELSEWHERE", "EXCLUDED", "WEST"}


@pytest.mark.parametrize(
    "terms",
    [
        {"paused": True},
        {"store_codes": ("S02",)},
        {"excluded_store_codes": ("S01",)},
        {"region_codes": ("WEST",)},
        {"currency": "USD"},
        {"until_date": "2025-05-31"},
    ],
)
def test_tells_to_drop_a_promotion_that_nobody_gets_here_any_more(priced, terms):
    promote(priced, named("P"), named("Q"))
    version = read(priced).version
    promote(priced, named("P", **terms))
    changed = read(priced, version)
    assert (list(changed.promotions), changed.removed) == ([], ["P"])


@pytest.mark.parametrize(("hours", "told"), [(0, True), (15, True), (16, False)])
def test_keeps_a_promotion_until_the_night_of_its_last_day_is_over(priced, hours, told):
    # Its last evening is that of the 1st, which may last into the 2nd; noon in Shanghai is 4:00 UTC.
    promote(priced, named("P", until_date="2025-06-02"))
    now = datetime(2025, 6, 2, tzinfo=UTC) + timedelta(hours=hours)
    assert ("P" in read(priced, now=now).promotions) is told


def test_catches_up_with_what_changes_while_it_is_read(priced):
    promote(priced, *[named(f"P{number}") for number in range(4)])
    steps = iter(
        [
            lambda: price(priced, "TEA", 1_234),
            lambda: promote(priced, named("P0", priority=7)),
            lambda: priced.write(put_categories, PutCategories((CategoryEntry("DRINK", "Drinks"),))),
            lambda: promote(priced, named("P1", paused=True)),
            lambda: price(priced, "MILK", 555),
            lambda: promote(priced, named("P0", priority=8), named("P4")),
            lambda: priced.write(put_setting, PutSetting("rounding_mode", ScopeKind.CHAIN, "", "down")),
        ]
    )
    paged = read(priced, size=1, between=lambda page: next(steps, lambda: None)())
    assert next(steps, None) is None
    whole = read(priced)
    assert (paged.categories, paged.products) == (whole.categories, whole.products)
    assert {code: found for code, found in paged.promotions.items() if code not in paged.removed} == whole.promotions
    assert paged.removed == ["P1"]
    assert paged.last.terms == whole.last.terms
    assert read(priced, paged.version).count() == 0


def test_skips_nothing_that_is_committed_late(priced):
    """Whoever raises a version has it alone until the commit, so the versions become visible in their order."""
    version = read(priced).version
    with priced.units.begin(caller=HQ, now=NOON) as late:
        late.execute(update(catalog.products).where(catalog.products.c.sku == "TEA"), {"name": "Black tea",
                     "changed_version": late.bump("prices")})  # fmt: skip
        between = read(priced, version)
        assert (between.count(), between.version) == (0, version)
        late.commit()
    price(priced, "MILK", 510)
    assert read(priced, between.version).products.keys() == {"TEA", "MILK"}


@pytest.mark.parametrize("changed", [replace(WEST, region_code=""), replace(WEST, region_code="EAST")])
def test_brings_the_prices_of_a_list_that_begins_to_apply(priced, changed):
    version = read(priced).version
    priced.write(put_price_lists, PutPriceLists((changed,)))
    found = read(priced, version)
    assert found.products.keys() == {"TEA"}
    assert [one.price_list_code for one in found.products["TEA"].prices] == ["BASE", "BASE", "WEST"]
    assert found.last.terms is not None
    assert [entry.code for entry in found.last.terms.price_lists] == ["BASE", "WEST"]
    assert found.products == {"TEA": read(priced).products["TEA"]}


def test_reads_no_product_again_for_a_list_that_changes_otherwise(priced):
    version = read(priced).version
    priced.write(put_price_lists, PutPriceLists((replace(BASE, priority=3),)))
    found = read(priced, version)
    assert found.count() == 0
    assert found.last.terms is not None
    assert found.last.terms.price_lists[0].priority == 3


def test_needs_a_store(priced):
    with pytest.raises(StoreNeeded):
        read(priced, caller=HQ)
    with pytest.raises(UnknownStore):
        read(priced, store="S02")
    assert read(priced, caller=HQ, store="S01").version == read(priced).version


def test_refuses_to_go_on_with_the_book_of_another_store(priced):
    found = read(priced, size=3)
    with pytest.raises(OtherStoreBook) as refused:
        read(priced, found.version, caller=terminal(S02))
    assert refused.value.field == "since_version"
    with pytest.raises(OtherStoreBook) as refused:
        priced.read(list_price_book, ListPriceBook(page_token=found.pages[0].next_page_token), caller=terminal(S02))
    assert refused.value.field == "page_token"


@pytest.mark.parametrize("change", [{"region_id": 2}, {"currency": "USD"}])
def test_refuses_to_go_on_when_the_store_has_moved(priced, change):
    version = read(priced).version
    with priced.units.begin(caller=HQ, now=NOON) as uow:
        uow.bump("chain")
        uow.execute(update(identity.stores).where(identity.stores.c.store_id == S01), change)
        uow.commit()
    with pytest.raises(OtherStoreBook):
        read(priced, version)


def test_refuses_what_it_has_not_handed_out(priced):
    for made_up in ("x", "WyJTIl0", read(priced, size=1).pages[0].next_page_token[:-2]):
        with pytest.raises(InvalidBookVersion):
            read(priced, made_up)
        with pytest.raises(InvalidPageToken):
            priced.read(list_price_book, ListPriceBook(page_token=made_up), caller=T1)


def test_bounds_a_page_by_the_goods_that_its_promotions_name(priced):
    many = ItemSet(skus=("TEA", "MILK", "HAM", "BAG") * 250)
    bundle = replace(
        SET_PRICE, benefit=replace(SET_PRICE.benefit, components=tuple([Component(many, 1) for _ in range(20)]))
    )
    assert len(many.skus) * 20 == NAMES_PER_PAGE_MAX
    with priced.units.begin(caller=HQ, now=NOON) as uow:
        version = uow.bump("promotions")
        uow.pricing.put_promotions([replace(bundle, code=f"B{number}") for number in range(3)], version=version)
        uow.commit()
    assert [[one.code for one in page.promotions] for page in read(priced).pages] == [["B0"], ["B1"], ["B2"]]
