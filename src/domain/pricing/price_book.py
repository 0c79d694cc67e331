"""All that the price of a basket depends on; the server, a terminal and a test price by it alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

from domain.pricing.basket import (
    LineRequest,
    Manual,
    Override,
    PricedBasket,
    StaffPurchase,
    TerminalPriced,
    price_lines,
)
from domain.pricing.by_hand import floor_of_line
from domain.pricing.conditions import ANYBODY, Buyer, Festivals, days_after_birthday, no_festivals
from domain.pricing.limits import LimitLeft
from domain.pricing.price_list import Chosen, Price, PriceList, choose_price
from domain.pricing.promoting import Considered, Promoting, Stacking
from domain.pricing.promotion import Situation
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax, TaxRounding, taxes_for
from domain.shared.errors import Rejected
from domain.shared.launch import Launch
from domain.shared.money import Rounding
from domain.shared.period import zone


class NotYetForSale(Rejected):
    en = "“{sku}” is sold to this customer from {sale_from} on. Sell it then."
    zh = "商品“{sku}”自 {sale_from} 起方可售予该顾客，请届时再售。"


class NoPrice(Rejected):
    en = "“{sku}” has no price in {currency} in this store. Set one in a price list."
    zh = "商品“{sku}”在本店没有 {currency} 价格，请在价格表中设置。"


@dataclass(frozen=True, slots=True)
class Article:
    """What a price depends on of the goods that are sold under one SKU; `prices` are those on all lists."""

    sku: str
    category_id: int
    tax_category: str
    prices: Sequence[Price]
    brand: str = ""
    supplier_code: str = ""
    tags: tuple[str, ...] = ()
    launch: Launch | None = None


@dataclass(slots=True)
class Item:
    """A line of a basket: so much of one SKU.

    With `terminal`, the terminal, or the scale that printed the label, has priced it; `includes_tax` tells whether that
    price does, `stated` whether the terminal made it up itself. `manual` are discounts given by hand, `override` is a
    price named by a person, `open_price_minor` one that is keyed in for goods without a price, tax included, else 0.
    `cost_minor` is what the goods cost, where that is a floor, else 0.
    """

    sku: str
    quantity_milli: int
    terminal: TerminalPriced | None
    manual: tuple[Manual, ...]
    includes_tax: bool
    override: Override | None = field(default=None, kw_only=True)
    open_price_minor: int = field(default=0, kw_only=True)
    stated: bool = field(default=False, kw_only=True)
    cost_minor: int = field(default=0, kw_only=True)


@dataclass(slots=True)
class Promised:
    """What a quote has promised: by line its price, None where the terminal priced it, and the promotions applied."""

    prices: Sequence[Chosen | None]
    applied: Sequence[Considered]


@dataclass(slots=True)
class BasketToPrice:
    """Lines in their order, the discounts given by hand on all of them, and what was promised, if anything was.

    The floors of what was promised have been looked at then. A sale that was made without connection is `made_already`:
    what should not have been sold yet has a price too. `certificate` is that of a buyer who pays no taxes,
    `staff` who of the staff buys, if anybody does.
    """

    lines: Sequence[Item]
    discounts: Sequence[Manual] = ()
    promised: Promised | None = None
    made_already: bool = False
    certificate: str = ""
    staff: StaffPurchase | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A store as far as prices depend on it, with its settings: promotions know it by codes, price lists by ids.

    `minimum_prices` tells whether the minimum that stands beside a price is a floor.
    """

    store_id: int
    region_id: int
    store_code: str
    region_code: str
    currency: str
    time_zone: str
    stacking: Stacking
    tax_rounding: TaxRounding
    rounding: Rounding
    minimum_prices: bool = True


@dataclass(slots=True)
class Context:
    """Where, when and for whom a basket is priced; taxes go by the `business_date`."""

    place: Place
    situation: Situation
    at: datetime
    business_date: date


