"""What every request needs and seldom changes, kept in memory: the chain, products with their prices, promotions.

Rows of `versions` tell when a snapshot is old: whoever changes the chain, a price or a promotion raises its version in
the same transaction. A snapshot is never newer than the version that it carries, because the version is always read
first.
"""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import CursorResult, Executable, Row, Select, bindparam, select

from adapters.sql.product_documents import launch_of, recipe_of, selling_of, times_card_of
from adapters.sql.promotion_terms import promotion_of
from adapters.sql.statements import any_of
from adapters.sql.tables import catalog, identity, kernel, pricing
from adapters.sql.tier_programmes import NEWEST_PROGRAMME, stored_programme
from application.ports.identity import Chain
from application.ports.pricing import PricedProduct, PricedProducts
from domain.catalog.product import Product, ProductStatus
from domain.identity.organisation import DeviceType, Region, ScopeKind, Store, StoreStatus
from domain.pricing.plug_in import PlugIn
from domain.pricing.price_list import Price, PriceList
from domain.pricing.promotion import Promotion
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax

PRODUCTS_MAX: Final = 200_000
PRODUCTS_WARMED_MAX: Final = 20_000
"""How many products a process reads before its first sale: about a second's work."""
PRODUCTS_WARMED_AT_ONCE: Final = 2_000
CHANGED_PRODUCTS_MAX: Final = 10_000
"""When more have changed, all are dropped: finding out which costs more than reading again what is sold."""


class Reading(Protocol):
    """What a snapshot needs of the transaction that asks; see transaction.Transaction."""

    bumped: set[str]

    def versions(self) -> Mapping[str, int]: ...

    def execute(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]: ...


class Snapshots:
    """Shared by all transactions of a process, from any thread.

    What a transaction has changed itself and not committed, only this transaction is shown.
    """

    def __init__(self, *, products_max: int = PRODUCTS_MAX, plug_ins: Mapping[str, PlugIn] | None = None) -> None:
        self.plug_ins: Mapping[str, PlugIn] = plug_ins or {}
        self._chain: Chain | None = None
        self._shelf = _Shelf(products_max)
        self._book = self._no_book()
        self._renewing = threading.Lock()

    def chain(self, transaction: Reading) -> Chain:
        """The chain as last known."""
        return self._chain or self.refresh(transaction)

    def refresh(self, transaction: Reading) -> Chain:
        """Renews what is older than its version in this transaction; one small query when nothing is."""
        versions = transaction.versions()
        price_version = versions.get("prices", 0)
        if "prices" not in transaction.bumped and self._shelf.version != price_version:
            with self._renewing:
                self._shelf.renew(transaction, price_version)
        promotion_version = versions.get("promotions", 0)
        if "promotions" not in transaction.bumped and self._book.version < promotion_version:
            with self._renewing:
                if self._book.version < promotion_version:
                    self._book = _renewed(self._book, transaction, promotion_version)
        chain_version = versions.get("chain", 0)
        if "chain" in transaction.bumped:
            return _load_chain(transaction, chain_version)
        if self._chain is None or self._chain.version < chain_version:
            with self._renewing:
                if self._chain is None or self._chain.version < chain_version:
                    self._chain = _load_chain(transaction, chain_version)
        return self._chain

    def promotions(self, transaction: Reading) -> PromotionBook:
        """All promotions as last known, or as this transaction has changed them."""
        if "promotions" in transaction.bumped:
            return _renewed(self._no_book(), transaction, transaction.versions()["promotions"])
        if self._book.version < 0:
            self.refresh(transaction)
        return self._book

    @property
    def lacking(self) -> Sequence[Promotion]:
        """Promotions in force, as last known, that need a plug-in which is not installed here."""
        return self._book.lacking()

    def _no_book(self) -> PromotionBook:
        return PromotionBook((), version=-1, plug_ins=self.plug_ins)

    def warm(self, transaction: Reading) -> None:
        """Reads the chain and the first products, so that the first customers of a process do not wait for them."""
        self.refresh(transaction)
        skus = transaction.execute(_FIRST_SKUS, {"limit": PRODUCTS_WARMED_MAX}).scalars().all()
        for start in range(0, len(skus), PRODUCTS_WARMED_AT_ONCE):
            self.products(transaction, skus=skus[start : start + PRODUCTS_WARMED_AT_ONCE])

    def products(
        self,
        transaction: Reading,
        *,
        skus: Collection[str] = (),
        barcodes: Collection[str] = (),
        weighed_item_codes: Collection[str] = (),
    ) -> PricedProducts:
        """The products by what is asked; only those not in memory are read, with all their prices in one query."""
        if "prices" in transaction.bumped:
            shelf = _Shelf(PRODUCTS_MAX)
            shelf.version = transaction.versions()["prices"]
        else:
            shelf = self._shelf
            if shelf.version < 0:
                self.refresh(transaction)
        # The version is read before the products: they may be newer than it says, never older.
        version = shelf.version
        asked = (skus, barcodes, weighed_item_codes)
        found = shelf.take(asked)
        missing = [[code for code in codes if code not in known] for codes, known in zip(asked, found, strict=True)]
        if any(missing):
            for key, product in shelf.put(*_load_products(transaction, missing)):
                found[key.kind][key.code] = product
        return PricedProducts(version, *found)


