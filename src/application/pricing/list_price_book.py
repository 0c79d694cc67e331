"""The price book of one store for those who price without the server: whole once, then what has changed.

Products, categories and promotions carry the version at which they last changed, and whoever changes them raises that
version under a lock that is held until the commit: versions become visible in their order. A reader goes through them
in the order of version and key, so what changes while it reads only moves to where it has yet to come. Once nothing is
left, it holds everything as it was at that moment.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, Final

from application.paging import InvalidPageToken, Key, page, token_of
from application.policies import settings_in_force
from application.ports.catalog import ChangedProduct
from application.ports.kernel import UnitOfWork
from application.ports.pricing import BookPrice, BookProduct, ChangedPromotion
from application.pricing.condition_fields import conditions
from application.pricing.entries import PriceListEntry, TaxEntry
from application.pricing.promotion_fields import item_sets
from application.pricing.queries import price_list_entries, tax_entries
from application.scope import store_in_scope
from domain.identity.organisation import Store
from domain.pricing.price_book import context_at
from domain.pricing.price_list import PriceList
from domain.pricing.promotion import Condition, ItemSet, Promotion, holds_in_store, over_on
from domain.shared.errors import Invalid, Rejected
from domain.shared.period import zone

NAMES_PER_PAGE_MAX: Final = 20_000
"""Codes of goods in the promotions of one page: a few hundred kilobytes. Its first promotion may have more."""
VERSION_FIELD: Final = "since_version"


class InvalidBookVersion(Invalid):
    en = "since_version is not one that ListPriceBook handed out. Leave it empty to read the whole book."
    zh = "since_version 不是 ListPriceBook 给出的版本。留空可读取完整价格簿。"


class OtherStoreBook(Rejected):
    en = "The book that is held is of another store, or of another region or currency of this one. Read it as a whole."
    zh = "所持价格簿属于其他门店，或本店的区域或货币已变更。请重新读取完整价格簿。"


@dataclass(frozen=True, slots=True)
class ListPriceBook:
    store_code: str = ""
    since_version: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class BookCategory:
    code: str
    parent_code: str


@dataclass(frozen=True, slots=True)
class BookSetting:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class BookCampaign:
    """When the promotions of a campaign are given; empty is no bound. What is left of its budget is not told."""

    code: str
    from_date: str
    until_date: str


@dataclass(frozen=True, slots=True)
class BookTerms:
    """The store, its settings, the price lists and taxes that can apply in it, and the campaigns that have a period."""

    store_code: str
    region_code: str
    currency: str
    time_zone: str
    day_cutoff_minutes: int
    settings: Sequence[BookSetting]
    price_lists: Sequence[PriceListEntry]
    taxes: Sequence[TaxEntry]
    campaigns: Sequence[BookCampaign]
    store_name: str


@dataclass(frozen=True, slots=True)
class PriceBookPage:
    """A part of the book, or of what has changed; what tells about the whole stands on the last page."""

    categories: Sequence[BookCategory]
    products: Sequence[BookProduct]
    promotions: Sequence[Promotion]
    removed_promotion_codes: Sequence[str]
    terms: BookTerms | None = None
    version: str = ""
    chain_version: int = 0
    price_version: int = 0
    promotion_version: int = 0
    next_page_token: str = ""


@dataclass(frozen=True, slots=True)
class _Cursor:
    """How far a reader has come: of which store, with which terms, and the last category, product and promotion.

    It holds no promotion that has not changed since `promotions_from`, so it need not be told to drop one.
    """

    scope: str
    terms: str = ""
    category_version: int = -1
    category_id: int = 0
    product_version: int = -1
    sku_id: int = 0
    promotion_version: int = -1
    promotion_code: str = ""
    promotions_from: int = -1

    def token(self) -> str:
        return token_of(tuple([getattr(self, field.name) for field in fields(self)]))


_KEY: Final[tuple[Any, ...]] = tuple([field.type for field in fields(_Cursor)])


def list_price_book(uow: UnitOfWork, query: ListPriceBook) -> PriceBookPage:
    """A page of the book of a store, or of what has changed in it since a version; it costs what it answers.

    Raises StoreNeeded, UnknownStore, InvalidBookVersion and OtherStoreBook.
    """
    uow.refresh()
    versions = uow.versions()
    store = store_in_scope(uow, query.store_code)
    asked = page(query.page_size, query.page_token, key=_KEY)
    cursor = _cursor(uow, query, store, asked.after, promotions_from=versions.get("promotions", 0))
    room = asked.limit
    categories = uow.catalog.changed_categories(after=(cursor.category_version, cursor.category_id), limit=room + 1)
    more, categories = len(categories) > room, categories[:room]
    if categories:
        last = categories[-1]
        cursor = replace(cursor, category_version=last.changed_version, category_id=last.category_id)
    room -= len(categories)
    products: Sequence[ChangedProduct] = ()
    if not more:
        products = uow.catalog.changed_products(after=(cursor.product_version, cursor.sku_id), limit=room + 1)
        more, products = len(products) > room, products[:room]
    if products:
        cursor = replace(cursor, product_version=products[-1].changed_version, sku_id=products[-1].sku_id)
    room -= len(products)
    promotions: Sequence[ChangedPromotion] = ()
    if not more:
        found = uow.pricing.changed_promotions(after=(cursor.promotion_version, cursor.promotion_code), limit=room + 1)
        promotions = _bounded(found[:room])
        more = len(found) > len(promotions)
    if promotions:
        newest = promotions[-1]
        cursor = replace(cursor, promotion_version=newest.changed_version, promotion_code=newest.promotion.code)
    here, gone = _sorted_out(uow, store, promotions, cursor)
    found_page = PriceBookPage(
        [BookCategory(category.code, category.parent_code) for category in categories],
        _book_products(uow, store, products),
        here,
        gone,
    )
    # What is in memory may be newer than this transaction; the next page is read by one that is as new.
    if more or uow.chain.version != versions.get("chain", 0):
        return replace(found_page, next_page_token=cursor.token())
    terms = _terms(uow, store)
    digest = hashlib.sha256(repr(terms).encode()).hexdigest()[:16]
    return replace(
        found_page,
        terms=terms if digest != cursor.terms else None,
        version=replace(cursor, terms=digest, promotions_from=-1).token(),
        chain_version=uow.chain.version,
        price_version=versions.get("prices", 0),
        promotion_version=versions.get("promotions", 0),
    )


def _cursor(uow: UnitOfWork, query: ListPriceBook, store: Store, after: Key | None, *, promotions_from: int) -> _Cursor:
    # A reader that was told of other lists, taxes and promotions cannot go on with what has changed since.
    scope = f"{store.code} {uow.chain.regions[store.region_id].code} {store.currency}"
    if after is None and query.since_version:
        try:
            after = page(0, query.since_version, key=_KEY).after
        except InvalidPageToken:
            raise InvalidBookVersion(VERSION_FIELD) from None
    if after is None:
        return _Cursor(scope, promotions_from=promotions_from)
    cursor = _Cursor(*after)
    if cursor.scope != scope:
        raise OtherStoreBook("page_token" if query.page_token else VERSION_FIELD)
    return cursor


def _bounded(promotions: Sequence[ChangedPromotion]) -> Sequence[ChangedPromotion]:
    """The first of the promotions, as many as make a page of bearable size."""
    names = 0
    for number, found in enumerate(promotions):
        names += sum([_names(items) for _, items in item_sets(found.promotion, "")])
        names += sum([_names(condition) for _, condition in conditions(found.promotion, "")])
        if names > NAMES_PER_PAGE_MAX and number:
            return promotions[:number]
    return promotions


def _names(terms: ItemSet | Condition) -> int:
    stated = [getattr(terms, field.name) for field in fields(terms)]
    return sum([len(codes) for codes in stated if isinstance(codes, tuple)])


def _sorted_out(
    uow: UnitOfWork, store: Store, promotions: Sequence[ChangedPromotion], cursor: _Cursor
) -> tuple[list[Promotion], list[str]]:
    """The promotions that can be given in the store, and the codes of those that cannot any more."""
    local = uow.now.astimezone(zone(store.time_zone))
    # The small hours belong to the evening before.
    yesterday = local.date() - timedelta(days=1)
    place = uow.chain.place(store.store_id)
    context = context_at(place, at=uow.now, business_date=local.date(), channel="", tier=None)
    here: list[Promotion] = []
    gone: list[str] = []
    for changed in promotions:
        promotion = changed.promotion
        if not promotion.paused and not over_on(promotion, yesterday) and holds_in_store(promotion, context.situation):
            here.append(promotion)
        elif changed.changed_version > cursor.promotions_from:
            gone.append(promotion.code)
    return here, gone


def _book_products(uow: UnitOfWork, store: Store, products: Sequence[ChangedProduct]) -> list[BookProduct]:
    lists = {found.price_list_id: found.code for found in _lists_of(uow, store)}
    prices = uow.pricing.prices_on(list(lists), [found.sku_id for found in products])
    return [
        BookProduct(
            found.product,
            found.unit_decimals,
            [
                BookPrice(
                    lists[price.price_list_id],
                    price.unit_price_minor,
                    price.quantity_from_milli,
                    price.valid_from,
                    price.valid_until,
                    price.minimum_unit_price_minor,
                )
                for price in prices.get(found.sku_id, ())
            ],
        )
        for found in products
    ]


def _lists_of(uow: UnitOfWork, store: Store) -> list[PriceList]:
    """The price lists that can apply in the store, now or at another time."""
    return [
        found
        for found in uow.chain.price_lists.values()
        if found.currency == store.currency
        and found.store_id in (None, store.store_id)
        and found.region_id in (None, store.region_id)
    ]


def _terms(uow: UnitOfWork, store: Store) -> BookTerms:
    chain = uow.chain
    return BookTerms(
        store_code=store.code,
        region_code=chain.regions[store.region_id].code,
        currency=store.currency,
        time_zone=store.time_zone,
        day_cutoff_minutes=store.day_cutoff_minutes,
        settings=[
            BookSetting(name, value)
            for name, value in settings_in_force(
                chain.settings, store_id=store.store_id, region_id=store.region_id
            ).items()
        ],
        price_lists=price_list_entries(chain, _lists_of(uow, store)),
        taxes=tax_entries(chain, [tax for tax in chain.taxes if tax.region_id in (None, store.region_id)]),
        campaigns=_campaigns(uow),
        store_name=store.name,
    )


def _campaigns(uow: UnitOfWork) -> list[BookCampaign]:
    """Those with a period to which some promotion belongs, by code."""
    limited = uow.pricing.promotion_book().limited.promotions.values()
    codes = {one.limits.campaign_code for one in limited if one.limits is not None and one.limits.campaign_code}
    found = uow.promotion_uses.campaigns(codes) if codes else {}
    return [
        BookCampaign(one.code, one.from_date, one.until_date)
        for code, one in sorted(found.items())
        if one.from_date or one.until_date
    ]
