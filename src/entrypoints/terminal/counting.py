"""Prices a basket on the terminal, by its catalogue: the answer has the form and the amounts of QuoteBasket's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from application.sales.basket import (
    DEFAULT_CHANNEL,
    LINES_MAX,
    NoLines,
    ProductBlocked,
    SkuOrBarcode,
    TooManyLines,
    UnknownBarcode,
    UnknownSku,
)
from application.sales.explanations import explanation
from domain.catalog.barcode import parse
from domain.catalog.quantity import checked_quantity
from domain.pricing.basket import Manual, Named, Override, PricedBasket, PricedLine, TerminalPriced
from domain.pricing.conditions import Buyer
from domain.pricing.gift_lines import gift_lines
from domain.pricing.price_book import BasketToPrice, Item, NoPrice, price_basket
from domain.pricing.price_list import Chosen, choose_price
from domain.shared.errors import Refusal
from domain.shared.money import divide
from entrypoints.terminal.catalogue import Catalogue
from entrypoints.terminal.price_book import HERE, StoreBook
from entrypoints.terminal.selling import WHOLE_UNIT_MILLI, check_keyed_price
from liansuo.catalog.v1 import catalog_pb2
from liansuo.pricing.v1 import pricing_pb2
from liansuo.sales.v1 import sales_pb2 as pb2

BLOCKED: Final = catalog_pb2.PRODUCT_STATUS_BLOCKED


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys, as far as the terminal knows: `tier` is None for a customer without membership."""

    tier: str | None = None
    buyer: Buyer = field(default_factory=Buyer)


def find(catalogue: Catalogue, code: str) -> tuple[pricing_pb2.BookProduct, bool]:
    """The product of what was scanned or keyed, and whether that was a barcode; a SKU may look like one.

    Raises UnknownSku, UnknownBarcode and WrongCheckDigit.
    """
    found = catalogue.product(code)
    if found is not None:
        return found, False
    if not (code.isascii() and code.isdigit() and len(code) in {8, 12, 13}):
        raise UnknownSku("sku", sku=code)
    scanned = parse(code, field="barcode")
    found = catalogue.by_code(scanned.weighed_item_code or scanned.barcode)
    if found is None:
        raise UnknownBarcode("barcode", barcode=code)
    return found, True


def count(
    catalogue: Catalogue,
    basket: pb2.Basket,
    *,
    customer: Customer,
    at: datetime,
    language: str = "en",
    made_already: bool = False,
) -> pb2.QuoteBasketResponse:
    """What the basket comes to now, by the book in force; coupons are not looked at: only the server knows them.

    Raises what QuoteBasket raises for goods, quantities and discounts by hand, with the same fields, and
    CatalogueNotReady.
    """
    if not basket.lines:
        raise NoLines("basket.lines")
    if len(basket.lines) > LINES_MAX:
        raise TooManyLines("basket.lines", count=len(basket.lines), limit=LINES_MAX)
    with catalogue.reading() as held:
        items, names, age = [], [], 0
        channel = basket.channel or DEFAULT_CHANNEL
        for number, line in enumerate(basket.lines):
            try:
                item, name, age_min = _item(catalogue, held, line, channel=channel, at=at)
            except Refusal as refusal:
                raise refusal.at(f"basket.lines[{number}]") from None
            items.append(item)
            names.append(name)
            age = max(age, age_min)
        context = held.context(at=at, channel=channel, tier=customer.tier, buyer=customer.buyer)
        to_price = BasketToPrice(items, _manual(basket.discounts), made_already=made_already)
        try:
            priced = price_basket(to_price, held.book, context)
        except Refusal as refusal:
            raise refusal.at("basket") from None
        answer = _answer(catalogue, held, priced, items, names, language)
        answer.age_to_confirm = 0 if basket.age_confirmed else age
        return answer


def stated(basket: pb2.Basket, counted: pb2.QuoteBasketResponse) -> pb2.Basket:
    """The basket with the prices and gifts that were counted, each line with the terminal's price.

    So the server books what the receipt says, whatever has been changed since. Needs `sales.terminal_pricing`.
    """
    priced = pb2.Basket(
        member_key=basket.member_key,
        channel=basket.channel,
        store_code=basket.store_code,
        currency=basket.currency,
        age_confirmed=basket.age_confirmed,
    )
    for place, line in enumerate(counted.lines):
        # Gifts come after the lines of the basket.
        scanned = basket.lines[place].serial_numbers if place < len(basket.lines) else ()
        off = [
            pb2.NamedDiscount(code=one.code, name=one.name, amount_minor=one.amount_minor)
            for one in line.discounts
            if one.amount_minor > 0
        ]
        # What a terminal states includes tax.
        gross_minor = line.total_minor + sum(one.amount_minor for one in off)
        price = pb2.TerminalPrice(gross_minor=gross_minor, discounts=off)
        priced.lines.add(sku=line.sku, quantity_milli=line.quantity_milli, terminal_price=price, serial_numbers=scanned)
    return priced


