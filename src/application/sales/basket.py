"""Baskets as terminals send them, and what resolving and pricing one takes.

`resolve` needs the catalogue only; `price` needs the member's tier too, which is known once the batch is loaded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from application.coupon_ledger import checked_codes, checked_hold_id
from application.fields import TooMany, optional_code, optional_name, within
from application.policies import Policies
from application.ports.identity import Chain
from application.ports.pricing import PricedProduct, PricedProducts
from application.sales.buying import Buying, check_payment_kinds
from application.sales.exempting import ExemptBuyer, checked_buyer
from application.sales.selling_terms import check_open_price, check_scanned
from application.sales.staff_buying import StaffBuyer, staff_buyer
from domain.catalog.barcode import parse
from domain.catalog.product import ProductStatus
from domain.catalog.quantity import checked_quantity
from domain.identity.organisation import Caller, Store, StoreStatus
from domain.pricing.basket import Manual, Named, Override, PricedBasket, TerminalPriced
from domain.pricing.conditions import no_festivals
from domain.pricing.limits import LimitLeft
from domain.pricing.price_book import (
    BasketToPrice,
    BookVersion,
    Item,
    NoPrice,
    PriceBook,
    Promised,
    context_at,
    price_basket,
)
from domain.pricing.price_list import Chosen, choose_price
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.upgrading import price_with_upgrade
from domain.sales.sale import TenderKind
from domain.shared.errors import Forbidden, Invalid, NotFound, Refusal, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, divide

LINES_MAX = 500
DISCOUNTS_MAX = 20
CHANNEL_LENGTH_MAX = 32
DEFAULT_CHANNEL = "store"


class NoLines(Invalid):
    en = "The basket has no lines. Send at least one."
    zh = "购物篮没有商品行，请至少提供一行。"


class TooManyLines(Invalid):
    en = "The basket has {count} lines; at most {limit} are allowed. Split it into several sales."
    zh = "购物篮有 {count} 行，最多 {limit} 行。请拆分为多笔销售。"


class SkuOrBarcode(Invalid):
    en = "Give either the SKU or the barcode of the line, and only one of them."
    zh = "每行必须且只能填写 SKU 或条码之一。"


class UnknownSku(NotFound):
    en = "There is no product with SKU “{sku}”."
    zh = "没有 SKU 为“{sku}”的商品。"


class UnknownBarcode(NotFound):
    en = "There is no product with barcode “{barcode}”."
    zh = "没有条码为“{barcode}”的商品。"


class ProductBlocked(Rejected):
    en = "“{sku}” is blocked and cannot be sold."
    zh = "商品“{sku}”已停售。"


class AmountOnlyNeedsTerminalPrice(Invalid):
    en = "An amount-only line needs a terminal price and quantity 0."
    zh = "仅金额行必须带终端价格且数量为 0。"


class ForeignStore(Forbidden):
    en = "This caller may not sell in store “{store_code}”."
    zh = "当前调用方不能在门店“{store_code}”销售。"


class StoreRequired(Invalid):
    en = "Name the selling store: this caller is not bound to one."
    zh = "请指定销售门店：当前调用方未绑定门店。"


class StoreClosed(Rejected):
    en = "Store “{store_code}” is closed and takes no sales."
    zh = "门店“{store_code}”已关闭，不能销售。"


class WrongCurrency(Invalid):
    en = "Store “{store_code}” sells in {expected}, not in {currency}."
    zh = "门店“{store_code}”使用 {expected}，不是 {currency}。"


class InvalidChannel(Invalid):
    en = "A channel is a short name of letters, digits, “_” and “-”, at most {limit} characters."
    zh = "渠道名只能包含字母、数字、“_”和“-”，最多 {limit} 个字符。"


class PermissionNeeded(Forbidden):
    en = "This needs the permission “{permission}”. Ask someone who holds it to sign in on this terminal."
    zh = "此操作需要权限“{permission}”。请由有权限的人员在本终端登录。"


@dataclass(frozen=True, slots=True)
class TerminalPrice:
    gross_minor: int
    discounts: tuple[Named, ...] = ()


@dataclass(slots=True)
class BasketLine:
    """A line as it is sent; not frozen, which would triple the cost of making one, and every basket has many."""

    sku: str = ""
    barcode: str = ""
    quantity_milli: int = 0
    discounts: tuple[Manual, ...] = ()
    terminal_price: TerminalPrice | None = None
    amount_only: bool = False
    price_override: Override | None = None
    open_price_minor: int = 0
    serial_numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Basket:
    lines: tuple[BasketLine, ...]
    member_key: str = ""
    channel: str = ""
    discounts: tuple[Manual, ...] = ()
    currency: str = ""
    store_code: str = ""
    payment_kinds: tuple[TenderKind, ...] = ()
    coupon_codes: tuple[str, ...] = field(default=(), repr=False)
    coupon_hold_id: str = ""
    age_confirmed: bool = False
    tax_exemption: ExemptBuyer | None = None
    staff_buyer_code: str = ""


@dataclass(slots=True)
class ResolvedLine(Item):
    """A line with its product; a terminal's price includes tax, a scale's as the price list that it was fed from.

    A gift names the promotion that gives it.
    """

    product: PricedProduct
    gift_promotion_code: str = ""
    serial_numbers: tuple[str, ...] = ()


@dataclass(slots=True)
class ResolvedBasket:
    """A basket whose store and products are known. `stock_milli` is what it takes from stock, by SKU id.

    `gifts` are the products that it may be given, by SKU in their order. `by_hand` tells whether a person gave
    discounts, named prices, an exemption, or sells to themselves. `times_cards` are the positions of lines that bring
    uses, `asked` of those for which the till has to ask something.
    """

    store: Store
    policies: Policies
    channel: str
    member_key: str
    lines: list[ResolvedLine]
    discounts: tuple[Manual, ...]
    stock_milli: dict[int, int] = field(default_factory=dict)
    gifts: dict[str, PricedProduct] = field(default_factory=dict)
    coupon_codes: tuple[str, ...] = ()
    coupon_hold_id: str = ""
    by_hand: bool = False
    times_cards: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    tax_exemption: ExemptBuyer | None = None
    staff_buyer: StaffBuyer | None = None


def codes_of(baskets: Sequence[Basket]) -> tuple[set[str], set[str], set[str]]:
    """SKUs, barcodes and weighed-item codes that the baskets name; malformed barcodes are left to `resolve`."""
    skus: set[str] = set()
    barcodes: set[str] = set()
    weighed: set[str] = set()
    for basket in baskets:
        for line in basket.lines[:LINES_MAX]:
            if line.sku.isprintable() and line.sku:
                skus.add(line.sku)
            elif line.barcode:
                try:
                    scanned = parse(line.barcode, field="barcode")
                except Invalid:
                    continue
                if scanned.weighed_item_code:
                    weighed.add(scanned.weighed_item_code)
                else:
                    barcodes.add(scanned.barcode)
    return skus, barcodes, weighed


def resolve(basket: Basket, *, caller: Caller, chain: Chain, products: PricedProducts, at: datetime) -> ResolvedBasket:
    """The basket with its store and products; raises the refusal that names the first field at fault."""
    store = selling_store(basket, caller=caller, chain=chain)
    channel = basket.channel or DEFAULT_CHANNEL
    if len(channel) > CHANNEL_LENGTH_MAX or not channel.replace("_", "").replace("-", "").isalnum():
        raise InvalidChannel("channel", limit=CHANNEL_LENGTH_MAX)
    if not basket.lines:
        raise NoLines("lines")
    if len(basket.lines) > LINES_MAX:
        raise TooManyLines("lines", count=len(basket.lines), limit=LINES_MAX)
    if basket.discounts and not caller.may("sales.manual_discount"):
        raise PermissionNeeded("discounts", permission="sales.manual_discount")
    _check_reasons(basket.discounts, "discounts")
    if basket.payment_kinds:
        check_payment_kinds(basket.payment_kinds)
    resolved = ResolvedBasket(
        store=store,
        policies=chain.policies(store.store_id),
        channel=channel,
        member_key=basket.member_key,
        lines=[],
        discounts=basket.discounts,
        by_hand=bool(basket.discounts),
    )
    if basket.tax_exemption is not None:
        resolved.tax_exemption = checked_buyer(basket.tax_exemption, field="tax_exemption")
        resolved.by_hand = True
    if basket.staff_buyer_code:
        resolved.staff_buyer = staff_buyer(
            basket.staff_buyer_code, chain=chain, caller=caller, policies=resolved.policies
        )
        resolved.by_hand = resolved.by_hand or resolved.staff_buyer.own
    if basket.coupon_codes:
        resolved.coupon_codes = checked_codes(basket.coupon_codes, field="coupon_codes")
        if basket.coupon_hold_id:
            resolved.coupon_hold_id = checked_hold_id(basket.coupon_hold_id, field="coupon_hold_id")
    may_price = caller.may("sales.terminal_pricing")
    may_discount = caller.may("sales.manual_discount")
    for index, line in enumerate(basket.lines):
        if line.terminal_price is not None and not may_price:
            raise PermissionNeeded(f"lines[{index}].terminal_price", permission="sales.terminal_pricing")
        if line.discounts and not may_discount:
            raise PermissionNeeded(f"lines[{index}].discounts", permission="sales.manual_discount")
        if line.price_override is not None and not caller.may("sales.price_override"):
            raise PermissionNeeded(f"lines[{index}].price_override", permission="sales.price_override")
        if line.discounts or line.price_override is not None:
            resolved.by_hand = True
        try:
            found = _resolve_line(resolved, line, chain=chain, products=products, at=at)
        except Refusal as refusal:
            raise refusal.at(f"lines[{index}]") from None
        resolved.lines.append(found)
        if found.product.product.times_card is not None:
            resolved.times_cards.append(index)
        if found.product.product.selling is not None:
            resolved.asked.append(index)
        for sku_id, quantity_milli in found.product.product.takes(found.quantity_milli):
            resolved.stock_milli[sku_id] = resolved.stock_milli.get(sku_id, 0) + quantity_milli
    return resolved


def selling_store(basket: Basket, *, caller: Caller, chain: Chain) -> Store:
    """The open store in which `caller` sells: a terminal's own, or the one in its scope that a service names."""
    if basket.store_code:
        store_id = chain.store_ids.get(basket.store_code)
        foreign = store_id is None or not caller.sees(store_id)
        if foreign or (caller.store_id is not None and store_id != caller.store_id):
            raise ForeignStore("store_code", store_code=basket.store_code)
    else:
        store_id = caller.store_id
    if store_id is None:
        raise StoreRequired("store_code")
    store = chain.stores[store_id]
    if store.status is not StoreStatus.OPEN:
        raise StoreClosed("store_code", store_code=store.code)
    if basket.currency and basket.currency != store.currency:
        raise WrongCurrency("currency", store_code=store.code, expected=store.currency, currency=basket.currency)
    return store


