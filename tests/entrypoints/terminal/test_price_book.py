"""The book as a terminal holds it: made whole once, renewed by what has changed, never half."""

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Event
from typing import Any

import pytest

from application.catalog.entries import CategoryEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.pricing.entries import PriceEntry, PriceListEntry, TaxEntry
from application.pricing.put_price_lists import PutPriceLists, put_price_lists
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from application.pricing.put_taxes import PutTaxes, put_taxes
from domain.pricing.price_book import BookVersion
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from entrypoints.grpc.pricing import SERVICE
from entrypoints.terminal import price_book
from entrypoints.terminal.price_book import Endless, StoreBook, build, fetch
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.application.sales.coupons import put_batch
from tests.entrypoints.world_calls import ask
from tests.random_pricing import COUPON_BATCH, some_price, some_price_lists, some_promotion
from tests.world import PRODUCTS, World

SHELF = ("TEA", "MUG", "RICE", "WRAP", "GIFT")


def fetched(world: World, held: StoreBook | None = None) -> StoreBook:
    return fetch(lambda request: ask(world, SERVICE, "ListPriceBook", request, world.s1), held)


def spelled_out(held: StoreBook) -> dict[str, Any]:
    """The book with codes in place of the numbers that it has given to things itself."""
    book = held.book
    codes = {number: code for code, number in held.names.price_lists.items()}
    return {
        "articles": {
            sku: (
                book.category_codes[article.category_id],
                article.tax_category,
                [replace(price, price_list_id=0) for price in article.prices],
                [codes[price.price_list_id] for price in article.prices],
            )
            for sku, article in book.articles.items()
        },
        "price_lists": [replace(found, price_list_id=0) for found in book.price_lists.values()],
        "taxes": list(book.taxes),
        "promotions": book.promotions.promotions,
        "place": held.place,
        "policies": held.policies,
        "versions": book.version,
    }


def some_change(world: World, random: Random) -> None:
    at = world.clock()
    match random.randrange(7):
        case 0 | 1:
            code = f"P{random.randrange(6)}"
            promotion = some_promotion(
                random, code, skus=SHELF, categories=("FOOD", "HOME"), at=at, stores=("S1", "S2"), regions=("EAST",),
                currencies=("CNY", "USD"),
            )  # fmt: skip
            world.do(put_promotions, PutPromotions((promotion,)))
        case 2:
            lists = some_price_lists(random, 2, currency="CNY", stores=("S1", "S2"), regions=("EAST",), at=at)
            world.do(put_price_lists, PutPriceLists(tuple(lists)))
        case 3:
            codes = [code for (code,) in world.rows("SELECT code FROM price_lists ORDER BY code")]
            prices = PutPrices(random.choice(codes), (some_price(random, random.choice(SHELF), at),))
            world.do(put_prices, prices)
        case 4:
            moved = CategoryEntry(random.choice(["FOOD", "HOME"]), "Moved", random.choice(["", "TOP"]))
            world.do(put_categories, PutCategories((CategoryEntry("TOP", "Top"), moved)))
        case 5:
            product = replace(random.choice(PRODUCTS), category_code=random.choice(["FOOD", "HOME"]))
            world.do(put_products, PutProducts((product,)))
        case _:
            world.do(put_taxes, PutTaxes((TaxEntry("VAT13", "VAT", "standard", random.choice([130_000, 90_000])),)))


def test_is_after_every_change_what_a_new_one_would_be(world: World):
    random = Random(7)
    put_batch(world, COUPON_BATCH)
    held = fetched(world)
    for _ in range(40):
        before, was = held, spelled_out(held)
        some_change(world, random)
        held = fetched(world, held)
        new = fetched(world)
        assert spelled_out(held) == spelled_out(new)
        assert held.version == new.version
        assert spelled_out(before) == was


def test_forgets_a_promotion_that_does_not_hold_here_any_more(world: World):
    rate = Promotion("P", "P", Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_000))
    world.do(put_promotions, PutPromotions((rate, replace(rate, code="Q"))))
    held = fetched(world)
    world.do(put_promotions, PutPromotions((replace(rate, store_codes=("S2",)),)))
    renewed = fetched(world, held)
    assert (list(held.book.promotions.promotions), list(renewed.book.promotions.promotions)) == (["P", "Q"], ["Q"])
    assert (held.book.version.promotions, renewed.book.version.promotions) == (1, 2)


def test_holds_only_the_lists_of_the_store(world: World):
    world.do(put_price_lists, PutPriceLists((PriceListEntry("S2", "S2", "CNY", store_code="S2"),)))
    world.do(put_prices, PutPrices("S2", (PriceEntry("TEA", 1),)))
    held = fetched(world)
    assert [found.code for found in held.book.price_lists.values()] == ["BASE"]
    assert [price.unit_price_minor for price in held.book.articles["TEA"].prices] == [10_000]


def test_is_made_of_all_pages_of_a_reading_or_not_at_all():
    with pytest.raises(ValueError, match="all pages"):
        build([])
    with pytest.raises(ValueError, match="all pages"):
        build([pb2.ListPriceBookResponse(next_page_token="more")])
    with pytest.raises(ValueError, match="no terms"):
        build([pb2.ListPriceBookResponse(version="v")])


def test_asks_for_no_more_pages_than_there_can_be(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(price_book, "PAGES_MAX", 3)
    asked: list[str] = []

    def endless(request: pb2.ListPriceBookRequest) -> pb2.ListPriceBookResponse:
        asked.append(request.page_token)
        return pb2.ListPriceBookResponse(next_page_token=f"{len(asked)}")

    with pytest.raises(Endless):
        fetch(endless)
    assert asked == ["", "1", "2"]


def test_has_a_version_of_each_kind(world: World):
    chain, prices = (
        world.rows(f"SELECT version FROM versions WHERE name = '{name}'")[0][0] for name in ("chain", "prices")
    )
    assert fetched(world).book.version == BookVersion(chain, prices, 0)


def test_garbage_is_looked_for_again_whenever_a_page_is_awaited(world: World):
    looking: list[bool] = []

    def asked(request: pb2.ListPriceBookRequest) -> pb2.ListPriceBookResponse:
        looking.append(gc.isenabled())
        return ask(world, SERVICE, "ListPriceBook", request, world.s1)

    fetch(asked)
    gc.disable()
    try:
        fetch(asked)
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert (looking[0], looking[-1]) == (True, False)
    with pytest.raises(RuntimeError, match="connection lost"):
        build(page for page in _broken_off())
    assert gc.isenabled()


def _broken_off() -> Iterator[pb2.ListPriceBookResponse]:
    yield pb2.ListPriceBookResponse(next_page_token="more")
    raise RuntimeError("connection lost")


def test_garbage_is_left_alone_until_the_last_of_several_books_is_done():
    first_in, second_in, first_out = Event(), Event(), Event()
    seen: list[bool] = []

    def first() -> None:
        with price_book._GARBAGE.left_alone():
            first_in.set()
            assert second_in.wait(10)
        first_out.set()

    def second() -> None:
        assert first_in.wait(10)
        with price_book._GARBAGE.left_alone():
            second_in.set()
            assert first_out.wait(10)
            seen.append(gc.isenabled())

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(first), threads.submit(second)]:
            done.result()
    assert (seen, gc.isenabled()) == ([False], True)
