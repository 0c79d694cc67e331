"""What pricing a basket costs in the process that prices it, with more and more promotions in force."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from domain.pricing.price_book import Article, BasketToPrice, Item, Place, PriceBook, context_at, price_basket
from domain.pricing.price_list import Price, PriceList
from domain.pricing.promoting import Stacking
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Promotion, Step
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax, TaxRounding
from domain.shared.money import Rounding
from tests.benchmarks.results import Results
from tests.benchmarks.scale import CURRENCY, TAX_CODE, TAX_RATE_PPM, price_minor

PROMOTIONS: Final = (0, 100, 1_000, 10_000)
SKUS: Final = 100_000
CATEGORIES: Final = 2_000
BASKETS: Final = 200
REPEATS: Final = 5
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
    without = 0.0
    for count in PROMOTIONS:
        book = price_book(articles, promotions[:count])
        cost = _least_us(lambda book=book: _price_all(small, book)) / len(small)
        results.add(f"price_10_lines_{count}_promotions_us", cost)
        without = without or cost
        results.add(f"price_ratio_{count}_promotions", cost / without)
        cost = _least_us(lambda book=book: _price_all(large, book)) / len(large)
        results.add(f"price_100_lines_{count}_promotions_us", cost)
    results.add("promotion_book_10000_ms", _least_us(lambda: PromotionBook(promotions)) / 1e3)
    book = PromotionBook(promotions)
    changed = list(_promotions(chance, CHANGED))
    results.add("promotion_delta_100_ms", _least_us(lambda: book.with_changes(changed, version=2)) / 1e3)


def _price_all(baskets: list[BasketToPrice], book: PriceBook) -> None:
    for basket in baskets:
        price_basket(basket, book, CONTEXT)


def _least_us(run: Callable[[], object]) -> float:
    """The CPU of the fastest of several runs: what others do to the machine only adds to it."""
    costs = []
    for _ in range(REPEATS):
        began = time.process_time()
        run()
        costs.append(time.process_time() - began)
    return min(costs) * 1e6


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
