"""Suppliers: their terms, what they deliver at what price, and the days that follow from both."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from domain.shared.errors import Rejected
from domain.shared.money import Rounding, divide

BP: Final = 10_000
EVERY_DAY: Final = (1, 2, 3, 4, 5, 6, 7)


class SupplierBlocked(Rejected):
    en = "Supplier “{supplier_code}” is blocked: they get no orders. Lift it with PutSuppliers, or name another."
    zh = "供应商“{supplier_code}”已冻结，不能订货。请用 PutSuppliers 解除，或选择其他供应商。"


@dataclass(frozen=True, slots=True)
class SupplierContact:
    """Whom to reach at a supplier: personal data, encrypted in storage. Each may be empty."""

    name: str = ""
    phone: str = ""
    email: str = ""


NO_CONTACT: Final = SupplierContact()


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier and their terms; amounts in minor units of `currency`.

    An invoice is due `payment_days` after its date, or after the end of the month of it with `from_month_end`; who pays
    within `discount_days` keeps `discount_bp` of it. Orders are taken on `order_weekdays` and delivered on
    `delivery_weekdays` (ISO, Monday is 1; empty is every day), `lead_days` after the order at the earliest. More than
    ordered is taken up to `over_delivery_bp` of the quantity.
    """

    supplier_id: int
    code: str
    name: str
    currency: str
    payment_days: int = 0
    from_month_end: bool = False
    discount_days: int = 0
    discount_bp: int = 0
    lead_days: int = 0
    order_weekdays: tuple[int, ...] = ()
    delivery_weekdays: tuple[int, ...] = ()
    minimum_order_minor: int = 0
    over_delivery_bp: int = 0
    tax_number: str = ""
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class SupplierProduct:
    """What a supplier delivers as `supplier_sku`: in packs of `pack_milli`, at least `moq_milli` (0 for neither).

    `lead_days` stands before the supplier's own; 0 for none of its own. One supplier of a SKU at most is
    `preferred`.
    """

    supplier_id: int
    sku_id: int
    supplier_sku: str = ""
    pack_milli: int = 0
    moq_milli: int = 0
    lead_days: int = 0
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class QuantityBreak:
    """From this quantity on, all of it costs `price_minor` per price quantity."""

    quantity_from_milli: int
    price_minor: int


@dataclass(frozen=True, slots=True)
class SupplierPrice:
    """What a supplier asks without tax: `price_minor` for `price_quantity_milli`, from a date on.

    Prices are only ever added: on a day the one with the latest `valid_from` counts, of several the one that was added
    last. `breaks` ascend in quantity.
    """

    supplier_id: int
    sku_id: int
    valid_from: date
    price_id: int
    price_minor: int
    price_quantity_milli: int
    breaks: tuple[QuantityBreak, ...]
    recorded_at: datetime


def check_open(supplier: Supplier, *, field: str) -> Supplier:
    """The supplier itself; raises SupplierBlocked."""
    if supplier.blocked:
        raise SupplierBlocked(field, supplier_code=supplier.code)
    return supplier


def cost_minor(price: SupplierPrice, *, quantity_milli: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """What a quantity costs without tax: all of it at the price of the highest break that it reaches."""
    each = price.price_minor
    for step in price.breaks:
        if quantity_milli >= step.quantity_from_milli:
            each = step.price_minor
    return divide(each * quantity_milli, price.price_quantity_milli, rounding)


def packed_milli(product: SupplierProduct, *, quantity_milli: int) -> int:
    """The least that can be ordered to have a quantity above zero: the minimum, in whole packs."""
    wanted = max(quantity_milli, product.moq_milli)
    pack = product.pack_milli
    return -(-wanted // pack) * pack if pack else wanted


def next_order_on(supplier: Supplier, *, on: date) -> date:
    """The first day from `on` on when the supplier takes orders."""
    return _first_of(supplier.order_weekdays, on)


def delivery_on(supplier: Supplier, *, ordered_on: date, product: SupplierProduct | None = None) -> date:
    """The first day of delivery once the lead time of the product, else of the supplier, has passed."""
    lead = (product.lead_days if product else 0) or supplier.lead_days
    return _first_of(supplier.delivery_weekdays, ordered_on + timedelta(days=lead))


def due_on(supplier: Supplier, *, invoiced_on: date) -> date:
    """The last day on which an invoice is paid in time."""
    start = invoiced_on
    if supplier.from_month_end:
        start = start.replace(day=calendar.monthrange(start.year, start.month)[1])
    return start + timedelta(days=supplier.payment_days)


def _first_of(weekdays: Iterable[int], on: date) -> date:
    taken = frozenset(weekdays) or frozenset(EVERY_DAY)
    return next(day for day in (on + timedelta(days=ahead) for ahead in range(7)) if day.isoweekday() in taken)