def _resolve_line(
    basket: ResolvedBasket, line: BasketLine, *, chain: Chain, products: PricedProducts, at: datetime
) -> ResolvedLine:
    """The line with its product; refusals name the field inside the line."""
    found, scanned = _product_of(line, products)
    product = found.product
    if product.status is not ProductStatus.ACTIVE:
        raise ProductBlocked("sku", sku=product.sku)
    quantity_milli = line.quantity_milli
    terminal = None
    includes_tax = True
    if scanned is not None and not product.weighed_by_price:
        # Grams in the barcode are thousandths of the kilogram that such a product is sold by.
        quantity_milli = quantity_milli or scanned
    elif scanned is not None:
        # The scale has priced the item at the list price: the weight follows from it.
        chosen = _scale_price(basket, found, chain=chain, at=at)
        if chosen.list_price_minor and not quantity_milli:
            quantity_milli = divide(scanned * 1000, chosen.list_price_minor)
        terminal = TerminalPriced(scanned, ())
        includes_tax = chosen.price_list.includes_tax
    if line.discounts:
        _check_reasons(line.discounts, "discounts")
    if line.terminal_price is not None:
        terminal = _terminal_priced(line.terminal_price, "terminal_price")
        includes_tax = True
    if line.amount_only:
        if line.terminal_price is None or quantity_milli:
            raise AmountOnlyNeedsTerminalPrice("amount_only")
    else:
        checked_quantity(quantity_milli, unit_decimals=found.unit_decimals, field="quantity_milli")
    if line.price_override is not None:
        optional_name(line.price_override.reason, field="price_override.reason")
        within(line.price_override.unit_price_minor, 0, AMOUNT_MINOR_MAX, field="price_override.unit_price_minor")
    if line.serial_numbers:
        check_scanned(line.serial_numbers, product)
    if line.open_price_minor or product.selling is not None:
        check_open_price(line.open_price_minor, product, priced_otherwise=terminal or line.price_override)
    return ResolvedLine(
        product.sku, quantity_milli, terminal, line.discounts, includes_tax, found,
        override=line.price_override, stated=line.terminal_price is not None, open_price_minor=line.open_price_minor,
        serial_numbers=line.serial_numbers,
    )  # fmt: skip


