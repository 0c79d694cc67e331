"""A chain that has launched snacks: cheap ones that sell well, dear ones that do not, and one two weeks ago."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from application.catalog.entries import CategoryEntry, ProductEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from tests.world import Till, World

MONDAY: Final = date(2026, 11, 23)
WEEKS: Final = 22
LAUNCHES: Final = {
    "CHEAP1": (500, 6), "DEAR1": (2_000, 6), "CHEAP2": (520, 10), "DEAR2": (2_100, 12), "CHEAP3": (480, 13),
    "YOUNG": (2_050, WEEKS - 2),
}  # fmt: skip
"""Price, and the week of the launch; NEW costs 510 and is still to come."""


def pieces(sku: str, since: int) -> int:
    """Cheap goods begin with 40 a week, dear ones with 10, and half is left after six; the young one sells 20."""
    if sku == "YOUNG":
        return 20
    base = 40 if sku.startswith("CHEAP") else 10
    return max(base // 2, base - since * base // 12)


def launch(world: World) -> None:
    """Lets both stores sell alike every Monday; the clock then stands on the Monday after."""
    world.set("negative_stock", "allow")
    world.do(put_categories, PutCategories((CategoryEntry("SNACKS", "Snacks"),)))
    prices = {sku: price for sku, (price, _) in LAUNCHES.items()} | {"NEW": 510}
    products = tuple(ProductEntry(sku, sku.title(), "SNACKS", "EA", "standard") for sku in prices)
    world.do(put_products, PutProducts(products))
    world.do(put_prices, PutPrices("BASE", tuple(PriceEntry(sku, price) for sku, price in prices.items())))
    for week in range(WEEKS):
        at = MONDAY + timedelta(weeks=week)
        world.clock.now = datetime(at.year, at.month, at.day, 4, 0, tzinfo=UTC)
        for seller in (world.s1, world.s2):
            till = Till().line("TEA", 1)
            for sku, (_, begun) in LAUNCHES.items():
                if week >= begun:
                    till = till.line(sku, pieces(sku, week - begun))
            world.sell(till.cash(1_000_000).command, seller)
    world.clock.advance(days=7)
