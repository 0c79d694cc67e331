"""A store's price book as a terminal holds it: made of the pages of ListPriceBook, renewed by what has changed."""

import gc
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from adapters.festivals import festivals_near
from application.policies import Policies, policies_of
from application.ports.identity import place_of
from application.pricing.entries import PriceListEntry, TaxEntry
from domain.identity.organisation import Store, StoreStatus
from domain.pricing.conditions import ANYBODY, Buyer, no_festivals
from domain.pricing.limits import Campaign, Limit, LimitLeft
from domain.pricing.plug_in import PlugIn
from domain.pricing.price_book import Article, BookVersion, Context, Place, PriceBook, context_at
from domain.pricing.price_list import Price, PriceList
from domain.pricing.promotion import Promotion
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax
from domain.shared.launch import Launch
from domain.shared.period import business_date, zone
from entrypoints.grpc.codec import EPOCH, decoder
from liansuo.catalog.v1 import catalog_pb2
from liansuo.pricing.v1 import pricing_pb2 as pb2

PAGE_SIZE: Final = 500
PAGES_MAX: Final = 100_000
HERE: Final = 1
"""The id of the store and of its region: a book knows no others."""


class Endless(RuntimeError):
    """The server handed out pages without end."""


@dataclass(frozen=True, slots=True)
class StoreBook:
    """Immutable. The book with the settings of its store; `version` is what to ask for changes since."""

    version: str
    book: PriceBook
    store: Store
    place: Place
    policies: Policies
    names: "Names"
    campaigns: tuple[Campaign, ...] = ()

    def context(self, *, at: datetime, channel: str, tier: str | None, buyer: Buyer = ANYBODY) -> Context:
        """The context of a basket that is bought here; `tier` is the member's, None without one."""
        store = self.store
        on = business_date(at, time_zone=store.time_zone, day_cutoff_minutes=store.day_cutoff_minutes)
        return context_at(
            self.place,
            at=at,
            business_date=on,
            channel=channel,
            tier=tier,
            buyer=buyer,
            festivals=festivals_near if self.book.promotions.asks_festivals else no_festivals,
            limits_left=self._over_or_to_come(at.astimezone(zone(store.time_zone)).date()),
        )

    def _over_or_to_come(self, day: date) -> tuple[LimitLeft, ...]:
        """The promotions whose campaign does not run on this day, as the server tells them."""
        closed = {campaign.code for campaign in self.campaigns if not campaign.runs_on(day.isoformat())}
        if not closed:
            return ()
        limited = self.book.promotions.limited.promotions.values()
        return tuple(
            LimitLeft(one.code, Limit.PERIOD, 0)
            for one in sorted(limited, key=lambda one: one.code)
            if one.limits is not None and one.limits.campaign_code in closed
        )


@dataclass(frozen=True, slots=True)
class Names:
    """Numbers of the book's own in place of codes: of price lists and of categories, with the parent of each."""

    price_lists: Mapping[str, int]
    categories: Mapping[str, int]
    parents: Mapping[str, str]


def fetch(
    ask: Callable[[pb2.ListPriceBookRequest], pb2.ListPriceBookResponse],
    held: StoreBook | None = None,
    *,
    plug_ins: Mapping[str, PlugIn] | None = None,
) -> StoreBook:
    """The book as the server has it now: whole, or what has changed since the one that is held.

    `plug_ins` are the promotion kinds that are installed on the terminal, for a whole book. `ask` calls ListPriceBook;
    what it raises passes through. When the server refuses the version that is held (OtherStoreBook), the whole book is
    to be fetched.
    """
    return build(_pages(ask, held.version if held else ""), held, plug_ins=plug_ins)


def build(
    pages: Iterable[pb2.ListPriceBookResponse],
    held: StoreBook | None = None,
    *,
    plug_ins: Mapping[str, PlugIn] | None = None,
) -> StoreBook:
    """The book of all pages of one reading, on top of the book that is held; that one stays as it was."""
    draft = _Draft(held, plug_ins or {})
    last = None
    for last in pages:
        with _GARBAGE.left_alone():
            draft.take(last)
    if last is None or not last.version:
        raise ValueError("these are not all pages of a reading")
    with _GARBAGE.left_alone():
        return draft.finished(last, held)


