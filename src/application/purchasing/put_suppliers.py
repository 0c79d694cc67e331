"""Head office keeps the file of suppliers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.fields import (
    at_most,
    named_once,
    optional_code,
    optional_name,
    required_code,
    required_name,
    within,
)
from application.ports.kernel import UnitOfWork
from application.scope import WholeChainOnly
from domain.identity.organisation import WHOLE_CHAIN
from domain.purchasing.supplier import BP, EVERY_DAY, NO_CONTACT, Supplier, SupplierContact
from domain.shared.errors import Invalid, NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX, minor_digits

SUPPLIERS_PER_REQUEST_MAX: Final = 1_000
DAYS_MAX: Final = 366


class UnknownSupplier(NotFound):
    en = "There is no supplier “{supplier_code}”. Create it with PutSuppliers first."
    zh = "没有供应商“{supplier_code}”，请先用 PutSuppliers 创建。"


class SupplierCurrencyFixed(Rejected):
    en = "Supplier “{supplier_code}” is paid in {currency}. Create another supplier for {asked}."
    zh = "供应商“{supplier_code}”以 {currency} 结算。如需 {asked}，请另建供应商。"


class DiscountWithoutDays(Invalid):
    en = "An early-payment discount needs both its days and its share. State discount_days and discount_bp, or neither."
    zh = "现金折扣须同时填写天数和比例。请填写 discount_days 和 discount_bp，或都不填。"


@dataclass(frozen=True, slots=True)
class SupplierEntry:
    """A supplier as head office states it; see `Supplier` for what the terms mean. `blocked` ones get no orders."""

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
    contact: SupplierContact = NO_CONTACT


@dataclass(frozen=True, slots=True)
class PutSuppliers:
    suppliers: tuple[SupplierEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class SuppliersPut:
    """How many were new."""

    created: int


def put_suppliers(uow: UnitOfWork, command: PutSuppliers) -> SuppliersPut:
    """Creates or replaces up to 1,000 suppliers by code, all or none; what is not named stays.

    Raises WholeChainOnly, SupplierCurrencyFixed, DiscountWithoutDays and the refusals of fields.
    """
    at_most(command.suppliers, SUPPLIERS_PER_REQUEST_MAX, field="suppliers")
    entries = [_checked(entry, f"suppliers[{index}]") for index, entry in enumerate(command.suppliers)]
    named_once([entry.code for entry in entries], field="suppliers")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    # Whoever puts suppliers at the same time waits: they are compared with what there is.
    uow.bump("suppliers")
    known = uow.suppliers.by_codes({entry.code for entry in entries})
    for index, entry in enumerate(entries):
        before = known.get(entry.code)
        if before is not None and before.currency != entry.currency:
            raise SupplierCurrencyFixed(
                f"suppliers[{index}].currency",
                supplier_code=entry.code,
                currency=before.currency,
                asked=entry.currency,
            )
    ids = {code: supplier.supplier_id for code, supplier in known.items()}
    uow.suppliers.put([(_supplier(entry, ids.get(entry.code) or uow.new_id()), entry.contact) for entry in entries])
    return SuppliersPut(len(entries) - len(known))


def known_supplier(uow: UnitOfWork, supplier_code: str, *, field: str = "supplier_code") -> Supplier:
    """The supplier with this code; raises UnknownSupplier."""
    found = uow.suppliers.by_codes({required_code(supplier_code, field=field)}).get(supplier_code)
    if found is None:
        raise UnknownSupplier(field, supplier_code=supplier_code)
    return found


def _checked(entry: SupplierEntry, field: str) -> SupplierEntry:
    minor_digits(required_code(entry.currency, field=f"{field}.currency"), field=f"{field}.currency")
    for name in ("payment_days", "discount_days", "lead_days"):
        within(getattr(entry, name), 0, DAYS_MAX, field=f"{field}.{name}")
    for name in ("discount_bp", "over_delivery_bp"):
        within(getattr(entry, name), 0, BP, field=f"{field}.{name}")
    if (entry.discount_days > 0) != (entry.discount_bp > 0):
        raise DiscountWithoutDays(f"{field}.discount_bp")
    within(entry.minimum_order_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}.minimum_order_minor")
    return replace(
        entry,
        code=required_code(entry.code, field=f"{field}.code"),
        name=required_name(entry.name, field=f"{field}.name"),
        order_weekdays=_weekdays(entry.order_weekdays, f"{field}.order_weekdays"),
        delivery_weekdays=_weekdays(entry.delivery_weekdays, f"{field}.delivery_weekdays"),
        tax_number=optional_code(entry.tax_number, field=f"{field}.tax_number"),
        contact=SupplierContact(
            name=optional_name(entry.contact.name, field=f"{field}.contact.name"),
            phone=optional_code(entry.contact.phone, field=f"{field}.contact.phone"),
            email=optional_name(entry.contact.email, field=f"{field}.contact.email"),
        ),
    )


def _weekdays(days: Sequence[int], field: str) -> tuple[int, ...]:
    if days:
        at_most(days, len(EVERY_DAY), field=field)
    for index, day in enumerate(days):
        within(day, EVERY_DAY[0], EVERY_DAY[-1], field=f"{field}[{index}]")
    named_once([str(day) for day in days], field=field, key="")
    return tuple(sorted(days))


def _supplier(entry: SupplierEntry, supplier_id: int) -> Supplier:
    stated = {name: getattr(entry, name) for name in Supplier.__slots__ if name != "supplier_id"}
    return Supplier(supplier_id=supplier_id, **stated)
