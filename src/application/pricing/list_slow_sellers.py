"""Goods that hardly sell, page by page over all products, each with a proposal: take more off, or delist.

A page is a range of products, and all that is read lies in that range and in the days asked for. What sells well, what
is proposed and what is left out add up to the products of the page, so nothing is missing without being counted.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from application.fields import within
from application.known_settings import COST_FLOORS
from application.paging import next_token, page
from application.policies import Policies, policies_for
from application.ports.kernel import UnitOfWork
from application.ports.pricing import PricedProduct
from application.ports.slow_sellers import ListedGoods, StockHeld
from application.pricing.slow_seller_period import Days, days_asked, stores_asked
from application.pricing.slow_seller_views import (
    FOR_EVER,
    LeftOutCount,
    SlowSeller,
    SlowSellerPage,
    SlowSellerPromotion,
    effect_of,
    explained,
)
from application.scope import trading_day
from domain.catalog.product import ProductStatus
from domain.identity.organisation import Store
from domain.pricing.basket import LineRequest, PricedBasket
from domain.pricing.conditions import no_festivals
from domain.pricing.goods import UNIT_MILLI, Goods, Remaining
from domain.pricing.offers import RATE_BP
from domain.pricing.price_book import BasketToPrice, Context, Item, PriceBook, context_at, price_basket
from domain.pricing.promotion import Promotion, holds_in_store, over_on
from domain.pricing.slow_seller import (
    LeftOut,
    ShelfPrice,
    SlowSellerProposal,
    days_of_stock,
    proposed_for,
    slow_below,
)
from domain.pricing.tax import MILLION
from domain.shared.errors import Refusal
from domain.shared.money import Rounding, divide

PIECES_MAX: Final = 1_000_000
NOTHING_HELD: Final = StockHeld(0, 0, 0, received=False)


@dataclass(frozen=True, slots=True)
class ListSlowSellers:
    """Which stores, which days, and how many pieces a month are few; see the message."""

    store_codes: tuple[str, ...] = ()
    region_code: str = ""
    currency: str = ""
    month: str = ""
    days: int = 0
    pieces_a_month: int = 0
    page_size: int = 0
    page_token: str = ""


def list_slow_sellers(uow: UnitOfWork, query: ListSlowSellers) -> SlowSellerPage:
    """The slow sellers among the next `page_size` products, with what is proposed and how many there were of the rest.

    Nothing is changed: people decide. Raises the refusals of `page`, `stores_asked` and `days_asked`.
    """
    asked = page(query.page_size, query.page_token, key=(int, date))
    within(query.pieces_a_month, 0, PIECES_MAX, field="pieces_a_month")
    uow.refresh()
    stores, currency = stores_asked(
        uow, store_codes=query.store_codes, region_code=query.region_code, currency=query.currency
    )
    after, until = asked.after or (0, None)
    days = days_asked(uow, stores, month=query.month, days=query.days, until=until)
    policies = _policies(uow, stores, query.region_code)
    few = query.pieces_a_month or policies.slow_seller_pieces
    below = slow_below(few, days=days.count, days_of_month=days.of_month)
    rows = uow.slow_sellers.goods(after=after, limit=asked.limit + 1)
    look = _Look(uow, stores, days, policies, below)
    found = look.through(rows[: asked.limit])
    return SlowSellerPage(
        slow_sellers=found,
        from_date=days.first.isoformat(),
        to_date=days.last.isoformat(),
        slow_below_milli=below,
        currency=currency,
        looked_at=len(rows[: asked.limit]),
        selling=look.selling,
        left_out=[LeftOutCount(reason, look.left_out[reason]) for reason in LeftOut if look.left_out[reason]],
        next_page_token=next_token(rows, asked.limit, lambda row: (row.sku_id, days.last)),
    )


def _policies(uow: UnitOfWork, stores: Sequence[Store], region_code: str) -> Policies:
    """The settings of the narrowest scope that holds all the stores: one store, the region named, or the chain."""
    if len(stores) == 1:
        return uow.chain.policies(stores[0].store_id)
    return policies_for(uow.chain.settings, store_id=0, region_id=stores[0].region_id if region_code else 0)


@dataclass(slots=True)
class _Look:
    """A look through the products of one page."""

    uow: UnitOfWork
    stores: Sequence[Store]
    days: Days
    policies: Policies
    below_milli: int
    selling: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)

    def through(self, goods: Sequence[ListedGoods]) -> list[SlowSeller]:
        """The slow sellers among the goods, in their order; the others are counted."""
        if not goods:
            return []
        store_ids = [store.store_id for store in self.stores]
        every = len(store_ids) == len(self.uow.chain.stores)
        first, last = goods[0].sku_id, goods[-1].sku_id
        reader = self.uow.slow_sellers
        sold = reader.sold(
            first_sku_id=first, last_sku_id=last, days=self.days.each(), store_ids=None if every else store_ids
        )
        slow = [one for one in goods if not one.unstocked and sold.get(one.sku_id, 0) < self.below_milli]
        self.left_out[LeftOut.UNSTOCKED] = sum(one.unstocked for one in goods)
        self.selling = len(goods) - len(slow) - self.left_out[LeftOut.UNSTOCKED]
        held = reader.held(first_sku_id=first, last_sku_id=last, store_ids=store_ids) if slow else {}
        received = [one.sku_id for one in slow if held.get(one.sku_id, NOTHING_HELD).received]
        old = reader.received_before(self.days.first, sku_ids=received, store_ids=store_ids)
        self.left_out[LeftOut.NEVER_RECEIVED] = len(slow) - len(received)
        self.left_out[LeftOut.NEW] = len(received) - len(old)
        kept = [one for one in slow if one.sku_id in old]
        products = self.uow.pricing.products(skus=[one.sku for one in kept]).by_sku if kept else {}
        shelves = _Shelves(self.uow, self.stores, products)
        told = [self._told(products[one.sku], sold.get(one.sku_id, 0), held[one.sku_id], shelves) for one in kept]
        return [one for one in told if one is not None]

    def _told(self, found: PricedProduct, sold_milli: int, held: StockHeld, shelves: "_Shelves") -> SlowSeller | None:
        shelf = shelves.of(found, held)
        if held.on_hand_milli <= 0 and not shelf.prices:
            self.left_out[LeftOut.NOT_FOR_SALE] += 1
            return None
        rounding = Rounding(self.policies.rounding_mode)
        last = self.days.last.isoformat()
        proposed = proposed_for(
            sold_milli=sold_milli,
            on_hand_milli=held.on_hand_milli,
            shelf=shelf.prices,
            promoted=any(shelf.off[one.code] and one.from_date <= last for one in shelf.promotions),
            step_bp=self.policies.slow_seller_step_bp,
            rounding=rounding,
        )
        lowest = min(shelf.prices, key=lambda one: one.unit_price_minor, default=None)
        deepen = proposed.proposal is SlowSellerProposal.DEEPEN and lowest is not None
        lasts = days_of_stock(on_hand_milli=held.on_hand_milli, sold_milli=sold_milli, days=self.days.count)
        cost = divide(held.value_minor * UNIT_MILLI, held.on_hand_milli) if held.on_hand_milli else 0
        margin = shelf.net_minor - cost if cost and lowest is not None else 0
        language = self.uow.caller.language
        return SlowSeller(
            sku=found.product.sku,
            name=found.product.name,
            unit_code=found.unit_code,
            sold_milli=sold_milli,
            on_hand_milli=held.on_hand_milli,
            stock_value_minor=held.value_minor,
            days_of_stock=FOR_EVER if lasts is None else min(lasts, 2**31 - 1),
            unit_price_minor=lowest.unit_price_minor if lowest else 0,
            unit_price_minor_max=max([one.unit_price_minor for one in shelf.prices], default=0),
            includes_tax=shelf.includes_tax,
            unit_cost_minor=cost,
            margin_minor=margin,
            margin_bp=divide(margin * RATE_BP, shelf.net_minor) if margin and shelf.net_minor else 0,
            promotions=[
                SlowSellerPromotion(
                    one.code,
                    one.name,
                    one.benefit.kind,
                    effect_of(one.benefit, language=language),
                    shelf.off[one.code],
                )
                for one in shelf.promotions
            ],
            current_rate_bp=proposed.current_rate_bp,
            proposal=proposed.proposal,
            reason=proposed.reason,
            proposed_rate_bp=proposed.rate_bp,
            proposed_price_minor=lowest.after(proposed.rate_bp, rounding) if deepen and lowest else 0,
            explanation=explained(proposed, language=language),
        )


@dataclass(slots=True)
class _Shelf:
    """What the goods cost in the stores, each different price once, and the promotions in force that concern them.

    `net_minor` is the lowest price without tax; `off` is by promotion what it takes off one unit, most where stores
    differ.
    """

    prices: list[ShelfPrice] = field(default_factory=list)
    promotions: list[Promotion] = field(default_factory=list)
    off: Counter[str] = field(default_factory=Counter)
    net_minor: int = 0
    includes_tax: bool = False


class _Shelves:
    """Prices goods as a till would: one unit, to anybody, in one of the stores for each that are alike."""

    def __init__(self, uow: UnitOfWork, stores: Sequence[Store], products: Mapping[str, PricedProduct]) -> None:
        self._uow = uow
        self._promotions = uow.pricing.promotion_book()
        self._book = PriceBook(
            articles={sku: found.article for sku, found in products.items()},
            category_codes=uow.chain.category_codes,
            price_lists=uow.chain.price_lists,
            taxes=uow.chain.taxes,
            promotions=self._promotions,
        )
        self._alike = _alike(uow, stores)
        self._holds: dict[str, frozenset[int]] = {}
        self._contexts: dict[int, Context] = {}

    def of(self, found: PricedProduct, held: StockHeld) -> _Shelf:
        """What the product costs; nothing where it cannot be bought."""
        shelf = _Shelf()
        article = found.article
        goods = Goods(
            article.sku,
            self._book.category_codes[article.category_id],
            UNIT_MILLI,
            0,
            article.brand,
            article.supplier_code,
            article.tags,
        )
        concerning = [listed.promotion for listed in self._promotions.concerning(Remaining([goods]))]
        here = [one for one in concerning if not one.paused and self._stores_of(one)]
        shelf.promotions = sorted(here, key=lambda one: one.code)
        if found.product.status is not ProductStatus.ACTIVE:
            return shelf
        priced = [self._priced(store, article.sku, held) for store in self._different(shelf.promotions)]
        for basket in priced:
            if basket is not None:
                _enter(shelf, basket)
        return shelf

    def _stores_of(self, promotion: Promotion) -> frozenset[int]:
        """Those of the stores in which a promotion holds on the present day, worked out once for all goods."""
        found = self._holds.get(promotion.code)
        if found is None:
            found = frozenset(
                store.store_id for stores in self._alike for store in stores if self._holds_in(promotion, store)
            )
            self._holds[promotion.code] = found
        return found

    def _holds_in(self, promotion: Promotion, store: Store) -> bool:
        situation = self._context(store).situation
        begun = promotion.from_date <= situation.on.isoformat()
        return begun and not over_on(promotion, situation.on) and holds_in_store(promotion, situation)

    def _different(self, promotions: Sequence[Promotion]) -> list[Store]:
        """One store for each that have the same prices, taxes, settings and promotions."""
        some = [ids for one in promotions if len(ids := self._stores_of(one)) < self._count]
        chosen = []
        for stores in self._alike:
            if not some:
                chosen.append(stores[0])
                continue
            kinds: dict[tuple[bool, ...], Store] = {}
            for store in stores:
                kinds.setdefault(tuple([store.store_id in ids for ids in some]), store)
            chosen += kinds.values()
        return chosen

    @property
    def _count(self) -> int:
        return sum(len(stores) for stores in self._alike)

    def _priced(self, store: Store, sku: str, held: StockHeld) -> PricedBasket | None:
        by_cost = self._uow.chain.policies(store.store_id).price_floor in COST_FLOORS
        item = Item(
            sku, UNIT_MILLI, None, (), includes_tax=False, cost_minor=held.unit_cost_minor_max if by_cost else 0
        )
        try:
            return price_basket(BasketToPrice((item,)), self._book, self._context(store))
        except Refusal:
            # No price, or a plug-in that is not there: nobody can buy it in these stores.
            return None

    def _context(self, store: Store) -> Context:
        found = self._contexts.get(store.store_id)
        if found is None:
            uow = self._uow
            on = trading_day(uow, store)
            found = self._contexts[store.store_id] = context_at(
                uow.chain.place(store.store_id),
                at=uow.now,
                business_date=on,
                channel="",
                tier=None,
                festivals=uow.pricing.festivals if self._promotions.asks_festivals else no_festivals,
            )
        return found


def _enter(shelf: _Shelf, basket: PricedBasket) -> None:
    """Takes the price of one unit in some stores in."""
    [request], [line] = basket.requests, basket.lines
    price = ShelfPrice(request.unit_price_minor, line.discount_minor, request.floor_minor)
    if not shelf.prices or price.unit_price_minor < min(one.unit_price_minor for one in shelf.prices):
        shelf.net_minor, shelf.includes_tax = _net(request), request.includes_tax
    if price not in shelf.prices:
        shelf.prices.append(price)
    for one in basket.considered:
        shelf.off[one.code] = max(shelf.off[one.code], one.off_minor if one.applied else 0)


def _net(request: LineRequest) -> int:
    """The price of one unit without tax."""
    if not request.includes_tax:
        return request.unit_price_minor
    return divide(request.unit_price_minor * MILLION, MILLION + sum(tax.rate_ppm for tax in request.taxes))


def _alike(uow: UnitOfWork, stores: Sequence[Store]) -> list[list[Store]]:
    """The stores in groups with the same price lists, the same region and the same settings, each by code."""
    lists = uow.chain.price_lists.values()
    groups: dict[tuple[object, ...], list[Store]] = {}
    for store in stores:
        applying = tuple(
            [
                one.price_list_id
                for one in lists
                if one.currency == store.currency
                and one.store_id in (None, store.store_id)
                and one.region_id in (None, store.region_id)
            ]
        )
        clock = store.time_zone, store.day_cutoff_minutes
        key = (applying, store.region_id, clock, uow.chain.policies(store.store_id))
        groups.setdefault(key, []).append(store)
    return list(groups.values())