class _Garbage:
    """The collector of the process, which several books in the making may ask to wait at once.

    Of half a million objects that all stay, looking for garbage among them again and again is half the work. It waits
    while one page is taken in, some milliseconds, and never while the next page is asked for: whatever else the process
    does meanwhile has its garbage looked for as ever. Whoever has switched it off finds it off.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = 0
        self._was_on = False

    @contextmanager
    def left_alone(self) -> Iterator[None]:
        """The first who asks switches it off; the last one who is done switches it on again, if it was."""
        with self._lock:
            if not self._asking:
                self._was_on = gc.isenabled()
                gc.disable()
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1
                if not self._asking and self._was_on:
                    gc.enable()


_GARBAGE: Final = _Garbage()
"""There is one collector in a process."""


def _pages(
    ask: Callable[[pb2.ListPriceBookRequest], pb2.ListPriceBookResponse], since_version: str
) -> Iterable[pb2.ListPriceBookResponse]:
    token = ""
    for _ in range(PAGES_MAX):
        page = ask(pb2.ListPriceBookRequest(since_version=since_version, page_size=PAGE_SIZE, page_token=token))
        yield page
        token = page.next_page_token
        if not token:
            return
    raise Endless(f"more than {PAGES_MAX} pages")


class _Draft:
    """A book in the making."""

    def __init__(self, held: StoreBook | None, plug_ins: Mapping[str, PlugIn]) -> None:
        self._plug_ins = plug_ins
        self._articles: dict[str, Article] = dict(held.book.articles) if held else {}
        self._price_lists: dict[str, int] = dict(held.names.price_lists) if held else {}
        self._categories: dict[str, int] = dict(held.names.categories) if held else {}
        self._parents: dict[str, str] = dict(held.names.parents) if held else {}
        self._promotions: dict[str, Promotion | None] = {}
        self._tree_changed = held is None

    def take(self, page: pb2.ListPriceBookResponse) -> None:
        for category in page.categories:
            _number(self._categories, category.code)
            self._parents[category.code] = category.parent_code
            self._tree_changed = True
        for found in page.products:
            self._articles[found.product.sku] = article_of(found, self._categories, self._price_lists)
        for promotion in page.promotions:
            self._promotions[promotion.code] = _promotion(promotion)
        for code in page.removed_promotion_codes:
            self._promotions[code] = None

    def finished(self, last: pb2.ListPriceBookResponse, held: StoreBook | None) -> StoreBook:
        before = held.book if held else None
        version = BookVersion(last.chain_version, last.price_version, last.promotion_version)
        promotions = before.promotions if before else PromotionBook((), plug_ins=self._plug_ins)
        put = [promotion for promotion in self._promotions.values() if promotion is not None]
        removed = [code for code, promotion in self._promotions.items() if promotion is None]
        book = PriceBook(
            articles=self._articles,
            category_codes=self._category_codes() if before is None or self._tree_changed else before.category_codes,
            price_lists=before.price_lists if before else {},
            taxes=before.taxes if before else (),
            promotions=promotions.with_changes(put, removed=removed, version=version.promotions),
            version=version,
        )
        if not last.HasField("terms"):
            if held is None:
                raise ValueError("the first book has no terms")
            return replace(held, version=last.version, book=book, names=self._names())
        terms = last.terms
        policies = policies_of({setting.name: setting.value for setting in terms.settings})
        store = Store(
            HERE,
            terms.store_code,
            # A server of before does not tell it.
            terms.store_name or terms.store_code,
            HERE,
            terms.currency,
            terms.time_zone,
            terms.day_cutoff_minutes,
            StoreStatus.OPEN,
        )
        lists = [self._price_list(_price_list_entry(entry)) for entry in terms.price_lists]
        return StoreBook(
            version=last.version,
            book=replace(
                book,
                price_lists={price_list.price_list_id: price_list for price_list in lists},
                taxes=[_tax(number, _tax_entry(entry)) for number, entry in enumerate(terms.taxes, start=1)],
            ),
            store=store,
            place=place_of(store, terms.region_code, policies),
            policies=policies,
            names=self._names(),
            campaigns=tuple(
                [Campaign(one.code, "", terms.currency, one.from_date, one.until_date) for one in terms.campaigns]
            ),
        )

    def _price_list(self, entry: PriceListEntry) -> PriceList:
        return PriceList(
            price_list_id=_number(self._price_lists, entry.code),
            code=entry.code,
            name=entry.name,
            currency=entry.currency,
            includes_tax=entry.includes_tax,
            priority=entry.priority,
            store_id=HERE if entry.store_code else None,
            region_id=HERE if entry.region_code else None,
            channel=entry.channel,
            tier=entry.tier,
            valid_from=entry.valid_from,
            valid_until=entry.valid_until,
        )

    def _category_codes(self) -> dict[int, frozenset[str]]:
        above: dict[str, frozenset[str]] = {"": frozenset()}

        def with_those_above(code: str) -> frozenset[str]:
            if code not in above:
                above[code] = with_those_above(self._parents.get(code, "")) | {code}
            return above[code]

        return {number: with_those_above(code) for code, number in self._categories.items()}

    def _names(self) -> Names:
        return Names(self._price_lists, self._categories, self._parents)


def article_of(found: pb2.BookProduct, categories: dict[str, int], price_lists: dict[str, int]) -> Article:
    """The article of one product of a page; gives a number to a category or price list that has none yet."""
    product = found.product
    return Article(
        product.sku,
        categories.get(product.category_code) or _number(categories, product.category_code),
        product.tax_category,
        tuple([_price(price, price_lists) for price in found.prices]),
        product.brand,
        product.supplier_code,
        tuple(product.tags),
        _launch(product.launch) if product.HasField("launch") else None,
    )


def _price(price: pb2.BookPrice, price_lists: dict[str, int]) -> Price:
    code = price.price_list_code
    return Price(
        price_lists.get(code) or _number(price_lists, code),
        0,
        price.quantity_from_milli,
        _instant(price.valid_from) if price.HasField("valid_from") else None,
        _instant(price.valid_until) if price.HasField("valid_until") else None,
        price.unit_price_minor,
        price.minimum_unit_price_minor,
    )


def _number(numbers: dict[str, int], code: str) -> int:
    return numbers.setdefault(code, len(numbers) + 1)


def _tax(number: int, entry: TaxEntry) -> Tax:
    return Tax(
        number,
        entry.code,
        entry.name,
        entry.tax_category,
        entry.rate_ppm,
        HERE if entry.region_code else None,
        date.fromisoformat(entry.from_date) if entry.from_date else None,
        date.fromisoformat(entry.until_date) if entry.until_date else None,
    )


def _instant(stamp: Any) -> datetime:
    return EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1_000)


_promotion: Final[Callable[[pb2.Promotion], Promotion]] = decoder(Promotion, pb2.Promotion.DESCRIPTOR)
_launch: Final[Callable[[catalog_pb2.Launch], Launch]] = decoder(Launch, catalog_pb2.Launch.DESCRIPTOR)
_price_list_entry: Final = decoder(PriceListEntry, pb2.PriceList.DESCRIPTOR)
_tax_entry: Final = decoder(TaxEntry, pb2.Tax.DESCRIPTOR)
