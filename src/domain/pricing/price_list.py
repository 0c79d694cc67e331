"""Price lists: which price applies where, for whom and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of one currency with the conditions under which they apply; None or "" means any."""

    price_list_id: int
    code: str
    name: str
    currency: str
    includes_tax: bool
    priority: int
    store_id: int | None
    region_id: int | None
    channel: str
    tier: str
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Price:
    """Price of one unit of measure of one SKU on one list, from `quantity_from_milli` of the line on.

    `minimum_unit_price_minor` is the least that a unit may be sold for after all that comes off; 0 is no such bound.
    """

    price_list_id: int
    sku_id: int
    quantity_from_milli: int
    valid_from: datetime | None
    valid_until: datetime | None
    unit_price_minor: int
    minimum_unit_price_minor: int = 0


@dataclass(slots=True)
class Chosen:
    """The price that applies and why.

    `list_price_minor` is what the same basket would pay without tier and channel, never less than the chosen price.
    `beaten` are the codes of the lists that applied and lost, best first. `minimum_unit_price_minor` is the highest
    minimum among the prices that applied, whichever list it stands on: a member's price does not lift the floor of the
    base list. Prices without tax bound no price with tax, nor the other way round.
    """

    price: Price
    price_list: PriceList
    list_price_minor: int
    beaten: tuple[str, ...]
    minimum_unit_price_minor: int = 0


def choose_price(
    prices: Sequence[Price],
    lists: Mapping[int, PriceList],
    *,
    store_id: int,
    region_id: int,
    channel: str,
    tier: str,
    currency: str,
    quantity_milli: int,
    at: datetime,
) -> Chosen | None:
    """The price of one SKU for this basket, independent of the order of `prices`; None when no list has one.

    `prices` are those of the SKU on any list; those on a list that is not among `lists` do not count. Of the lists that
    apply the one with the highest priority wins, then the one with the narrower condition (store, region, tier,
    channel, in this order), then the lower code. Inside a list the largest quantity that is reached wins, then the
    later start.
    """
    found: list[tuple[PriceList, Price]] = []
    for price in prices:
        price_list = lists.get(price.price_list_id)
        if (
            price_list is not None
            and price.quantity_from_milli <= quantity_milli
            and price_list.currency == currency
            and (price_list.store_id is None or price_list.store_id == store_id)
            and (price_list.region_id is None or price_list.region_id == region_id)
            and (not price_list.channel or price_list.channel == channel)
            and (not price_list.tier or price_list.tier == tier)
            # Half-open periods, asked without a call for every line of every basket.
            and (price_list.valid_from is None or price_list.valid_from <= at)
            and (price_list.valid_until is None or at < price_list.valid_until)
            and (price.valid_from is None or price.valid_from <= at)
            and (price.valid_until is None or at < price.valid_until)
        ):
            found.append((price_list, price))
    if not found:
        return None
    if len(found) == 1:
        price_list, price = found[0]
        return Chosen(price, price_list, price.unit_price_minor, (), price.minimum_unit_price_minor)
    ranked = _best_of_each_list(found)
    price_list, price = ranked[0]
    beaten = tuple([beaten_list.code for beaten_list, _ in ranked[1:]])
    return Chosen(price, price_list, _list_price(ranked), beaten, _minimum(ranked))


def _best_of_each_list(found: list[tuple[PriceList, Price]]) -> list[tuple[PriceList, Price]]:
    best: dict[int, tuple[PriceList, Price]] = {}
    for price_list, price in found:
        known = best.get(price_list.price_list_id)
        if known is None or _narrower(price, known[1]):
            best[price_list.price_list_id] = (price_list, price)
    return sorted(best.values(), key=_rank)


def _narrower(price: Price, other: Price) -> bool:
    if price.quantity_from_milli != other.quantity_from_milli:
        return price.quantity_from_milli > other.quantity_from_milli
    if price.valid_from is None or other.valid_from is None:
        return other.valid_from is None and price.valid_from is not None
    return price.valid_from > other.valid_from


def _rank(candidate: tuple[PriceList, Price]) -> tuple[int, bool, bool, bool, bool, str]:
    price_list = candidate[0]
    return (
        -price_list.priority,
        price_list.store_id is None,
        price_list.region_id is None,
        not price_list.tier,
        not price_list.channel,
        price_list.code,
    )


def _minimum(ranked: list[tuple[PriceList, Price]]) -> int:
    includes_tax = ranked[0][0].includes_tax
    return max([price.minimum_unit_price_minor for of, price in ranked if of.includes_tax == includes_tax])


def _list_price(ranked: list[tuple[PriceList, Price]]) -> int:
    chosen_list, chosen = ranked[0]
    for price_list, price in ranked:
        if not price_list.tier and not price_list.channel:
            # A price without tax and one with tax cannot be compared, so no advantage is claimed.
            if price_list.includes_tax == chosen_list.includes_tax:
                return max(price.unit_price_minor, chosen.unit_price_minor)
            break
    return chosen.unit_price_minor