class BookVersion(NamedTuple):
    """Each number grows with what it counts; prices are those of products, with all that belongs to them."""

    chain: int
    prices: int
    promotions: int


NO_VERSION: Final = BookVersion(0, 0, 0)
"""Of a book that was made for the occasion."""


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Immutable; what changes makes a new one.

    `articles` are by SKU: all of a chain in a terminal, those that the baskets at hand name in the server, which reads
    products when somebody asks for them. `category_codes` has, by category, its code and those of the ones above it.
    """

    articles: Mapping[str, Article]
    category_codes: Mapping[int, frozenset[str]]
    price_lists: Mapping[int, PriceList]
    taxes: Sequence[Tax]
    promotions: PromotionBook
    version: BookVersion = NO_VERSION
    _taxes_known: dict[tuple[str, int, date], tuple[Tax, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def taxes_on(self, tax_category: str, *, region_id: int, on: date) -> tuple[Tax, ...]:
        """The taxes of `tax_category` that hold in the region on the business date `on`, worked out once."""
        key = (tax_category, region_id, on)
        found = self._taxes_known.get(key)
        if found is None:
            found = taxes_for(self.taxes, tax_category=tax_category, region_id=region_id, on=on)
            self._taxes_known[key] = found
        return found


def context_at(
    place: Place,
    *,
    at: datetime,
    business_date: date,
    channel: str,
    tier: str | None,
    buyer: Buyer = ANYBODY,
    festivals: Festivals = no_festivals,
    gifts_left: tuple[tuple[str, int], ...] = (),
    coupon_batches: tuple[str, ...] = (),
    limits_left: tuple[LimitLeft, ...] = (),
) -> Context:
    """The context of a basket bought at an instant; `tier` is the member's, None where nobody has shown to be one.

    `gifts_left`, `coupon_batches` and `limits_left` as in Situation; limits that are not named have not been drawn on.
    """
    local = at.astimezone(zone(place.time_zone))
    on = local.date()
    situation = Situation(
        place.store_code,
        place.region_code,
        channel,
        place.currency,
        tier or "",
        tier is not None,
        on,
        local.hour * 60 + local.minute,
        buyer.member_number,
        buyer.segments,
        buyer.visit_number,
        days_after_birthday(buyer.birthday, on),
        buyer.payment_kinds,
        festivals(on),
        gifts_left,
        coupon_batches,
        limits_left,
    )
    return Context(place, situation, at, business_date)


def price_basket(basket: BasketToPrice, book: PriceBook, context: Context) -> PricedBasket:
    """The price of every line by the book, with what became of every promotion; the same answer wherever it runs.

    Chooses the price, then takes off promotions and discounts by hand, then takes taxes out or adds them. The articles
    of all lines stand in the book. Raises NotYetForSale, NoPrice and what `price_lines` raises; fields count from zero.
    """
    place, situation, at, promised = context.place, context.situation, context.at, basket.promised
    channel, tier, currency = situation.channel, situation.tier, situation.currency
    articles, category_codes, price_lists = book.articles, book.category_codes, book.price_lists
    taxes: dict[str, tuple[Tax, ...]] = {}
    requests = []
    for index, line in enumerate(basket.lines):
        article = articles[line.sku]
        if article.launch is not None and not basket.made_already:
            refuse_before_launch(article.sku, article.launch, context, field=f"lines[{index}].sku")
        line_taxes = taxes.get(article.tax_category)
        if line_taxes is None:
            line_taxes = book.taxes_on(article.tax_category, region_id=place.region_id, on=context.business_date)
            taxes[article.tax_category] = line_taxes
        if line.terminal is not None:
            requests.append(_priced_already(line, line_taxes, article, book, context, number=index + 1))
            continue
        chosen = promised.prices[index] if promised is not None else keyed_in(line.open_price_minor)
        if chosen is None:
            chosen = choose_price(
                article.prices,
                price_lists,
                store_id=place.store_id,
                region_id=place.region_id,
                channel=channel,
                tier=tier,
                currency=currency,
                quantity_milli=line.quantity_milli,
                at=at,
            )
        if chosen is None:
            raise NoPrice(f"lines[{index}].sku", sku=line.sku, currency=currency)
        price_list = chosen.price_list
        floor = _floor(line, chosen, line_taxes, context) if chosen.minimum_unit_price_minor or line.cost_minor else 0
        requests.append(
            LineRequest(
                index + 1,
                line.quantity_milli,
                chosen.price.unit_price_minor,
                chosen.list_price_minor,
                price_list.code,
                price_list.name,
                price_list.includes_tax,
                line_taxes,
                line.manual,
                None,
                article.sku,
                category_codes[article.category_id],
                article.brand,
                article.supplier_code,
                article.tags,
                chosen.beaten,
                line.override,
                floor,
            )
        )
    return price_lines(
        requests,
        basket_discounts=basket.discounts,
        tax_rounding=place.tax_rounding,
        rounding=place.rounding,
        promoting=Promoting(book.promotions, situation, place.stacking) if book.promotions else None,
        promised=promised.applied if promised is not None else None,
        certificate=basket.certificate, staff=basket.staff,
    )  # fmt: skip


def keyed_in(unit_price_minor: int) -> Chosen | None:
    """A price that stands on no list and includes the taxes, as what customers are told does; None for 0."""
    if not unit_price_minor:
        return None
    return Chosen(Price(0, 0, 0, None, None, unit_price_minor), _KEYED_IN, unit_price_minor, ())


_KEYED_IN: Final = PriceList(0, "", "", "", True, 0, None, None, "", "", None, None)  # noqa: FBT003


def refuse_before_launch(sku: str, launch: Launch, context: Context, *, field: str) -> None:
    """Raises NotYetForSale, which tells by the store's clock from when on this customer may buy."""
    begins_at = launch.begins_for(context.situation.tier)
    if context.at < begins_at:
        local = begins_at.astimezone(zone(context.place.time_zone))
        raise NotYetForSale(field, sku=sku, sale_from=local.isoformat(sep=" "))


