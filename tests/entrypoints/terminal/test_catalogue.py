"""The catalogue in a file: what the book in memory is, resumed where it was cut off, in force as a whole or not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.catalog.put_products import PutProducts, put_products
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from domain.pricing.price_book import BasketToPrice, Item, price_basket
from entrypoints.grpc.pricing import SERVICE
from entrypoints.terminal import catalogue as module
from entrypoints.terminal.catalogue import Catalogue, CatalogueNotReady, NotACatalogue, Progress
from entrypoints.terminal.price_book import fetch
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.application.sales.coupons import put_batch
from tests.entrypoints.terminal.test_agreement import LIST, Stored, outcome, transported
from tests.entrypoints.terminal.test_price_book import some_change, spelled_out
from tests.entrypoints.world_calls import ask
from tests.random_pricing import COUPON_BATCH, some_manual, some_quantity, some_terminal_price
from tests.world import OPENING, PRODUCTS, World


class Line:
    """The way to ListPriceBook, which a test can cut: after so many more pages it fails."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.pages_left = 1_000
        self.asked: list[pb2.ListPriceBookRequest] = []

    def __call__(self, request: pb2.ListPriceBookRequest) -> Any:
        if not self.pages_left:
            raise ConnectionError("cut")
        self.pages_left -= 1
        self.asked.append(request)
        return ask(self.world, SERVICE, "ListPriceBook", request, self.world.s1)


@pytest.fixture
def furnished_url(sqlite_chain: str) -> str:
    """One engine: no row of the server is concerned here that other tests do not write on both."""
    return sqlite_chain


@pytest.fixture
def line(world: World, monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.setattr(module, "PAGE_SIZE", 3)
    return Line(world)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.db"


@pytest.fixture
def catalogue(file: Path) -> Iterator[Catalogue]:
    made = Catalogue(file)
    yield made
    made.close()


def price_of(catalogue: Catalogue, sku: str) -> int:
    with catalogue.reading() as held:
        return held.book.articles[sku].prices[0].unit_price_minor


@pytest.mark.capability("SAL-01")
def test_is_after_every_change_what_the_book_in_memory_is(line: Line, catalogue: Catalogue, file: Path):
    world, random = line.world, Random(11)
    put_batch(world, COUPON_BATCH)
    for _ in range(15):
        held = catalogue.sync(line)
        assert spelled_out(held) == spelled_out(fetch(line))
        some_change(world, random)
    held = catalogue.sync(line)
    again = Catalogue(file)
    with again.reading() as read:
        assert (spelled_out(read), read.version) == (spelled_out(held), held.version)
    again.close()


@pytest.mark.capability("SAL-01")
def test_a_reading_that_is_cut_off_goes_on_with_the_page_that_it_did_not_get(line: Line, catalogue: Catalogue):
    told: list[Progress] = []
    line.pages_left = 2
    with pytest.raises(ConnectionError):
        catalogue.sync(line, told.append)
    assert not catalogue.ready
    with pytest.raises(CatalogueNotReady) as refused, catalogue.reading():
        pass
    assert refused.value.details == {"products": 4}
    line.pages_left = 1_000
    catalogue.sync(line, told.append)
    # Two categories and five products.
    assert told == [
        Progress(1, 1, whole=True, done=False), Progress(2, 4, whole=True, done=False),
        Progress(1, 5, whole=True, done=True),
    ]  # fmt: skip
    assert len({request.page_token for request in line.asked}) == 3
    assert catalogue.count() == 5


@pytest.mark.capability("SAL-01")
def test_changes_are_in_force_once_all_of_them_are_here(line: Line, catalogue: Catalogue, file: Path):
    world = line.world
    catalogue.sync(line)
    prices = {"TEA": 9_000, "MUG": 4_000, "RICE": 700, "WRAP": 200}
    world.do(put_prices, PutPrices("BASE", tuple(PriceEntry(sku, price) for sku, price in prices.items())))
    line.pages_left = 1
    with pytest.raises(ConnectionError):
        catalogue.sync(line)
    # Another process, too, sells by the old ones.
    again = Catalogue(file)
    assert [price_of(held, sku) for held in (catalogue, again) for sku in prices] == 2 * [10_000, 5_000, 800, 300]
    again.close()
    line.pages_left = 1
    catalogue.sync(line)
    assert [price_of(catalogue, sku) for sku in prices] == list(prices.values())
    assert catalogue.count() == 5


@pytest.mark.capability("SAL-01")
def test_a_code_is_found_and_goes_with_its_product(line: Line, catalogue: Catalogue):
    world = line.world
    tea, mug, *_ = PRODUCTS
    world.do(put_products, PutProducts((replace(mug, barcodes=("012345678905",)),)))
    catalogue.sync(line)

    def sku_of(code: str) -> str:
        found = catalogue.by_code(code)
        return found.product.sku if found else ""

    assert [sku_of(code) for code in ("6901234567892", "12345", "0012345678905", "6901234567893")] == [
        "TEA", "RICE", "MUG", ""
    ]  # fmt: skip
    world.do(put_products, PutProducts((replace(tea, barcodes=()),)))
    world.do(put_products, PutProducts((replace(mug, barcodes=("6901234567892",)),)))
    catalogue.sync(line)
    assert [sku_of(code) for code in ("6901234567892", "0012345678905")] == ["MUG", ""]


@pytest.mark.capability("SAL-01")
def test_what_is_forgotten_is_read_as_a_whole(line: Line, catalogue: Catalogue):
    before = spelled_out(catalogue.sync(line))
    catalogue.forget()
    assert (catalogue.ready, catalogue.count()) == (False, 0)
    line.asked.clear()
    assert spelled_out(catalogue.sync(line)) == before
    assert line.asked[0] == pb2.ListPriceBookRequest(page_size=3)


def test_says_what_to_do_with_a_file_that_is_none(file: Path):
    file.write_bytes(b"not a database, whatever its name says" * 100)
    with pytest.raises(NotACatalogue, match="Delete it"):
        Catalogue(file)


@pytest.mark.capability("SAL-02")
@settings(max_examples=25)
@given(st.integers(0, 2**48))
def test_prices_as_the_book_in_memory_does(tmp_path_factory: pytest.TempPathFactory, seed: int):
    stored = Stored(Random(seed))
    random = stored.random

    def answer(request: pb2.ListPriceBookRequest) -> pb2.ListPriceBookResponse:
        return pb2.ListPriceBookResponse.FromString(LIST.show(LIST.use_case(stored, LIST.decode(request))))

    catalogue = Catalogue(tmp_path_factory.mktemp("catalogue") / "catalogue.db")
    catalogue.sync(answer)
    in_memory = transported(stored, 500)
    items = [
        Item(sku, some_quantity(random), some_terminal_price(random), (), includes_tax=random.random() < 0.5)
        for sku in random.choices(list(stored.products), k=random.randrange(1, 6))
    ]
    basket = BasketToPrice(items, some_manual(random))
    at = OPENING + timedelta(hours=random.choice([0, 8, 15, 19]))
    tier = random.choice([None, "", "gold"])
    expected = outcome(
        lambda: price_basket(basket, in_memory.book, in_memory.context(at=at, channel="store", tier=tier))
    )
    with catalogue.reading() as held:
        assert (
            outcome(lambda: price_basket(basket, held.book, held.context(at=at, channel="store", tier=tier)))
            == expected
        )
    catalogue.close()
