"""What was and will be offered of goods week by week: prices as lists have them, promotions as they are published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from application.ports.kernel import UnitOfWork
from application.ports.pricing import PricedProduct
from domain.forecasting.calendar import WEEK_DAYS
from domain.forecasting.offers import WHOLE_BP, Offer, offered, usual_price
from domain.identity.organisation import Store
from domain.pricing.price_list import Price, PriceList, choose_price
from domain.pricing.promotion import BenefitKind, ItemSet, Promotion

MIDWEEK_DAYS: Final = 2
"""A week has the price of its Wednesday."""
UNIT_MILLI: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Goods:
    """What promotions name goods by."""

    sku: str
    categories: frozenset[str]
    brand: str
    supplier_code: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Running:
    """A promotion with how many days of each week it holds."""

    promotion: Promotion
    days: Sequence[int]


def offers_of(
    uow: UnitOfWork, skus: Sequence[str], *, places: Mapping[int, Sequence[Store]], mondays: Sequence[date], known: int
) -> Mapping[tuple[int, int], Sequence[str]]:
    """The name of what is offered in each week, by SKU id and place; of the weeks the first `known` are past.

    Of a place with several stores the price of its first counts, and promotions that hold in half of them or more. Only
    promotions with a first and a last day are offers of their weeks: what always holds is the usual.
    """
    running = _running(uow, mondays)
    found: dict[tuple[int, int], Sequence[str]] = {}
    for priced in uow.pricing.products(skus=skus).by_sku.values():
        product = priced.product
        goods = _Goods(
            product.sku,
            uow.chain.category_codes.get(product.category_id, frozenset()),
            product.brand,
            product.supplier_code,
            product.tags,
        )
        meant = [one for one in running if _means(one.promotion, goods)]
        for place_id, stores in places.items():
            here = [one for one in meant if _holds_in(uow, one.promotion, stores)]
            prices = weekly_prices(priced, uow.chain.price_lists, stores[0], mondays)
            found[product.sku_id, place_id] = _names(prices, here, known)
    return found


def weekly_prices(
    priced: PricedProduct, lists: Mapping[int, PriceList], store: Store, mondays: Sequence[date]
) -> Sequence[int]:
    """The price of one piece to anybody in a store, week by week; 0 where there is none."""
    if not any(_dated(price, lists) for price in priced.prices):
        return [_price(priced.prices, lists, store, mondays[0])] * len(mondays)
    return [_price(priced.prices, lists, store, monday) for monday in mondays]


def _dated(price: Price, lists: Mapping[int, PriceList]) -> bool:
    of = lists.get(price.price_list_id)
    dates = (price.valid_from, price.valid_until, of and of.valid_from, of and of.valid_until)
    return any(one is not None for one in dates)


def _price(prices: Sequence[Price], lists: Mapping[int, PriceList], store: Store, monday: date) -> int:
    chosen = choose_price(
        prices,
        lists,
        store_id=store.store_id,
        region_id=store.region_id,
        channel="",
        tier="",
        currency=store.currency,
        quantity_milli=UNIT_MILLI,
        at=datetime.combine(monday + timedelta(days=MIDWEEK_DAYS), time(12), UTC),
    )
    return 0 if chosen is None else chosen.price.unit_price_minor


def _names(prices: Sequence[int], running: Sequence[_Running], known: int) -> list[str]:
    usual = usual_price(prices[:known])
    return [
        offered(
            price_minor=price,
            usual_minor=usual,
            offers=[_offer(one.promotion, one.days[week], price) for one in running if one.days[week]],
        )
        for week, price in enumerate(prices)
    ]


def _running(uow: UnitOfWork, mondays: Sequence[date]) -> list[_Running]:
    """Promotions with a first and a last day on some of these weeks."""
    first, after = mondays[0], mondays[-1] + timedelta(days=WEEK_DAYS)
    found = []
    for promotion in uow.pricing.promotion_book().promotions.values():
        if promotion.paused or promotion.coupon_batch_code or not (promotion.from_date and promotion.until_date):
            continue
        if promotion.from_date < after.isoformat() and promotion.until_date > first.isoformat():
            found.append(_Running(promotion, [_days(promotion, monday) for monday in mondays]))
    return found


def _days(promotion: Promotion, monday: date) -> int:
    days = [monday + timedelta(days=day) for day in range(WEEK_DAYS)]
    return sum(
        promotion.from_date <= day.isoformat() < promotion.until_date
        and (not promotion.weekdays or day.isoweekday() in promotion.weekdays)
        for day in days
    )


def _means(promotion: Promotion, goods: _Goods) -> bool:
    sets: list[ItemSet] = [promotion.benefit.items, *[one.items for one in promotion.benefit.components]]
    return any(items.holds(goods) for items in sets)


def _holds_in(uow: UnitOfWork, promotion: Promotion, stores: Sequence[Store]) -> bool:
    regions = uow.chain.regions
    within = [
        (not promotion.store_codes or store.code in promotion.store_codes)
        and store.code not in promotion.excluded_store_codes
        and (not promotion.region_codes or regions[store.region_id].code in promotion.region_codes)
        and (not promotion.currency or promotion.currency == store.currency)
        for store in stores
    ]
    return 2 * sum(within) >= len(within)


def _offer(promotion: Promotion, days: int, price_minor: int) -> Offer:
    benefit, off_bp = promotion.benefit, 0
    match benefit.kind:
        case BenefitKind.RATE:
            first = [
                step.rate_bp for step in benefit.steps if step.quantity_milli <= UNIT_MILLI and not step.amount_minor
            ]
            off_bp = max(first, default=benefit.rate_bp)
        case BenefitKind.UNIT_AMOUNT if price_minor:
            off_bp = min(WHOLE_BP, WHOLE_BP * benefit.off_minor // price_minor)
        case BenefitKind.UNIT_PRICE if price_minor:
            off_bp = max(0, WHOLE_BP - WHOLE_BP * benefit.price_minor // price_minor)
        case _:
            pass
    for_some = bool(promotion.members_only or promotion.tiers or promotion.when or promotion.needs)
    return Offer(benefit.kind.value, days, off_bp, for_some)