def _priced_already(
    line: Item, taxes: tuple[Tax, ...], article: Article, book: PriceBook, context: Context, *, number: int
) -> LineRequest:
    """A line that keeps the price of the terminal or a scale; only what the terminal made up itself has a floor."""
    place, situation = context.place, context.situation
    chosen = None
    if line.stated and any(price.minimum_unit_price_minor for price in article.prices):
        chosen = choose_price(
            article.prices,
            book.price_lists,
            store_id=place.store_id,
            region_id=place.region_id,
            channel=situation.channel,
            tier=situation.tier,
            currency=situation.currency,
            quantity_milli=line.quantity_milli,
            at=context.at,
        )
    floor = _floor(line, chosen, taxes, context) if line.stated and (chosen or line.cost_minor) else 0
    request = LineRequest(
        number, line.quantity_milli, 0, 0, "", "", line.includes_tax, taxes, line.manual, line.terminal,
        article.sku, override=line.override, floor_minor=floor,
    )  # fmt: skip
    if book.promotions.points:
        # Points are given for goods, whoever has priced them.
        request.categories, request.tags = book.category_codes[article.category_id], article.tags
        request.brand, request.supplier_code = article.brand, article.supplier_code
    return request


def _floor(line: Item, chosen: Chosen | None, taxes: Sequence[Tax], context: Context) -> int:
    """The least value of the line; `chosen` is the price that applies, None where there is none."""
    with_tax = chosen is None or chosen.price_list.includes_tax
    return floor_of_line(
        minimum_unit_price_minor=chosen.minimum_unit_price_minor if chosen and context.place.minimum_prices else 0,
        minimum_includes_tax=with_tax,
        cost_minor=line.cost_minor,
        quantity_milli=line.quantity_milli,
        price_includes_tax=with_tax if line.terminal is None else line.includes_tax,
        rate_ppm=sum([tax.rate_ppm for tax in taxes]),
    )
