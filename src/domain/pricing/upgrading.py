"""A sale that lifts its buyer into a higher tier is priced by that tier, once."""

from collections.abc import Callable
from dataclasses import replace

from domain.pricing.basket import PricedBasket
from domain.pricing.price_book import BasketToPrice, Context, PriceBook, price_basket


def price_with_upgrade(
    basket: BasketToPrice, book: PriceBook, context: Context, *, reached: Callable[[int], str]
) -> PricedBasket:
    """The price of a basket; where its total is enough for a higher tier, the price by that tier.

    `reached` answers which tier a total in minor units brings, empty for none. It is asked once, about the total by the
    tier that the buyer came with, and what the second price comes to decides nothing: a lower total cannot take back
    the tier that has lowered it, and a still lower price cannot lead on to another one. So the same basket, buyer and
    book have one price wherever it is worked out. Raises the refusals of `price_basket`.
    """
    priced = price_basket(basket, book, context)
    tier = reached(priced.total_minor)
    if not tier:
        return priced
    return price_basket(basket, book, replace(context, situation=replace(context.situation, tier=tier)))
