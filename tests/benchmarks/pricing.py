"""What pricing a basket costs in the process that prices it, with more and more promotions in force.

And what it costs a terminal to make a price book of what the server answers, and to renew it.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from domain.pricing.price_book import Article, BasketToPrice, Item, Place, PriceBook, context_at, price_basket
from domain.pricing.price_list import Price, PriceList
from domain.pricing.promoting import Stacking
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Promotion, Step
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax, TaxRounding
from domain.shared.money import Rounding
from entrypoints.grpc.codec import encoder
from entrypoints.terminal.price_book import PAGE_SIZE, StoreBook, build
from liansuo.catalog.v1 import catalog_pb2
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.benchmarks.results import Results
from tests.benchmarks.scale import CURRENCY, TAX_CODE, TAX_RATE_PPM, price_minor

PROMOTIONS: Final = (0, 100, 1_000, 10_000)
SKUS: Final = 100_000
CATEGORIES: Final = 2_000
BASKETS: Final = 200
SLICE: Final = 10
REPEATS: Final = 20
LOADS: Final = 5
CHANGED: Final = 100
NOW: Final = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

PLACE: Final = Place(
    1, 1, "S001", "EAST", CURRENCY, "Asia/Shanghai", Stacking.COMPOUND, TaxRounding.DOCUMENT, Rounding.HALF_UP
)
CONTEXT: Final = context_at(PLACE, at=NOW, business_date=NOW.date(), channel="store", tier=None)


def measure(results: Results) -> None:
    """Records CPU per basket of 10 and 100 lines in microseconds, and how long making and changing a book takes."""
    chance = random.Random(1)
    small = [_basket(chance, 10) for _ in range(BASKETS)]
    large = [_basket(chance, 100) for _ in range(BASKETS // 10)]
    promotions = list(_promotions(chance, max(PROMOTIONS)))
    articles = {article.sku: article for article in map(_article, range(SKUS))}
    books = {count: price_book(articles, promotions[:count]) for count in PROMOTIONS}
    costs = _least_us(small, books)
    for count, cost in costs.items():
        results.add(f"price_10_lines_{count}_promotions_us", cost)
        results.add(f"price_ratio_{count}_promotions", cost / costs[0])
    for count, cost in _least_us(large, books).items():
        results.add(f"price_100_lines_{count}_promotions_us", cost)
    results.add("promotion_book_10000_ms", _least_ms(lambda: PromotionBook(promotions)))
    book = books[max(PROMOTIONS)].promotions
    changed = list(_promotions(chance, CHANGED))
    results.add("promotion_delta_100_ms", _least_ms(lambda: book.with_changes(changed, version=2)))
    _measure_terminal(results, chance, promotions)


def _measure_terminal(results: Results, chance: random.Random, promotions: Sequence[Promotion]) -> None:
    whole = list(transported(range(SKUS), promotions))
    delta = list(transported(chance.sample(range(SKUS), CHANGED // 2), list(_promotions(chance, CHANGED // 2))))
    results.add("price_book_bytes", sum(map(len, whole)))
    results.add("price_book_load_ms", _least_ms(lambda: _built(whole)))
    held = _built(whole)
    results.add("price_book_delta_ms", _least_ms(lambda: _built(delta, held)))


def _built(pages: Sequence[bytes], held: StoreBook | None = None) -> StoreBook:
    return build(map(pb2.ListPriceBookResponse.FromString, pages), held)


def _least_us(baskets: Sequence[BasketToPrice], books: Mapping[int, PriceBook]) -> dict[int, float]:
    """The CPU of a basket by each book: that of the fastest of many runs of every slice.

    What others do to the machine only adds to it, and books take turns, because a machine changes its speed. Each turn
    is two runs, so that no book finds the goods in the processor's cache that another one has had to bring there.
    """
    slices = [baskets[start : start + SLICE] for start in range(0, len(baskets), SLICE)]
    costs = {count: [float("inf")] * len(slices) for count in books}
    for _ in range(REPEATS):
        for number, some in enumerate(slices):
            for count, book in books.items():
                for _ in range(2):
                    began = time.process_time()
                    for basket in some:
                        price_basket(basket, book, CONTEXT)
                    costs[count][number] = min(costs[count][number], time.process_time() - began)
    return {count: sum(least) * 1e6 / len(baskets) for count, least in costs.items()}


def _least_ms(run: Callable[[], object]) -> float:
    costs = []
    for _ in range(LOADS):
        began = time.process_time()
        run()
        costs.append(time.process_time() - began)
    return min(costs) * 1e3


def transported(numbers: Iterable[int], promotions: Sequence[Promotion]) -> Iterator[bytes]:
    """Articles and promotions as ListPriceBook answers them, page by page, with all that belongs to them."""
    page = pb2.ListPriceBookResponse()
    for number in range(CATEGORIES):
        page.categories.add(code=f"C{number}", parent_code=f"D{number % 20}")
        page.categories.add(code=f"D{number % 20}")
    yield page.SerializeToString()
    page = pb2.ListPriceBookResponse()
    for number in numbers:
        found = page.products.add()
        found.product.MergeFrom(
            catalog_pb2.Product(
                sku=f"SKU{number:06d}",
                name=f"Article {number}",
                category_code=f"C{number % CATEGORIES}",
                unit_code="EA",
                tax_category="standard",
                barcodes=[f"690{number:010d}"],
                status=catalog_pb2.PRODUCT_STATUS_ACTIVE,
            )
        )
        found.prices.add(price_list_code="RETAIL", unit_price_minor=price_minor(number))
        if len(page.products) == PAGE_SIZE:
            yield page.SerializeToString()
            page = pb2.ListPriceBookResponse()
    write = encoder(Promotion, pb2.Promotion)
    for start in range(0, len(promotions), PAGE_SIZE):
        page.promotions.extend([write(promotion) for promotion in promotions[start : start + PAGE_SIZE]])
        yield page.SerializeToString()
        page = pb2.ListPriceBookResponse()
    page.version = "1"
    page.terms.store_code, page.terms.currency, page.terms.time_zone = "S001", CURRENCY, "Asia/Shanghai"
    page.terms.price_lists.add(code="RETAIL", name="Retail", currency=CURRENCY, includes_tax=True)
    page.terms.taxes.add(code=TAX_CODE, name=TAX_CODE, tax_category="standard", rate_ppm=TAX_RATE_PPM)
    yield page.SerializeToString()


def price_book(articles: Mapping[str, Article], promotions: Sequence[Promotion]) -> PriceBook:
    """A chain's book with these promotions: one price list, one tax."""
    return PriceBook(
        articles,
        {number: frozenset({f"C{number}", f"D{number % 20}"}) for number in range(CATEGORIES)},
        {1: PriceList(1, "RETAIL", "Retail", CURRENCY, True, 0, None, None, "", "", None, None)},
        [Tax(1, TAX_CODE, TAX_CODE, "standard", TAX_RATE_PPM, None, None, None)],
        PromotionBook(promotions),
    )


