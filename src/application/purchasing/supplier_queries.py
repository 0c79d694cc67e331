"""Which suppliers there are, what they deliver, and what they asked for it when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.fields import optional_code, optional_date, within
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.suppliers import ListedOffer
from application.purchasing.put_suppliers import SupplierEntry, known_supplier
from application.purchasing.supplier_products import UnknownSku
from application.scope import chain_day
from domain.purchasing.supplier import NO_CONTACT, QuantityBreak, Supplier, SupplierContact, SupplierPrice
from domain.shared.errors import Invalid

HISTORY_MAX: Final = 100
CONTACTS: Final = "suppliers.manage"
"""The permission by which contacts are shown."""


class SupplierOrSku(Invalid):
    en = "Name the supplier whose products, or the SKU whose suppliers are to be listed: one of the two."
    zh = "请指定供应商（列出其商品）或 SKU（列出其供应商），二者选一。"


@dataclass(frozen=True, slots=True)
class ListSuppliers:
    """All suppliers by code, or the one with `supplier_code`."""

    supplier_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SuppliersListed:
    suppliers: Sequence[SupplierEntry]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListSupplierProducts:
    """The products of a supplier, or the suppliers of a SKU, with the prices in force on a day (ISO; empty is today).

    Each comes with up to `history_max` (0 to 100) of its prices, those of the latest days first.
    """

    supplier_code: str = ""
    sku: str = ""
    on_date: str = ""
    history_max: int = 0
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SupplierPriceView:
    valid_from: str
    price_minor: int
    price_quantity_milli: int
    breaks: Sequence[QuantityBreak]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SupplierProductView:
    """What a supplier delivers of a SKU; `price` is None where none is in force."""

    supplier_code: str
    currency: str
    sku: str
    supplier_sku: str
    pack_milli: int
    moq_milli: int
    lead_days: int
    preferred: bool
    price: SupplierPriceView | None
    history: Sequence[SupplierPriceView]


@dataclass(frozen=True, slots=True)
class SupplierProductsListed:
    products: Sequence[SupplierProductView]
    next_page_token: str


def list_suppliers(uow: UnitOfWork, query: ListSuppliers) -> SuppliersListed:
    """A page of suppliers by code; contacts only for who may change them."""
    asked = page(query.page_size, query.page_token, key=(str,))
    code = optional_code(query.supplier_code, field="supplier_code")
    after = asked.after[0] if asked.after else None
    found = uow.suppliers.list_suppliers(code=code, after=after, limit=asked.limit + 1)
    shown = uow.caller.may(CONTACTS)
    entries = [_entry(supplier, contact if shown else NO_CONTACT) for supplier, contact in found]
    return SuppliersListed(entries[: asked.limit], next_token(entries, asked.limit, lambda entry: (entry.code,)))


def list_supplier_products(uow: UnitOfWork, query: ListSupplierProducts) -> SupplierProductsListed:
    """A page of what a supplier delivers, or of who delivers a SKU.

    Raises SupplierOrSku, UnknownSupplier, UnknownSku and the refusals of fields.
    """
    asked = page(query.page_size, query.page_token, key=(int,))
    history_max = within(query.history_max, 0, HISTORY_MAX, field="history_max")
    sku = optional_code(query.sku, field="sku")
    if bool(query.supplier_code) == bool(sku):
        raise SupplierOrSku("supplier_code")
    uow.refresh()
    on = optional_date(query.on_date, field="on_date") or chain_day(uow)
    after = asked.after[0] if asked.after else None
    limit = asked.limit + 1
    if sku:
        sku_id = uow.catalog.sku_ids({sku}).get(sku)
        if sku_id is None:
            raise UnknownSku("sku", sku=sku)
        found = uow.suppliers.list_of_sku(sku_id, on=on, history_max=history_max, after=after, limit=limit)
        token = next_token(found, asked.limit, lambda one: (one.offer.product.supplier_id,))
    else:
        supplier_id = known_supplier(uow, query.supplier_code).supplier_id
        found = uow.suppliers.list_of_supplier(supplier_id, on=on, history_max=history_max, after=after, limit=limit)
        token = next_token(found, asked.limit, lambda one: (one.offer.product.sku_id,))
    return SupplierProductsListed([_view(one) for one in found[: asked.limit]], token)


def _entry(supplier: Supplier, contact: SupplierContact) -> SupplierEntry:
    stated = {name: getattr(supplier, name) for name in SupplierEntry.__slots__ if name != "contact"}
    return SupplierEntry(**stated, contact=contact)


def _view(listed: ListedOffer) -> SupplierProductView:
    product, price = listed.offer.product, listed.offer.price
    return SupplierProductView(
        supplier_code=listed.supplier_code,
        currency=listed.currency,
        sku=listed.sku,
        supplier_sku=product.supplier_sku,
        pack_milli=product.pack_milli,
        moq_milli=product.moq_milli,
        lead_days=product.lead_days,
        preferred=product.preferred,
        price=_price(price) if price else None,
        history=[_price(one) for one in listed.history],
    )


def _price(price: SupplierPrice) -> SupplierPriceView:
    return SupplierPriceView(
        price.valid_from.isoformat(), price.price_minor, price.price_quantity_milli, price.breaks, price.recorded_at
    )
