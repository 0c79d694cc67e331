"""Categories, units, products and barcodes in SQL."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from adapters.sql.product_documents import (
    launch_document,
    launch_of,
    recipe_document,
    recipe_of,
    selling_document,
    selling_of,
    times_card_document,
    times_card_of,
)
from adapters.sql.statements import any_of, cursor, later, upsert
from adapters.sql.tables.catalog import barcodes, categories, products, units
from adapters.sql.tables.pricing import prices
from adapters.sql.transaction import Transaction
from application.catalog.entries import ComponentEntry, ProductEntry, RecipeEntry
from application.ports import catalog
from application.ports.catalog import ChangedCategory, ChangedProduct, StoredProduct
from domain.catalog.product import Category, Product, ProductStatus, Unit

_PRODUCT_FIELDS: Final = tuple(field.name for field in fields(Product) if field.name != "department_id")
_CATEGORIES: Final = select(*[categories.c[field.name] for field in fields(Category)]).order_by(categories.c.code)
_PARENTS: Final = categories.alias("parents")
_CHANGED_CATEGORIES: Final = (
    select(
        categories.c.changed_version,
        categories.c.category_id,
        categories.c.code,
        func.coalesce(_PARENTS.c.code, "").label("parent_code"),
    )
    .outerjoin_from(categories, _PARENTS, _PARENTS.c.category_id == categories.c.parent_id)
    .where(later(categories.c.changed_version, categories.c.category_id))
    .order_by(categories.c.changed_version, categories.c.category_id)
    .limit(bindparam("limit"))
)
_UNITS: Final = select(units).order_by(units.c.code)
_PUT_CATEGORIES: Final = upsert(categories)
_PUT_UNITS: Final = upsert(units)
_PUT_PRODUCTS: Final = upsert(products)

_STORED_PRODUCTS: Final = (
    select(*[products.c[name] for name in Product.__slots__ if name != "department_id"], categories.c.department_id)
    .join_from(products, categories)
    .where(any_of(products.c.sku, "skus"))
)
_BARCODES: Final = select(barcodes).where(any_of(barcodes.c.sku_id, "sku_ids")).order_by(barcodes.c.barcode)
_SKUS: Final = select(products.c.sku_id, products.c.sku).where(any_of(products.c.sku_id, "sku_ids"))
_SKU_IDS: Final = select(products.c.sku, products.c.sku_id).where(any_of(products.c.sku, "skus"))
_CATEGORY_IDS: Final = select(products.c.sku, products.c.category_id).where(any_of(products.c.sku, "skus"))
_BARCODE_HOLDERS: Final = (
    select(barcodes.c.barcode, products.c.sku)
    .join_from(barcodes, products)
    .where(any_of(barcodes.c.barcode, "barcodes"))
)
_WEIGHED_ITEM_HOLDERS: Final = select(products.c.weighed_item_code, products.c.sku).where(
    products.c.weighed_item_code != "", any_of(products.c.weighed_item_code, "codes")
)
_RELEASE_WEIGHED_ITEM_CODES: Final = (
    update(products)
    .where(products.c.weighed_item_code != "", any_of(products.c.sku_id, "sku_ids"))
    .values(weighed_item_code="")
)
_DELETE_BARCODES: Final = delete(barcodes).where(any_of(barcodes.c.sku_id, "sku_ids"))
_INSERT_BARCODES: Final = insert(barcodes)
_MARK_CHANGED: Final = update(products).values(changed_version=bindparam("version"))
_MARK_CATEGORIES_CHANGED: Final = _MARK_CHANGED.where(any_of(products.c.category_id, "category_ids"))
_MARK_UNITS_CHANGED: Final = _MARK_CHANGED.where(any_of(products.c.unit_id, "unit_ids"))
_MARK_PRICED_CHANGED: Final = _MARK_CHANGED.where(
    products.c.sku_id.in_(select(prices.c.sku_id).where(any_of(prices.c.price_list_id, "price_list_ids")))
)

_ENTRIES: Final = (
    select(products, categories.c.code.label("category_code"), units.c.code.label("unit_code"))
    .join_from(products, categories)
    .join(units)
)
_BY_SKU: Final = _ENTRIES.where(products.c.sku == bindparam("sku"))
_BY_WEIGHED_ITEM_CODE: Final = _ENTRIES.where(
    products.c.weighed_item_code != "", products.c.weighed_item_code == bindparam("weighed_item_code")
)
_BY_BARCODE: Final = _ENTRIES.join(barcodes).where(barcodes.c.barcode == bindparam("barcode"))
_PAGE: Final = _ENTRIES.where(products.c.sku > bindparam("after")).order_by(products.c.sku).limit(bindparam("limit"))
_PAGE_OF_CATEGORIES: Final = _PAGE.where(any_of(products.c.category_id, "category_ids"))
_CHANGED_PRODUCTS: Final = (
    _ENTRIES.add_columns(units.c.decimals)
    .where(later(products.c.changed_version, products.c.sku_id))
    .order_by(products.c.changed_version, products.c.sku_id)
    .limit(bindparam("limit"))
)


class Catalog(catalog.Catalog):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def categories(self) -> Sequence[Category]:
        return [Category(**row._mapping) for row in self._transaction.execute(_CATEGORIES)]

    def put_categories(self, categories: Sequence[Category], *, version: int) -> None:
        if categories:
            rows = [{**asdict(category), "changed_version": version} for category in categories]
            self._transaction.execute(_PUT_CATEGORIES, rows)

    def changed_categories(self, *, after: tuple[int, int], limit: int) -> Sequence[ChangedCategory]:
        rows = self._transaction.execute(_CHANGED_CATEGORIES, {**cursor(after), "limit": limit})
        return [ChangedCategory(**row._mapping) for row in rows]

    def units(self) -> Sequence[Unit]:
        return [Unit(**row._mapping) for row in self._transaction.execute(_UNITS)]

    def put_units(self, units: Sequence[Unit]) -> None:
        if units:
            self._transaction.execute(_PUT_UNITS, [asdict(unit) for unit in units])

    def stored_products(self, skus: Collection[str]) -> Mapping[str, StoredProduct]:
        rows = self._transaction.execute(_STORED_PRODUCTS, {"skus": skus}).all()
        found = [
            Product(
                **{
                    **row._mapping,
                    "status": ProductStatus(row.status),
                    "tags": tuple(row.tags),
                    "launch": launch_of(row.launch),
                    "times_card": times_card_of(row.times_card),
                    "selling": selling_of(row.selling),
                    "recipe": recipe_of(row.recipe),
                }
            )
            for row in rows
        ]
        barcodes_of = self._barcodes([product.sku_id for product in found])
        return {product.sku: StoredProduct(product, barcodes_of[product.sku_id]) for product in found}

    def sku_ids(self, skus: Collection[str]) -> Mapping[str, int]:
        return {row.sku: row.sku_id for row in self._transaction.execute(_SKU_IDS, {"skus": skus})}

    def skus(self, sku_ids: Collection[int]) -> Mapping[int, str]:
        return {row.sku_id: row.sku for row in self._transaction.execute(_SKUS, {"sku_ids": sorted(set(sku_ids))})}

    def category_ids(self, skus: Collection[str]) -> Mapping[str, int]:
        return {row.sku: row.category_id for row in self._transaction.execute(_CATEGORY_IDS, {"skus": skus})}

    def barcode_holders(self, barcodes: Collection[str]) -> Mapping[str, str]:
        rows = self._transaction.execute(_BARCODE_HOLDERS, {"barcodes": barcodes})
        return {row.barcode: row.sku for row in rows}

    def weighed_item_holders(self, weighed_item_codes: Collection[str]) -> Mapping[str, str]:
        rows = self._transaction.execute(_WEIGHED_ITEM_HOLDERS, {"codes": weighed_item_codes})
        return {row.weighed_item_code: row.sku for row in rows}

    def put_products(self, products: Sequence[StoredProduct], *, version: int) -> None:
        if not products:
            return
        execute = self._transaction.execute
        sku_ids = [stored.product.sku_id for stored in products]
        # Given up before they are taken: a code may move between two of these products.
        execute(_DELETE_BARCODES, {"sku_ids": sku_ids})
        execute(_RELEASE_WEIGHED_ITEM_CODES, {"sku_ids": sku_ids})
        execute(_PUT_PRODUCTS, [_product_row(stored.product, version) for stored in products])
        rows = [
            {"barcode": barcode, "sku_id": stored.product.sku_id} for stored in products for barcode in stored.barcodes
        ]
        if rows:
            execute(_INSERT_BARCODES, rows)

    def mark_products_changed(
        self,
        *,
        category_ids: Collection[int] = (),
        unit_ids: Collection[int] = (),
        price_list_ids: Collection[int] = (),
        version: int,
    ) -> None:
        if category_ids:
            self._transaction.execute(_MARK_CATEGORIES_CHANGED, {"category_ids": category_ids, "version": version})
        if unit_ids:
            self._transaction.execute(_MARK_UNITS_CHANGED, {"unit_ids": unit_ids, "version": version})
        if price_list_ids:
            self._transaction.execute(_MARK_PRICED_CHANGED, {"price_list_ids": price_list_ids, "version": version})

    def changed_products(self, *, after: tuple[int, int], limit: int) -> Sequence[ChangedProduct]:
        rows = self._transaction.execute(_CHANGED_PRODUCTS, {**cursor(after), "limit": limit}).all()
        return [
            ChangedProduct(row.changed_version, row.sku_id, entry, row.decimals)
            for row, entry in zip(rows, self._entries(rows), strict=True)
        ]

    def product(self, *, sku: str = "", barcode: str = "", weighed_item_code: str = "") -> ProductEntry | None:
        if sku:
            found = self._transaction.execute(_BY_SKU, {"sku": sku})
        elif barcode:
            found = self._transaction.execute(_BY_BARCODE, {"barcode": barcode})
        else:
            found = self._transaction.execute(_BY_WEIGHED_ITEM_CODE, {"weighed_item_code": weighed_item_code})
        entries = self._entries(found.all())
        return entries[0] if entries else None

    def list_products(
        self, *, category_ids: Collection[int] | None, after: str | None, limit: int
    ) -> Sequence[ProductEntry]:
        # No SKU is empty, so the first page starts after the empty one.
        parameters: dict[str, object] = {"after": after or "", "limit": limit}
        if category_ids is None:
            return self._entries(self._transaction.execute(_PAGE, parameters).all())
        parameters["category_ids"] = category_ids
        return self._entries(self._transaction.execute(_PAGE_OF_CATEGORIES, parameters).all())

    def _entries(self, rows: Sequence[Row[Any]]) -> list[ProductEntry]:
        barcodes_of = self._barcodes([row.sku_id for row in rows])
        return [
            ProductEntry(
                sku=row.sku,
                name=row.name,
                category_code=row.category_code,
                unit_code=row.unit_code,
                tax_category=row.tax_category,
                barcodes=barcodes_of[row.sku_id],
                weighed_item_code=row.weighed_item_code,
                weighed_by_price=row.weighed_by_price,
                unstocked=row.unstocked,
                excluded_from_points=row.excluded_from_points,
                status=ProductStatus(row.status),
                brand=row.brand,
                supplier_code=row.supplier_code,
                tags=tuple(row.tags),
                launch=launch_of(row.launch),
                times_card=times_card_of(row.times_card),
                selling=selling_of(row.selling),
                recipe=_recipe_entry(row.recipe),
            )
            for row in rows
        ]

    def _barcodes(self, sku_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
        found: dict[int, list[str]] = defaultdict(list)
        if sku_ids:
            for row in self._transaction.execute(_BARCODES, {"sku_ids": sku_ids}):
                found[row.sku_id].append(row.barcode)
        return {sku_id: tuple(found[sku_id]) for sku_id in sku_ids}


def _recipe_entry(document: Mapping[str, Any]) -> RecipeEntry | None:
    recipe = recipe_of(document)
    if recipe is None:
        return None
    components = tuple(ComponentEntry(one.sku, one.quantity_milli) for one in recipe.components)
    return RecipeEntry(components, recipe.makes_milli, recipe.perishable)


def _product_row(product: Product, version: int) -> dict[str, object]:
    # asdict copies every value, and an import has products by the ten thousand.
    row = {name: getattr(product, name) for name in _PRODUCT_FIELDS}
    return {
        **row,
        "status": product.status.value,
        "launch": launch_document(product.launch),
        "times_card": times_card_document(product.times_card),
        "selling": selling_document(product.selling),
        "recipe": recipe_document(product.recipe),
        "changed_version": version,
    }
