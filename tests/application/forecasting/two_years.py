"""A chain of 123 weeks: drinks by the season, mooncakes for Mid-Autumn, tea and mugs by what is offered."""

from datetime import UTC, date, datetime, timedelta
from math import cos, pi, sin
from typing import Final

from adapters.festivals import festivals_of
from application.catalog.entries import CategoryEntry, ProductEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.promotion import Benefit, BenefitKind, Festival, ItemSet, Promotion, Step
from tests.world import Till, World

FIRST: Final = date(2026, 11, 23)
WEEKS: Final = 123
ORIGIN: Final = FIRST + timedelta(weeks=WEEKS)
"""2 April 2029, a Monday: two summers are known, and the third is to come."""
PROMOTED: Final = frozenset(range(4, WEEKS, 9))
"""Weeks in which tea was 30 % off."""
CHEAP: Final = frozenset(range(7, WEEKS, 11))
"""Weeks in which mugs cost a fifth less."""
PLANNED: Final = (WEEKS + 3, WEEKS + 5)
"""Weeks ahead in which tea and mugs will be."""
DRINKS: Final = ("LEMONADE", "COLA")
SKUS: Final = (*DRINKS, "MOONCAKE", "TEA", "MUG")


def monday(week: int) -> date:
    return FIRST + timedelta(weeks=week)


def pieces(sku: str, week: int) -> int:
    """What S1 sold in a week; S2 sells half of it."""
    base = {"LEMONADE": 40.0, "COLA": 25.0, "MOONCAKE": 12.0, "TEA": 30.0, "MUG": 20.0}[sku]
    number = ord(sku[0])
    base *= 1.002**week * (1 + 0.08 * sin(1.7 * week + number))
    if sku in DRINKS:
        base *= 1 + 0.6 * cos(2 * pi * (monday(week).isocalendar().week - 28) / 52)
    if sku == "MOONCAKE":
        away = (festivals_of((monday(week) + timedelta(days=6)).year)[Festival.MID_AUTUMN] - monday(week)).days // 7
        base *= {0: 6.0, 1: 4.0}.get(away, 1.0)
    if (sku == "TEA" and week in PROMOTED) or (sku == "MUG" and week in CHEAP):
        base *= {"TEA": 2.5, "MUG": 1.8}[sku]
    return round(base)


def trade(world: World, *, weeks: int = WEEKS) -> None:
    """Lets both stores sell on every Wednesday; the clock then stands on the Monday after, at noon in Shanghai."""
    world.set("negative_stock", "allow")
    drinks = [ProductEntry(sku, sku.title(), "DRINKS", "EA", "standard", brand="SPRING") for sku in DRINKS]
    cake = ProductEntry("MOONCAKE", "Mooncake", "CAKES", "EA", "standard")
    world.do(put_categories, PutCategories((CategoryEntry("DRINKS", "Drinks"), CategoryEntry("CAKES", "Cakes"))))
    world.do(put_products, PutProducts((*drinks, cake)))
    world.do(put_prices, PutPrices("BASE", tuple(PriceEntry(sku, 500) for sku in ("LEMONADE", "COLA", "MOONCAKE"))))
    offer(world, weeks)
    for week in range(weeks):
        at = monday(week) + timedelta(days=2)
        world.clock.now = datetime(at.year, at.month, at.day, 4, 0, tzinfo=UTC)
        for seller, part in ((world.s1, 2), (world.s2, 1)):
            till = Till()
            for sku in SKUS:
                till = till.line(sku, round(pieces(sku, week) * part / 2))
            world.sell(till.cash(100_000_000).command, seller)
    after = monday(weeks)
    world.clock.now = datetime(after.year, after.month, after.day, 4, 0, tzinfo=UTC)


def offer(world: World, weeks: int) -> None:
    """Tea at 30 % off and mugs at a fifth less, in weeks gone by and one ahead of each."""
    promotions = [
        Promotion(
            f"TEA{week}",
            "Tea week",
            Benefit(BenefitKind.RATE, ItemSet(skus=("TEA",)), (Step(rate_bp=3_000),)),
            from_date=monday(week).isoformat(),
            until_date=monday(week + 1).isoformat(),
        )
        for week in (*sorted(PROMOTED), PLANNED[0])
    ]
    world.do(put_promotions, PutPromotions(tuple(promotions)))
    prices = [
        PriceEntry("MUG", 4_000, valid_from=_midnight(monday(week)), valid_until=_midnight(monday(week + 1)))
        for week in (*sorted(CHEAP), PLANNED[1])
    ]
    world.do(put_prices, PutPrices("BASE", tuple(prices)))


def _midnight(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, tzinfo=UTC) - timedelta(hours=8)