def _check_reasons(discounts: Sequence[Manual], field: str) -> None:
    if len(discounts) > DISCOUNTS_MAX:
        raise TooMany(field, count=len(discounts), count_max=DISCOUNTS_MAX)
    for index, discount in enumerate(discounts):
        optional_name(discount.reason, field=f"{field}[{index}].reason")


def _terminal_priced(price: TerminalPrice, field: str) -> TerminalPriced:
    if len(price.discounts) > DISCOUNTS_MAX:
        raise TooMany(f"{field}.discounts", count=len(price.discounts), count_max=DISCOUNTS_MAX)
    for index, discount in enumerate(price.discounts):
        optional_code(discount.code, field=f"{field}.discounts[{index}].code")
        optional_name(discount.name, field=f"{field}.discounts[{index}].name")
    return TerminalPriced(price.gross_minor, price.discounts)


def _product_of(line: BasketLine, products: PricedProducts) -> tuple[PricedProduct, int | None]:
    """The product of a line, and the five digits that a weighed-item barcode carries for it."""
    if bool(line.sku) == bool(line.barcode):
        raise SkuOrBarcode("sku")
    if line.sku:
        found = products.by_sku.get(line.sku)
        if found is None:
            raise UnknownSku("sku", sku=line.sku)
        return found, None
    scanned = parse(line.barcode, field="barcode")
    if scanned.weighed_item_code:
        found = products.by_weighed_item_code.get(scanned.weighed_item_code)
    else:
        found = products.by_barcode.get(scanned.barcode)
    if found is None:
        raise UnknownBarcode("barcode", barcode=line.barcode)
    return found, scanned.value if scanned.weighed_item_code else None


