"""Gifts of a sale: what may be given, how much of it is there, and the lines that it becomes.

What a basket may earn is known before it is priced, so that the stock of those gifts is locked with that of the goods.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from application.ports.kernel import UnitOfWork
from application.sales.basket import ResolvedBasket, ResolvedLine
from domain.catalog.product import ProductStatus
from domain.inventory.stock import StockLevel
from domain.pricing.basket import PricedBasket
from domain.pricing.gift_lines import gift_lines
from domain.pricing.goods import UNIT_MILLI, Goods, Remaining
from domain.pricing.price_book import context_at
from domain.pricing.promotion import GiftShortage, Unmet, unmet_by
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.rewards import gift_skus
from domain.shared.errors import Rejected

_NOT_HERE_AND_NOW: Final = frozenset({Unmet.PAUSED, Unmet.NOT_NOW, Unmet.NOT_HERE, Unmet.NOT_IN_CHANNEL})


class GiftOutOfStock(Rejected):
    en = "Gift “{sku}” of “{name}” is out of stock: {units} not given."
    zh = "“{name}”的赠品“{sku}”缺货，未赠送 {units} 件。"


def find_gifts(uow: UnitOfWork, baskets: Sequence[tuple[ResolvedBasket, datetime]], book: PromotionBook) -> None:
    """Tells each basket, to be sold at its instant, which gifts it may earn, with their products."""
    if not book.gifts:
        return
    skus = [_may_earn(basket, uow, book, at) for basket, at in baskets]
    products = uow.pricing.products(skus=set().union(*skus)).by_sku
    for (basket, _), earned in zip(baskets, skus, strict=True):
        basket.gifts = {sku: products[sku] for sku in sorted(earned)}


def _may_earn(basket: ResolvedBasket, uow: UnitOfWork, book: PromotionBook, at: datetime) -> set[str]:
    articles = [line.product.article for line in basket.lines if line.terminal is None]
    goods = [
        Goods(one.sku, uow.chain.category_codes[one.category_id], 0, 0, one.brand, one.supplier_code, one.tags)
        for one in articles
    ]
    place = uow.chain.place(basket.store.store_id)
    # No gift depends on the business date, by which taxes go.
    situation = context_at(place, at=at, business_date=at.date(), channel=basket.channel, tier=None).situation
    found: set[str] = set()
    for listed in book.gifts.concerning(Remaining(goods)):
        if unmet_by(listed.promotion, situation) not in _NOT_HERE_AND_NOW:
            found |= gift_skus(listed.promotion)
    return found


def stocked_gifts(basket: ResolvedBasket) -> list[int]:
    """The SKU ids of the gifts that the basket may earn and that are kept in stock."""
    return [sku_id for found in basket.gifts.values() for sku_id, _ in found.product.takes(UNIT_MILLI)]


def gifts_left(
    basket: ResolvedBasket, levels: Mapping[tuple[int, int], StockLevel], *, negative_stock: str, on: date
) -> tuple[tuple[str, int], ...]:
    """How many units of each gift may be given, beside what is bought of it, where the store must have them.

    A store that sells more than it has (policy `negative_stock`) gives more away too. What is blocked is not given.
    """
    left = []
    for sku, found in basket.gifts.items():
        product = found.product
        if product.status is not ProductStatus.ACTIVE:
            left.append((sku, 0))
        elif negative_stock == "forbid" and (taken := product.takes(UNIT_MILLI)):
            left.append((sku, min(_free(basket, levels, sku_id, on) // quantity for sku_id, quantity in taken)))
    return tuple(left)


def _free(basket: ResolvedBasket, levels: Mapping[tuple[int, int], StockLevel], sku_id: int, on: date) -> int:
    """What the basket leaves of a SKU on that day, thousandths, zero or more."""
    level = levels.get((basket.store.store_id, sku_id))
    there = level.available_milli(on) if level else 0
    return max(0, there - basket.stock_milli.get(sku_id, 0))


def add_gifts(basket: ResolvedBasket, priced: PricedBasket) -> None:
    """Appends a line at price zero for every gift that the basket has earned, and what they take from stock."""
    for gift in list(gift_lines(priced)):
        found = basket.gifts[gift.sku]
        quantity_milli = gift.quantity_milli
        basket.lines.append(
            ResolvedLine(gift.sku, quantity_milli, None, (), includes_tax=True, product=found,
                         gift_promotion_code=gift.promotion_code)
        )  # fmt: skip
        priced.lines.append(gift.priced)
        for sku_id, taken in found.product.takes(quantity_milli):
            basket.stock_milli[sku_id] = basket.stock_milli.get(sku_id, 0) + taken


def gift_warnings(priced: PricedBasket, language: str, *, made_already: bool) -> list[str]:
    """What the cashier should know of gifts that were earned and are not there.

    Raises GiftOutOfStock where the promotion wants no sale without its gift, unless the sale was made already.
    """
    warnings = []
    for one in priced.considered:
        for missing in one.gifts_missing:
            refusal = GiftOutOfStock("basket", sku=missing.sku, name=one.name, units=missing.units)
            if one.gift_shortage is GiftShortage.REFUSE and not made_already:
                raise refusal
            warnings.append(refusal.message(language))
    return warnings
