"""Writing a version of a purchase order: its lines with their prices, and whether somebody has to approve it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import NamedTwice, at_most, optional_code, optional_date, required_code, within
from application.policies import Policies
from application.ports.kernel import UnitOfWork
from application.ports.purchase_orders import BuyableProduct
from application.ports.suppliers import SupplierOffer
from application.purchasing.purchase_views import PurchaseLineEntry
from application.purchasing.supplier_products import UnknownSku
from application.scope import trading_day
from domain.catalog.quantity import checked_quantity
from domain.identity.organisation import Store
from domain.purchasing.purchase_order import PurchaseOrderLine, PurchaseOrderVersion, VersionCause
from domain.purchasing.purchase_terms import (
    WHOLE_BP,
    NetPrice,
    check_packs,
    needs_approval,
    net_price,
    risen,
    worth_minor,
)
from domain.purchasing.supplier import Supplier, delivery_on, next_order_on
from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, Rounding

LINES_MAX: Final = 500
PRICE_MINOR_MAX: Final = 10**12
PRICE_QUANTITY_MILLI_MAX: Final = 10**9


class NotBought(Rejected):
    en = "“{sku}” is {why}, so it cannot be ordered. Leave the line out."
    zh = "商品“{sku}”{why_zh}，不能订购，请删除该行。"


class NoAgreedPrice(Rejected):
    en = "No price of “{sku}” is agreed with supplier “{supplier_code}”. State price_minor and price_quantity_milli."
    zh = "与供应商“{supplier_code}”没有商品“{sku}”的约定价格。请填写 price_minor 和 price_quantity_milli。"


class AnotherCurrency(Rejected):
    en = (
        "Supplier “{supplier_code}” is paid in {supplier_currency}, store “{store_code}” keeps its books in {currency}."
    )
    zh = "供应商“{supplier_code}”以 {supplier_currency} 结算，门店“{store_code}”以 {currency} 记账，不能下单。"


class ExpectedInThePast(Invalid):
    en = "The goods are expected on {expected}, but today is {today}. Name today or a later date."
    zh = "预计到货日 {expected} 早于今天 {today}，请填写今天或以后的日期。"


class PriceQuantityMissing(Invalid):
    en = "State for how many thousandths price_minor is, in price_quantity_milli: 1000 for one unit."
    zh = "请在 price_quantity_milli 中说明 price_minor 对应的数量（千分之一单位）：1000 表示一个单位。"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Lines that a store wants of a supplier; `field` is the path of what holds them in the request."""

    store: Store
    supplier: Supplier
    lines: Sequence[PurchaseLineEntry]
    field: str

    def at(self, index: int, name: str) -> str:
        """The path of a field of a line."""
        return f"{self.field}lines[{index}].{name}"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the lines of a request depend on: products by SKU, offers by supplier, last prices by who was paid."""

    products: Mapping[str, BuyableProduct]
    offers: Mapping[int, Mapping[int, SupplierOffer]]
    last_prices: Mapping[tuple[str, int | None], Mapping[int, NetPrice]]


def check_lines(lines: Sequence[PurchaseLineEntry], *, field: str) -> None:
    """Refuses what is wrong with lines by themselves, before anything is read."""
    at_most(lines, LINES_MAX, field=f"{field}lines")
    for index, line in enumerate(lines):
        here = f"{field}lines[{index}]"
        required_code(line.sku, field=f"{here}.sku")
        optional_code(line.tax_category, field=f"{here}.tax_category")
        within(line.discount_bp, 0, WHOLE_BP, field=f"{here}.discount_bp")
        within(line.price_minor, 0, PRICE_MINOR_MAX, field=f"{here}.price_minor")
        within(line.price_quantity_milli, 0, PRICE_QUANTITY_MILLI_MAX, field=f"{here}.price_quantity_milli")
        within(line.pack_milli, 0, PRICE_QUANTITY_MILLI_MAX, field=f"{here}.pack_milli")
        within(line.line_number, 0, 2**31 - 1, field=f"{here}.line_number")
        if line.price_minor and not line.price_quantity_milli:
            raise PriceQuantityMissing(f"{here}.price_quantity_milli")


def check_currency(store: Store, supplier: Supplier, *, field: str) -> None:
    """Raises AnotherCurrency."""
    if store.currency != supplier.currency:
        raise AnotherCurrency(
            field, supplier_code=supplier.code, supplier_currency=supplier.currency,
            store_code=store.code, currency=store.currency,
        )  # fmt: skip


def load_terms(uow: UnitOfWork, wanted: Sequence[Wanted]) -> Terms:
    """Reads what all these depend on: one statement for the products, one a supplier, one or two a currency."""
    products = uow.purchase_orders.buyable({line.sku for one in wanted for line in one.lines})
    by_supplier: dict[int, set[int]] = {}
    by_payment: dict[tuple[str, int | None], set[int]] = {}
    days: dict[int, date] = {}
    for one in wanted:
        sku_ids = {products[line.sku].sku_id for line in one.lines if line.sku in products}
        supplier_id = one.supplier.supplier_id
        by_supplier.setdefault(supplier_id, set()).update(sku_ids)
        by_payment.setdefault(_payment(uow, one.store, supplier_id), set()).update(sku_ids)
        days[supplier_id] = max(days.get(supplier_id, date.min), trading_day(uow, one.store))
    return Terms(
        products,
        {supplier_id: uow.suppliers.offers(supplier_id, skus, on=days[supplier_id])
         for supplier_id, skus in sorted(by_supplier.items())},
        {key: uow.purchase_orders.last_prices(skus, currency=key[0], supplier_id=key[1])
         for key, skus in by_payment.items()},
    )  # fmt: skip


def written_lines(
    uow: UnitOfWork,
    wanted: Wanted,
    terms: Terms,
    *,
    order_id: int,
    version: int,
    approved: Mapping[int, NetPrice],
) -> list[PurchaseOrderLine]:
    """The lines as a version holds them, numbered; `approved` has the prices of lines that were approved before.

    Raises UnknownSku, NotBought, NoAgreedPrice, NamedTwice, NotWholePacks and the refusals of quantities.
    """
    store, supplier = wanted.store, wanted.supplier
    policies = uow.chain.policies(store.store_id)
    last_prices = terms.last_prices[_payment(uow, store, supplier.supplier_id)]
    numbers = _line_numbers(wanted)
    lines = []
    for index, entry in enumerate(wanted.lines):
        product = _product(entry, terms, field=wanted.at(index, "sku"))
        offer = terms.offers[supplier.supplier_id].get(product.sku_id)
        quantity = wanted.at(index, "quantity_milli")
        checked_quantity(entry.quantity_milli, unit_decimals=product.unit_decimals, field=quantity)
        pack = entry.pack_milli or (offer.product.pack_milli if offer else 0)
        check_packs(sku=entry.sku, quantity_milli=entry.quantity_milli, pack_milli=pack, field=quantity)
        price_minor, per_milli = _price(entry, offer, supplier, field=wanted.at(index, "price_minor"))
        price = net_price(price_minor=price_minor, price_quantity_milli=per_milli, discount_bp=entry.discount_bp)
        worth = worth_minor(price, entry.quantity_milli, rounding=Rounding(policies.rounding_mode))
        last = last_prices.get(product.sku_id)
        lines.append(
            PurchaseOrderLine(
                order_id, version, numbers[index], product.sku_id, entry.quantity_milli, pack, price_minor, per_milli,
                entry.discount_bp, within(worth, 0, AMOUNT_MINOR_MAX, field=quantity),
                entry.tax_category or product.tax_category,
                last.minor if last else 0, last.quantity_milli if last else 0,
                risen(price, last=last, approved=approved.get(numbers[index]), rise_bp=policies.purchase_price_rise_bp),
            )
        )  # fmt: skip
    return lines


def written_version(
    uow: UnitOfWork,
    lines: Sequence[PurchaseOrderLine],
    *,
    cause: VersionCause,
    expected_on: date,
    policies: Policies,
    approved_minor: int | None,
    field: str,
) -> PurchaseOrderVersion:
    """The version that holds these lines; `approved_minor` is what was approved before, None where nothing was."""
    net_minor = within(sum(line.net_minor for line in lines), 0, AMOUNT_MINOR_MAX, field=field)
    needs = needs_approval(
        lines, net_minor=net_minor, approved_minor=approved_minor, above_minor=policies.purchase_approval_above
    )
    caller = uow.caller
    order_id, version = lines[0].order_id, lines[0].version
    return PurchaseOrderVersion(
        order_id, version, cause, expected_on, net_minor, needs, caller.caller_id, caller.staff_id, uow.now
    )


def expected_on(uow: UnitOfWork, store: Store, supplier: Supplier, text: str, *, field: str) -> date:
    """The date that is named, today or later; else the first on which the supplier delivers what is ordered next.

    Raises InvalidDate and ExpectedInThePast.
    """
    today = trading_day(uow, store)
    named = optional_date(text, field=field)
    if named is None:
        return delivery_on(supplier, ordered_on=next_order_on(supplier, on=today))
    if named < today:
        raise ExpectedInThePast(field, expected=named.isoformat(), today=today.isoformat())
    return named


def _payment(uow: UnitOfWork, store: Store, supplier_id: int) -> tuple[str, int | None]:
    """In which currency, and to whom, the last price was paid that counts in a store."""
    to_anybody = uow.chain.policies(store.store_id).purchase_last_price == "paid"
    return store.currency, None if to_anybody else supplier_id


def _line_numbers(wanted: Wanted) -> list[int]:
    """The number of each line; those without one follow the highest that is named."""
    named = [line.line_number for line in wanted.lines]
    for index, number in enumerate(named):
        if number and number in named[:index]:
            raise NamedTwice(wanted.at(index, "line_number"), code=number)
    following = max(named, default=0)
    numbers = []
    for number in named:
        following += 0 if number else 1
        numbers.append(number or following)
    return numbers


def _product(entry: PurchaseLineEntry, terms: Terms, *, field: str) -> BuyableProduct:
    product = terms.products.get(entry.sku)
    if product is None:
        raise UnknownSku(field, sku=entry.sku)
    if product.blocked:
        raise NotBought(field, sku=entry.sku, why="blocked", why_zh="已停用")
    if product.unstocked:
        raise NotBought(field, sku=entry.sku, why="kept without stock", why_zh="不管理库存")
    return product


def _price(entry: PurchaseLineEntry, offer: SupplierOffer | None, supplier: Supplier, *, field: str) -> tuple[int, int]:
    """The price that is stated, else the one that is agreed for this quantity."""
    if entry.price_quantity_milli:
        return entry.price_minor, entry.price_quantity_milli
    if offer is None or offer.price is None:
        raise NoAgreedPrice(field, sku=entry.sku, supplier_code=supplier.code)
    price_minor = offer.price.price_minor
    for step in offer.price.breaks:
        if entry.quantity_milli >= step.quantity_from_milli:
            price_minor = step.price_minor
    return price_minor, offer.price.price_quantity_milli