def price_book_of(products: PricedProducts, *, chain: Chain, promotions: PromotionBook) -> PriceBook:
    """The price book of a batch: the chain's, with the products that its baskets name."""
    articles = {sku: found.article for sku, found in products.by_sku.items()}
    for by_code in (products.by_barcode, products.by_weighed_item_code):
        articles |= {found.product.sku: found.article for found in by_code.values()}
    version = BookVersion(chain.version, products.version, promotions.version)
    return PriceBook(articles, chain.category_codes, chain.price_lists, chain.taxes, promotions, version)


def price(
    basket: ResolvedBasket,
    *,
    chain: Chain,
    book: PriceBook,
    buying: Buying,
    business_date: date,
    at: datetime,
    gifts_left: tuple[tuple[str, int], ...] = (),
    coupon_batches: tuple[str, ...] = (),
    limits_left: tuple[LimitLeft, ...] = (),
    promised: Promised | None = None,
    reached: Callable[[int], str] | None = None,
    made_already: bool = False,
) -> PricedBasket:
    """Prices a resolved basket at an instant; refuses as `price_basket` does.

    `gifts_left`, `coupon_batches` and `limits_left` as in Situation. With `promised` the prices and promotions are
    those of a quote; with `reached` a total that is enough for a higher tier is priced by it, as in
    `price_with_upgrade`. A sale that is `made_already` is priced whatever may not be sold yet.
    """
    member = buying.member
    context = context_at(
        chain.place(basket.store.store_id),
        at=at,
        business_date=business_date,
        channel=basket.channel,
        tier=member.tier if member is not None else None,
        buyer=buying.buyer(),
        festivals=buying.festivals if book.promotions.asks_festivals else no_festivals,
        gifts_left=gifts_left,
        coupon_batches=coupon_batches,
        limits_left=limits_left,
    )
    to_price = BasketToPrice(basket.lines, basket.discounts, promised, made_already)
    if basket.tax_exemption is not None:
        to_price.certificate = basket.tax_exemption.certificate
    if basket.staff_buyer is not None:
        to_price.staff = basket.staff_buyer.purchase
    if reached is not None:
        return price_with_upgrade(to_price, book, context, reached=reached)
    return price_basket(to_price, book, context)


def _scale_price(basket: ResolvedBasket, product: PricedProduct, *, chain: Chain, at: datetime) -> Chosen:
    """The price that scales are fed: of the smallest quantity, for everybody."""
    store = basket.store
    chosen = choose_price(
        product.prices,
        chain.price_lists,
        store_id=store.store_id,
        region_id=store.region_id,
        channel=basket.channel,
        tier="",
        currency=store.currency,
        quantity_milli=0,
        at=at,
    )
    if chosen is None:
        raise NoPrice("sku", sku=product.product.sku, currency=store.currency)
    return chosen
