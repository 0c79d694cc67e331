"""Suppliers in SQL; contacts are encrypted, bound to their row."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

import orjson
from sqlalchemy import Row, Select, and_, bindparam, func, insert, select, tuple_, update

from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.catalog import products
from adapters.sql.tables.suppliers import supplier_prices, supplier_products, suppliers
from adapters.sql.transaction import Transaction
from application.ports import suppliers as ports
from application.ports.suppliers import ListedOffer, SupplierOffer
from domain.purchasing.supplier import (
    NO_CONTACT,
    QuantityBreak,
    Supplier,
    SupplierContact,
    SupplierPrice,
    SupplierProduct,
)

_BY_CODES: Final = select(suppliers).where(any_of(suppliers.c.code, "codes"))
_BY_IDS: Final = select(suppliers).where(any_of(suppliers.c.supplier_id, "supplier_ids"))
_PUT: Final = upsert(suppliers)
_LISTED: Final = (
    select(suppliers)
    .where(suppliers.c.code > bindparam("after", type_=suppliers.c.code.type))
    .order_by(suppliers.c.code)
    .limit(bindparam("limit"))
)
_ONE: Final = select(suppliers).where(suppliers.c.code == bindparam("of_code", type_=suppliers.c.code.type))

_PRODUCT: Final = supplier_products.c
_PUT_PRODUCTS: Final = upsert(supplier_products)
# Before the others are written: the index lets one be preferred only.
_NO_LONGER_PREFERRED: Final = (
    update(supplier_products)
    .where(_PRODUCT.preferred, any_of(_PRODUCT.sku_id, "sku_ids"), _PRODUCT.supplier_id != bindparam("but"))
    .values(preferred=False)
)
_ADD_PRICES: Final = insert(supplier_prices)
_OF_PRODUCT: Final = and_(
    supplier_prices.c.supplier_id == _PRODUCT.supplier_id, supplier_prices.c.sku_id == _PRODUCT.sku_id
)
_NEWEST: Final = (supplier_prices.c.valid_from.desc(), supplier_prices.c.price_id.desc())
_IN_FORCE: Final = (
    select(supplier_prices.c.price_id)
    .where(_OF_PRODUCT, supplier_prices.c.valid_from <= bindparam("on", type_=supplier_prices.c.valid_from.type))
    .order_by(*_NEWEST)
    .limit(1)
    .correlate(supplier_products)
    .scalar_subquery()
)
_OFFERS: Final[Select[Any]] = select(
    supplier_products, *[supplier_prices.c[name] for name in SupplierPrice.__slots__[2:]]
).join_from(supplier_products, supplier_prices, supplier_prices.c.price_id == _IN_FORCE, isouter=True)
_WANTED: Final = _OFFERS.where(
    _PRODUCT.supplier_id == bindparam("supplier_id", type_=_PRODUCT.supplier_id.type),
    any_of(_PRODUCT.sku_id, "sku_ids"),
)
_LISTED_OFFERS: Final = (
    _OFFERS.add_columns(products.c.sku, suppliers.c.code.label("supplier_code"), suppliers.c.currency)
    .join(products, products.c.sku_id == _PRODUCT.sku_id)
    .join(suppliers, suppliers.c.supplier_id == _PRODUCT.supplier_id)
    .limit(bindparam("limit"))
)
_OF_SUPPLIER: Final = _LISTED_OFFERS.where(
    _PRODUCT.supplier_id == bindparam("of", type_=_PRODUCT.supplier_id.type),
    _PRODUCT.sku_id > bindparam("after", type_=_PRODUCT.sku_id.type),
).order_by(_PRODUCT.sku_id)
_OF_SKU: Final = _LISTED_OFFERS.where(
    _PRODUCT.sku_id == bindparam("of", type_=_PRODUCT.sku_id.type),
    _PRODUCT.supplier_id > bindparam("after", type_=_PRODUCT.supplier_id.type),
).order_by(_PRODUCT.supplier_id)
_NUMBERED: Final = (
    select(
        supplier_prices,
        func.row_number()
        .over(partition_by=(supplier_prices.c.supplier_id, supplier_prices.c.sku_id), order_by=_NEWEST)
        .label("place"),
    )
    .where(tuple_(supplier_prices.c.supplier_id, supplier_prices.c.sku_id).in_(bindparam("keys", expanding=True)))
    .subquery()
)
_HISTORY: Final = (
    select(*[_NUMBERED.c[name] for name in SupplierPrice.__slots__])
    .where(_NUMBERED.c.place <= bindparam("history_max"))
    .order_by(_NUMBERED.c.supplier_id, _NUMBERED.c.sku_id, _NUMBERED.c.place)
)


class Suppliers(ports.Suppliers):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def by_codes(self, codes: Collection[str]) -> Mapping[str, Supplier]:
        found = self._transaction.execute(_BY_CODES, {"codes": sorted(codes)})
        return {row.code: _supplier(row) for row in found}

    def by_ids(self, supplier_ids: Collection[int]) -> Mapping[int, Supplier]:
        found = self._transaction.execute(_BY_IDS, {"supplier_ids": sorted(supplier_ids)})
        return {row.supplier_id: _supplier(row) for row in found}

    def put(self, suppliers: Sequence[tuple[Supplier, SupplierContact]]) -> None:
        self._transaction.execute(_PUT, [self._row(supplier, contact) for supplier, contact in suppliers])

    def list_suppliers(
        self, *, code: str = "", after: str | None, limit: int
    ) -> Sequence[tuple[Supplier, SupplierContact]]:
        if code:
            found = self._transaction.execute(_ONE, {"of_code": code})
        else:
            found = self._transaction.execute(_LISTED, {"after": after or "", "limit": limit})
        return [(_supplier(row), self._contact(row)) for row in found]

    def offers(self, supplier_id: int, sku_ids: Collection[int], *, on: date) -> Mapping[int, SupplierOffer]:
        asked = {"supplier_id": supplier_id, "sku_ids": sorted(sku_ids), "on": on}
        return {row.sku_id: _offer(row) for row in self._transaction.execute(_WANTED, asked)}

    def put_products(self, products: Sequence[SupplierProduct]) -> None:
        preferred: dict[int, list[int]] = defaultdict(list)
        for product in products:
            if product.preferred:
                preferred[product.supplier_id].append(product.sku_id)
        for supplier_id, sku_ids in preferred.items():
            self._transaction.execute(_NO_LONGER_PREFERRED, {"sku_ids": sorted(sku_ids), "but": supplier_id})
        self._transaction.execute(_PUT_PRODUCTS, [asdict(product) for product in products])

    def add_prices(self, prices: Sequence[SupplierPrice]) -> None:
        self._transaction.execute(_ADD_PRICES, [asdict(price) for price in prices])

    def list_of_supplier(
        self, supplier_id: int, *, on: date, history_max: int, after: int | None, limit: int
    ) -> Sequence[ListedOffer]:
        asked = {"of": supplier_id, "on": on, "after": after or 0, "limit": limit}
        return self._listed(_OF_SUPPLIER, asked, history_max)

    def list_of_sku(
        self, sku_id: int, *, on: date, history_max: int, after: int | None, limit: int
    ) -> Sequence[ListedOffer]:
        asked = {"of": sku_id, "on": on, "after": after or 0, "limit": limit}
        return self._listed(_OF_SKU, asked, history_max)

    def _listed(self, statement: Select[Any], asked: Mapping[str, object], history_max: int) -> Sequence[ListedOffer]:
        rows = self._transaction.execute(statement, asked).all()
        history: dict[tuple[int, int], list[SupplierPrice]] = defaultdict(list)
        if history_max and rows:
            keys = [(row.supplier_id, row.sku_id) for row in rows]
            for row in self._transaction.execute(_HISTORY, {"keys": keys, "history_max": history_max}):
                history[row.supplier_id, row.sku_id].append(_price(row._mapping))
        return [
            ListedOffer(row.sku, row.supplier_code, row.currency, _offer(row), history[row.supplier_id, row.sku_id])
            for row in rows
        ]

    def _row(self, supplier: Supplier, contact: SupplierContact) -> dict[str, Any]:
        cipher = b""
        if contact != NO_CONTACT:
            text = orjson.dumps(asdict(contact)).decode()
            cipher = self._transaction.keys.encrypt(text, contact_context(supplier.supplier_id))
        return {**asdict(supplier), "contact_cipher": cipher}

    def _contact(self, row: Row[Any]) -> SupplierContact:
        if not row.contact_cipher:
            return NO_CONTACT
        text = self._transaction.keys.decrypt(row.contact_cipher, contact_context(row.supplier_id))
        return SupplierContact(**orjson.loads(text))


def contact_context(supplier_id: int) -> str:
    """Where the contact of a supplier stands."""
    return f"suppliers|contact|{supplier_id}"


def _supplier(row: Row[Any]) -> Supplier:
    columns = {name: row._mapping[name] for name in Supplier.__slots__}
    for name in ("order_weekdays", "delivery_weekdays"):
        columns[name] = tuple(columns[name])
    return Supplier(**columns)


def _offer(row: Row[Any]) -> SupplierOffer:
    product = SupplierProduct(**{name: row._mapping[name] for name in SupplierProduct.__slots__})
    return SupplierOffer(product, None if row.price_id is None else _price(row._mapping))


def _price(columns: Mapping[Any, Any]) -> SupplierPrice:
    breaks = tuple([QuantityBreak(**step) for step in columns["breaks"]])
    return SupplierPrice(**{**{name: columns[name] for name in SupplierPrice.__slots__}, "breaks": breaks})