def _basket(chance: random.Random, lines: int) -> BasketToPrice:
    return BasketToPrice(
        [
            Item(f"SKU{chance.randrange(SKUS):06d}", 1_000 * chance.randint(1, 4), None, (), includes_tax=True)
            for _ in range(lines)
        ]
    )


def _article(number: int) -> Article:
    price = Price(1, number, 0, None, None, price_minor(number))
    return Article(f"SKU{number:06d}", number % CATEGORIES, "standard", (price,))


def _promotions(chance: random.Random, count: int) -> Iterator[Promotion]:
    """As many as a chain runs side by side: most on named goods, some on categories, one on everything."""
    for number in range(count):
        goods = ItemSet(skus=tuple({f"SKU{chance.randrange(SKUS):06d}" for _ in range(20)}))
        others = ItemSet(skus=tuple({f"SKU{chance.randrange(SKUS):06d}" for _ in range(20)}))
        match number % 10:
            case 0:
                everything = ItemSet(everything=True)
                items = everything if number == 0 else ItemSet(category_codes=(f"C{chance.randrange(CATEGORIES)}",))
                steps = (Step(amount_minor=30_000, off_minor=3_000),)
                benefit = Benefit(BenefitKind.AMOUNT, items, steps=steps)
            case 1 | 2:
                benefit = Benefit(BenefitKind.EVERY_NTH, goods, every=2, units=1, rate_bp=5_000)
            case 3:
                components = (Component(goods, 1), Component(others, 1))
                benefit = Benefit(BenefitKind.SET_PRICE, price_minor=900, components=components)
            case 4:
                benefit = Benefit(
                    BenefitKind.BUY_GET, goods, units=1, rate_bp=10_000, components=(Component(others, 2),)
                )
            case 5:
                benefit = Benefit(BenefitKind.UNIT_PRICE, goods, price_minor=500)
            case _:
                benefit = Benefit(BenefitKind.RATE, goods, rate_bp=1_000)
        yield Promotion(f"P{number:05d}", f"Promotion {number}", benefit, stage=number % 3, currency=CURRENCY)