def _item(
    catalogue: Catalogue, held: StoreBook, line: pb2.BasketLine, *, channel: str, at: datetime
) -> tuple[Item, str, int]:
    """The line to be priced, as the server resolves it, the name of its product, and the age it is sold from."""
    if bool(line.sku) == bool(line.barcode):
        raise SkuOrBarcode("sku")
    scanned = parse(line.barcode, field="barcode") if line.barcode else None
    found = (
        catalogue.product(line.sku)
        if scanned is None
        else catalogue.by_code(scanned.weighed_item_code or scanned.barcode)
    )
    if found is None:
        raise UnknownBarcode("barcode", barcode=line.barcode) if line.barcode else UnknownSku("sku", sku=line.sku)
    product = found.product
    if product.status == BLOCKED:
        raise ProductBlocked("sku", sku=product.sku)
    quantity_milli, terminal, includes_tax = line.quantity_milli, None, True
    if scanned is not None and scanned.value is not None and not product.weighed_by_price:
        quantity_milli = quantity_milli or scanned.value
    elif scanned is not None and scanned.value is not None:
        # The scale has priced the item at the list price: the weight follows from it.
        chosen = _scale_price(held, product.sku, channel=channel, at=at)
        if chosen.list_price_minor and not quantity_milli:
            quantity_milli = divide(scanned.value * WHOLE_UNIT_MILLI, chosen.list_price_minor)
        terminal, includes_tax = TerminalPriced(scanned.value, ()), chosen.price_list.includes_tax
    if line.HasField("terminal_price"):
        named = [Named(one.code, one.name, one.amount_minor) for one in line.terminal_price.discounts]
        terminal, includes_tax = TerminalPriced(line.terminal_price.gross_minor, tuple(named)), True
    check_keyed_price(line, product)
    checked_quantity(quantity_milli, unit_decimals=found.unit_decimals, field="quantity_milli")
    override = None
    if line.HasField("price_override"):
        override = Override(line.price_override.unit_price_minor, line.price_override.reason)
    stated_here = line.HasField("terminal_price")
    item = Item(
        product.sku, quantity_milli, terminal, _manual(line.discounts), includes_tax,
        override=override, stated=stated_here, open_price_minor=line.open_price_minor,
    )  # fmt: skip
    return item, product.name, product.selling.age_min


def _scale_price(held: StoreBook, sku: str, *, channel: str, at: datetime) -> Chosen:
    """The price that scales are fed: of the smallest quantity, for everybody."""
    chosen = choose_price(
        held.book.articles[sku].prices,
        held.book.price_lists,
        store_id=HERE,
        region_id=HERE,
        channel=channel,
        tier="",
        currency=held.store.currency,
        quantity_milli=0,
        at=at,
    )
    if chosen is None:
        raise NoPrice("sku", sku=sku, currency=held.store.currency)
    return chosen


def _manual(discounts: Iterable[pb2.ManualDiscount]) -> tuple[Manual, ...]:
    return tuple([Manual(one.reason, one.rate_bp, one.amount_minor) for one in discounts])


def _answer(
    catalogue: Catalogue,
    held: StoreBook,
    priced: PricedBasket,
    items: Sequence[Item],
    names: Sequence[str],
    language: str,
) -> pb2.QuoteBasketResponse:
    answer = pb2.QuoteBasketResponse(
        gross_minor=priced.gross_minor,
        discount_minor=priced.discount_minor,
        net_minor=priced.net_minor,
        tax_minor=priced.tax_minor,
        total_minor=priced.total_minor,
        currency=held.store.currency,
        price_version=held.book.version.prices,
    )
    for item, name, line in zip(items, names, priced.lines, strict=True):
        answer.lines.append(_line(line, sku=item.sku, name=name, quantity_milli=item.quantity_milli))
    for gift in gift_lines(priced):
        given = catalogue.product(gift.sku)
        name = given.product.name if given is not None else gift.sku
        shown = _line(gift.priced, sku=gift.sku, name=name, quantity_milli=gift.quantity_milli)
        shown.gift_promotion_code = gift.promotion_code
        answer.lines.append(shown)
    for one in priced.considered:
        answer.promotions.add(
            code=one.code,
            name=one.name,
            stage=one.stage,
            applied=one.applied,
            discount_minor=one.off_minor,
            base_minor=one.base_minor,
            reason=one.unmet or "",
            missing_quantity_milli=one.missing_quantity_milli,
            missing_amount_minor=one.missing_amount_minor,
            beaten_by=one.beaten_by,
            explanation=explanation(one, language=language),
        )
    return answer


def _line(line: PricedLine, *, sku: str, name: str, quantity_milli: int) -> pb2.SaleLine:
    shown = pb2.SaleLine(
        line_number=line.line_number,
        sku=sku,
        name=name,
        quantity_milli=quantity_milli,
        unit_price_minor=line.unit_price_minor,
        gross_minor=line.gross_minor,
        discount_minor=line.discount_minor,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
        total_minor=line.total_minor,
    )
    for off in line.discounts:
        shown.discounts.add(code=off.code, name=off.name, amount_minor=off.amount_minor, base_minor=off.base_minor)
    for tax in line.taxes:
        shown.taxes.add(code=tax.code, rate_ppm=tax.rate_ppm, base_minor=tax.base_minor, tax_minor=tax.tax_minor)
    return shown