class _Key:
    """How a product was asked for: by SKU (0), barcode (1) or weighed-item code (2)."""

    __slots__ = ("code", "kind")

    def __init__(self, kind: int, code: str) -> None:
        self.kind = kind
        self.code = code


@dataclass(slots=True, eq=False)
class _Entry:
    product: PricedProduct
    used: int
    keys: list[_Key] = field(default_factory=list)


Asked = tuple[Collection[str], Collection[str], Collection[str]]


class _Shelf:
    """Products in memory; the least recently used half goes when there are more than `products_max`."""

    def __init__(self, products_max: int) -> None:
        self.version = -1
        self._products_max = products_max
        self._by_code: tuple[dict[str, _Entry], ...] = ({}, {}, {})
        self._by_id: dict[int, _Entry] = {}
        self._used = 0
        self._changing = threading.Lock()

    def take(self, asked: Asked) -> tuple[dict[str, PricedProduct], ...]:
        """What is here of the codes; readers do not wait for each other."""
        self._used = used = self._used + 1
        found: tuple[dict[str, PricedProduct], ...] = ({}, {}, {})
        for codes, entries, mine in zip(asked, self._by_code, found, strict=True):
            for code in codes:
                entry = entries.get(code)
                if entry is not None:
                    entry.used = used
                    mine[code] = entry.product
        return found

    def put(self, version: int, loaded: Iterable[tuple[_Key, PricedProduct]]) -> list[tuple[_Key, PricedProduct]]:
        """Keeps what was read at `version`, unless products changed after that have been dropped here already."""
        loaded = list(loaded)
        with self._changing:
            if version >= self.version:
                for key, product in loaded:
                    sku_id = product.product.sku_id
                    entry = self._by_id.setdefault(sku_id, _Entry(product, self._used))
                    entry.product = product
                    if self._by_code[key.kind].get(key.code) is not entry:
                        entry.keys.append(key)
                        self._by_code[key.kind][key.code] = entry
                if len(self._by_id) > self._products_max:
                    self._drop_unused()
        return loaded

    def renew(self, transaction: Reading, version: int) -> None:
        """Drops what has changed up to `version`; nothing when this is not newer than what is here."""
        known = self.version
        if version <= known:
            return
        changed: Sequence[int] = ()
        if known >= 0:
            rows = transaction.execute(_CHANGED, {"known": known, "limit": CHANGED_PRODUCTS_MAX + 1})
            changed = rows.scalars().all()
        with self._changing:
            if len(changed) > CHANGED_PRODUCTS_MAX:
                self._drop(list(self._by_id))
            else:
                self._drop(changed)
            self.version = version

    def _drop(self, sku_ids: Iterable[int]) -> None:
        for sku_id in sku_ids:
            entry = self._by_id.pop(sku_id, None)
            for key in entry.keys if entry else ():
                self._by_code[key.kind].pop(key.code, None)

    def _drop_unused(self) -> None:
        by_use = sorted(self._by_id, key=lambda sku_id: self._by_id[sku_id].used)
        self._drop(by_use[: len(by_use) - self._products_max // 2])


_VERSION: Final = select(kernel.versions.c.version).where(kernel.versions.c.name == "prices").scalar_subquery()
_CHANGED: Final = (
    select(catalog.products.c.sku_id)
    .where(catalog.products.c.changed_version > bindparam("known"))
    .limit(bindparam("limit"))
)
_FIRST_SKUS: Final = select(catalog.products.c.sku).order_by(catalog.products.c.sku_id).limit(bindparam("limit"))
_PRODUCT_FIELDS: Final = [item.name for item in fields(Product)]
_PRODUCTS: Final = (
    select(
        *[catalog.products.c[name] for name in _PRODUCT_FIELDS if name != "department_id"],
        catalog.categories.c.department_id,
        catalog.units.c.code.label("unit_code"),
        catalog.units.c.decimals,
        # In one statement with the products, so that both are of one moment.
        _VERSION.label("price_version"),
    )
    .join_from(catalog.products, catalog.categories)
    .join(catalog.units)
)
_BY_CODE: Final[tuple[Select[Any], ...]] = (
    _PRODUCTS.add_columns(catalog.products.c.sku.label("asked")).where(any_of(catalog.products.c.sku, "codes")),
    _PRODUCTS.add_columns(catalog.barcodes.c.barcode.label("asked"))
    .join(catalog.barcodes)
    .where(any_of(catalog.barcodes.c.barcode, "codes")),
    _PRODUCTS.add_columns(catalog.products.c.weighed_item_code.label("asked")).where(
        catalog.products.c.weighed_item_code != "", any_of(catalog.products.c.weighed_item_code, "codes")
    ),
)
_PRICES: Final = (
    select(pricing.prices)
    .where(any_of(pricing.prices.c.sku_id, "sku_ids"))
    .order_by(pricing.prices.c.price_list_id, pricing.prices.c.quantity_from_milli, pricing.prices.c.valid_from)
)
_CHANGED_PROMOTIONS: Final = select(pricing.promotions.c.terms).where(
    pricing.promotions.c.changed_version > bindparam("known")
)
_ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _load_products(
    transaction: Reading, missing: Sequence[Sequence[str]]
) -> tuple[int, list[tuple[_Key, PricedProduct]]]:
    """Products with their prices, and a version that they are not older than."""
    rows: list[tuple[_Key, Row[Any]]] = []
    for kind, codes in enumerate(missing):
        if codes:
            rows += [(_Key(kind, row.asked), row) for row in transaction.execute(_BY_CODE[kind], {"codes": codes})]
    if not rows:
        return -1, []
    prices: dict[int, list[Price]] = {row.sku_id: [] for _, row in rows}
    for price in transaction.execute(_PRICES, {"sku_ids": list(prices)}):
        start = price.valid_from if price.valid_from != _ALWAYS else None
        prices[price.sku_id].append(Price(**{**price._mapping, "valid_from": start}))
    priced = {row.sku_id: _priced_product(row, prices[row.sku_id]) for _, row in rows}
    version = min(row.price_version or 0 for _, row in rows)
    return version, [(key, priced[row.sku_id]) for key, row in rows]


def _priced_product(row: Row[Any], prices: Sequence[Price]) -> PricedProduct:
    values = {name: row._mapping[name] for name in _PRODUCT_FIELDS}
    values |= {"status": ProductStatus(row.status), "tags": tuple(row.tags), "launch": launch_of(row.launch)}
    values |= {"times_card": times_card_of(row.times_card), "selling": selling_of(row.selling)}
    values["recipe"] = recipe_of(row.recipe)
    product = Product(**values)
    return PricedProduct(product, row.unit_code, row.decimals, prices)


def _renewed(book: PromotionBook, transaction: Reading, version: int) -> PromotionBook:
    """The book with what has changed up to `version`; some of it may be newer, and will be read once more."""
    rows = transaction.execute(_CHANGED_PROMOTIONS, {"known": book.version})
    return book.with_changes([promotion_of(row.terms) for row in rows], version=version)


def _category_codes(categories: Sequence[Row[Any]]) -> dict[int, frozenset[str]]:
    by_id = {row.category_id: row for row in categories}
    codes: dict[int, frozenset[str]] = {}
    for row in categories:
        above = []
        node: Row[Any] | None = row
        while node is not None:
            above.append(node.code)
            node = by_id.get(node.parent_id)
        codes[row.category_id] = frozenset(above)
    return codes


def _load_chain(transaction: Reading, version: int) -> Chain:
    execute = transaction.execute
    categories = execute(select(catalog.categories)).all()
    callers = execute(select(identity.callers)).all()
    stores = [Store(**{**row._mapping, "status": StoreStatus(row.status)}) for row in execute(select(identity.stores))]
    staff = execute(select(identity.staff.c.staff_id, identity.staff.c.code, identity.staff.c.active)).all()
    return Chain(
        version=version,
        stores={store.store_id: store for store in stores},
        regions={row.region_id: Region(**row._mapping) for row in execute(select(identity.regions))},
        settings={
            (row.name, ScopeKind(row.scope_kind), row.scope_id): row.value for row in execute(select(identity.settings))
        },
        price_lists={row.price_list_id: PriceList(**row._mapping) for row in execute(select(pricing.price_lists))},
        taxes=[Tax(**row._mapping) for row in execute(select(pricing.taxes))],
        departments={row.category_id: row.code for row in categories if row.parent_id is None},
        category_codes=_category_codes(categories),
        caller_codes={row.caller_id: row.code for row in callers},
        device_types={row.caller_id: DeviceType(row.device_type) for row in callers if row.device_type},
        staff_codes={row.staff_id: row.code for row in staff},
        former_staff=frozenset(row.staff_id for row in staff if not row.active),
        tier_programme=stored_programme(execute(NEWEST_PROGRAMME).one_or_none()),
    )
