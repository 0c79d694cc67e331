"""Questions about the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.catalog.entries import CategoryEntry, ProductEntry, UnitEntry
from application.fields import optional_code
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from domain.catalog.barcode import parse
from domain.catalog.category_tree import top_down
from domain.shared.errors import Invalid, NotFound


class SkuOrBarcode(Invalid):
    en = "Send either the SKU or a barcode, and only one of them."
    zh = "必须且只能提供 SKU 或条码之一。"


class UnknownProduct(NotFound):
    en = "There is no product with SKU or barcode “{code}”."
    zh = "没有 SKU 或条码为“{code}”的商品。"


class UnknownCategory(NotFound):
    en = "There is no category “{code}”."
    zh = "没有分类“{code}”。"


@dataclass(frozen=True, slots=True)
class ListCategories:
    pass


@dataclass(frozen=True, slots=True)
class CategoryList:
    categories: Sequence[CategoryEntry]


@dataclass(frozen=True, slots=True)
class ListUnits:
    pass


@dataclass(frozen=True, slots=True)
class UnitList:
    units: Sequence[UnitEntry]


@dataclass(frozen=True, slots=True)
class GetProduct:
    sku: str = ""
    barcode: str = ""


@dataclass(frozen=True, slots=True)
class ListProducts:
    category_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ProductPage:
    products: Sequence[ProductEntry]
    next_page_token: str


def list_categories(uow: UnitOfWork, query: ListCategories) -> CategoryList:
    """All categories, each followed by its descendants."""
    by_id = {category.category_id: category for category in uow.catalog.categories()}
    entries = {
        category.code: CategoryEntry(
            category.code, category.name, by_id[category.parent_id].code if category.parent_id else ""
        )
        for category in by_id.values()
    }
    order = top_down({entry.code: entry.parent_code for entry in entries.values()})
    return CategoryList([entries[code] for code in order])


def list_units(uow: UnitOfWork, query: ListUnits) -> UnitList:
    """All units of measure by code."""
    return UnitList([UnitEntry(unit.code, unit.name, unit.decimals) for unit in uow.catalog.units()])


def get_product(uow: UnitOfWork, query: GetProduct) -> ProductEntry:
    """The product with this SKU, or with this barcode, which may also be the label of a weighing.

    Raises SkuOrBarcode, UnknownProduct, NotABarcode and WrongCheckDigit.
    """
    if bool(query.sku) == bool(query.barcode):
        raise SkuOrBarcode("sku")
    if query.sku:
        found = uow.catalog.product(sku=optional_code(query.sku, field="sku"))
    else:
        scanned = parse(query.barcode, field="barcode")
        if scanned.weighed_item_code:
            found = uow.catalog.product(weighed_item_code=scanned.weighed_item_code)
        else:
            found = uow.catalog.product(barcode=scanned.barcode)
    if found is None:
        raise UnknownProduct("sku" if query.sku else "barcode", code=query.sku or query.barcode)
    return found


def list_products(uow: UnitOfWork, query: ListProducts) -> ProductPage:
    """Products by SKU; those of one category include those of its descendants."""
    asked = page(query.page_size, query.page_token, key=(str,))
    category_ids = _branch(uow, query.category_code) if query.category_code else None
    rows = uow.catalog.list_products(
        category_ids=category_ids, after=asked.after[0] if asked.after else None, limit=asked.limit + 1
    )
    return ProductPage(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.sku,)))


def _branch(uow: UnitOfWork, code: str) -> set[int]:
    """The ids of a category and everything below it."""
    children: dict[int | None, list[int]] = {}
    root = None
    for category in uow.catalog.categories():
        children.setdefault(category.parent_id, []).append(category.category_id)
        if category.code == code:
            root = category.category_id
    if root is None:
        raise UnknownCategory("category_code", code=code)
    branch = {root}
    waiting = [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        branch.update(below)
        waiting += below
    return branch
