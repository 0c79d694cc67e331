"""Questions about prices, promotions and taxes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import in_order, optional_code, optional_date, required_code, within
from application.paging import next_token, page
from application.ports.identity import Chain
from application.ports.kernel import UnitOfWork
from application.ports.promotion_lives import Asked
from application.pricing.entries import PriceListEntry, TaxEntry
from application.pricing.promotion_scope import calendar_days
from application.pricing.promotion_views import LifeView, PromotionEntry, entry_of, life_view, seen_promotion
from application.scope import store_in_scope
from domain.catalog.quantity import QUANTITY_MILLI_MAX
from domain.pricing.price_list import PriceList, choose_price
from domain.pricing.promotion import Promotion
from domain.pricing.promotion_life import ALWAYS, PromotionState
from domain.pricing.tax import Tax
from domain.shared.errors import NotFound

ONE_UNIT_MILLI: Final = 1_000
BEHIND_UTC_MAX: Final = timedelta(hours=36)
"""How far a store's business date may lie behind: twelve hours by its time zone, and a day by when its day ends."""


class UnknownSku(NotFound):
    en = "There is no product with SKU “{sku}”."
    zh = "没有 SKU 为“{sku}”的商品。"


class NoPrice(NotFound):
    en = "“{sku}” has no price in {currency} in store “{store_code}” under these conditions. Set one with PutPrices."
    zh = "商品“{sku}”在门店“{store_code}”的这些条件下没有 {currency} 价格，请用 PutPrices 设置。"


@dataclass(frozen=True, slots=True)
class ListPriceLists:
    pass


@dataclass(frozen=True, slots=True)
class PriceListList:
    price_lists: Sequence[PriceListEntry]


@dataclass(frozen=True, slots=True)
class ListTaxes:
    pass


@dataclass(frozen=True, slots=True)
class TaxList:
    taxes: Sequence[TaxEntry]


@dataclass(frozen=True, slots=True)
class ListPromotions:
    active_only: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class PromotionPage:
    promotions: Sequence[Promotion]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetPromotion:
    """With a store its state is that by the store's own calendar."""

    code: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class ListPromotionCalendar:
    """What is empty leaves none out; the period is half-open, by the dates of the promotions."""

    state: PromotionState | None = None
    theme: str = ""
    from_date: str = ""
    until_date: str = ""
    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CalendarPage:
    entries: Sequence[PromotionEntry]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetPrice:
    sku: str
    store_code: str = ""
    channel: str = ""
    tier: str = ""
    quantity_milli: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ExplainedPrice:
    """The price of one unit; `beaten` are the lists that applied and lost, best first."""

    unit_price_minor: int
    currency: str
    includes_tax: bool
    price_list_code: str
    beaten: Sequence[str]
    price_version: int


def list_price_lists(uow: UnitOfWork, query: ListPriceLists) -> PriceListList:
    """All price lists by code."""
    uow.refresh()
    return PriceListList(price_list_entries(uow.chain, uow.chain.price_lists.values()))


def list_taxes(uow: UnitOfWork, query: ListTaxes) -> TaxList:
    """All taxes by code."""
    uow.refresh()
    return TaxList(tax_entries(uow.chain, uow.chain.taxes))


def list_promotions(uow: UnitOfWork, query: ListPromotions) -> PromotionPage:
    """The terms published that may hold in the caller's stores, by code, page by page.

    `active_only` leaves out those that are paused or ended, and those that are over everywhere.
    """
    asked = page(query.page_size, query.page_token, key=(str,))
    store_ids = uow.caller.store_ids
    rows = uow.pricing.list_promotions(
        store_ids=None if store_ids is None else sorted(store_ids),
        running_on=_iso((uow.now - BEHIND_UTC_MAX).date()) if query.active_only else "",
        # No code is empty, so the first page starts after the empty one.
        after=asked.after[0] if asked.after else "",
        limit=asked.limit + 1,
    )
    return PromotionPage(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.code,)))


def get_promotion(uow: UnitOfWork, query: GetPromotion) -> LifeView:
    """The promotion as it was published, its draft, and who took which step; raises UnknownPromotion, UnknownStore."""
    code = required_code(query.code, field="code")
    uow.refresh()
    store = store_in_scope(uow, query.store_code) if query.store_code else None
    lived = seen_promotion(uow, code)
    return life_view(uow, lived, uow.promotion_lives.steps(code), days=calendar_days(uow, store=store))


def list_promotion_calendar(uow: UnitOfWork, query: ListPromotionCalendar) -> CalendarPage:
    """Promotions that may hold in the caller's stores, published or drafted, by their first day and code."""
    asked = page(query.page_size, query.page_token, key=(str, str))
    start = optional_date(query.from_date, field="from_date")
    in_order(start, optional_date(query.until_date, field="until_date"), field="until_date")
    uow.refresh()
    store = store_in_scope(uow, query.store_code) if query.store_code else None
    store_ids = uow.caller.store_ids if store is None else (store.store_id,)
    days = calendar_days(uow, store=store)
    found = uow.promotion_lives.calendar(
        Asked(
            first_day=days[0],
            last_day=days[1],
            store_ids=None if store_ids is None else sorted(store_ids),
            state=query.state,
            theme=optional_code(query.theme, field="theme"),
            from_date=query.from_date,
            until_date=query.until_date,
        ),
        after=None if asked.after is None else (asked.after[0], asked.after[1]),
        limit=asked.limit + 1,
    )
    entries = [entry_of(lived, days=days) for lived in found]
    token = next_token(entries, asked.limit, lambda entry: (entry.from_date or ALWAYS, entry.code))
    return CalendarPage(entries[: asked.limit], token)


def get_price(uow: UnitOfWork, query: GetPrice) -> ExplainedPrice:
    """The price that a basket would get, and the lists that it beat.

    Raises UnknownSku, NoPrice, StoreNeeded and UnknownStore.
    """
    required_code(query.sku, field="sku")
    optional_code(query.channel, field="channel")
    optional_code(query.tier, field="tier")
    within(query.quantity_milli, 0, QUANTITY_MILLI_MAX, field="quantity_milli")
    uow.refresh()
    store = store_in_scope(uow, query.store_code)
    products = uow.pricing.products(skus=[query.sku])
    product = products.by_sku.get(query.sku)
    if product is None:
        raise UnknownSku("sku", sku=query.sku)
    chosen = choose_price(
        product.prices,
        uow.chain.price_lists,
        store_id=store.store_id,
        region_id=store.region_id,
        channel=query.channel,
        tier=query.tier,
        currency=store.currency,
        quantity_milli=query.quantity_milli or ONE_UNIT_MILLI,
        at=query.at or uow.now,
    )
    if chosen is None:
        raise NoPrice("sku", sku=query.sku, currency=store.currency, store_code=store.code)
    return ExplainedPrice(
        unit_price_minor=chosen.price.unit_price_minor,
        currency=store.currency,
        includes_tax=chosen.price_list.includes_tax,
        price_list_code=chosen.price_list.code,
        beaten=chosen.beaten,
        price_version=products.version,
    )


def price_list_entries(chain: Chain, price_lists: Iterable[PriceList]) -> list[PriceListEntry]:
    """The price lists by code, with codes in place of ids."""
    return [
        PriceListEntry(
            code=found.code,
            name=found.name,
            currency=found.currency,
            includes_tax=found.includes_tax,
            priority=found.priority,
            store_code=chain.stores[found.store_id].code if found.store_id is not None else "",
            region_code=chain.regions[found.region_id].code if found.region_id is not None else "",
            channel=found.channel,
            tier=found.tier,
            valid_from=found.valid_from,
            valid_until=found.valid_until,
        )
        for found in sorted(price_lists, key=lambda price_list: price_list.code)
    ]


def tax_entries(chain: Chain, taxes: Iterable[Tax]) -> list[TaxEntry]:
    """The taxes by code, with codes in place of ids."""
    return [
        TaxEntry(
            code=tax.code,
            name=tax.name,
            tax_category=tax.tax_category,
            rate_ppm=tax.rate_ppm,
            region_code=chain.regions[tax.region_id].code if tax.region_id is not None else "",
            from_date=_iso(tax.from_date),
            until_date=_iso(tax.until_date),
        )
        for tax in sorted(taxes, key=lambda tax: tax.code)
    ]


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
