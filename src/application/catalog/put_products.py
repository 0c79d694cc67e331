"""HQ creates and changes products."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from application.catalog.entries import ProductEntry
from application.catalog.recipes import checked_recipe, with_recipes
from application.catalog.selling_terms import PiecesAreWhole, checked_selling
from application.fields import at_most, named_once, optional_code, required_code, required_name, within
from application.ports.catalog import StoredProduct
from application.ports.kernel import UnitOfWork
from domain.catalog.barcode import parse
from domain.catalog.product import Product, ProductStatus
from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.launch import Launch

PRODUCTS_PER_REQUEST_MAX: Final = 1_000
BARCODES_PER_PRODUCT_MAX: Final = 100
TAGS_PER_PRODUCT_MAX: Final = 50
EARLIER_STARTS_MAX: Final = 20
VALID_DAYS_MAX: Final = 3_660
WEIGHED_ITEM_CODE_DIGITS: Final = 5


class UnknownCategory(NotFound):
    en = "There is no category “{code}”. Create it with PutCategories first."
    zh = "没有分类“{code}”，请先用 PutCategories 创建。"


class UnknownUnit(NotFound):
    en = "There is no unit of measure “{code}”. Create it with PutUnits first."
    zh = "没有计量单位“{code}”，请先用 PutUnits 创建。"


class BarcodeTaken(Conflict):
    en = "Barcode {barcode} belongs to SKU “{sku}” already. Take it from that product first, or correct it."
    zh = "条码 {barcode} 已属于 SKU“{sku}”。请先从该商品移除，或更正条码。"


class WeighedItemCodeTaken(Conflict):
    en = "Weighed-item code {code} belongs to SKU “{sku}” already. Choose another one."
    zh = "称重码 {code} 已属于 SKU“{sku}”，请使用其他号码。"


class WeighedItemBarcode(Invalid):
    en = "{barcode} is the label of one weighing. Set weighed_item_code to {code} instead."
    zh = "{barcode} 是一次称重的标签。请改为将 weighed_item_code 设为 {code}。"


class InvalidWeighedItemCode(Invalid):
    en = "“{code}” is no weighed-item code: it has exactly 5 digits."
    zh = "“{code}”不是称重码：应为 5 位数字。"


class WeighedItemCodeNeeded(Invalid):
    en = "A product whose labels carry a price needs a weighed_item_code."
    zh = "标签含价格的商品必须有 weighed_item_code。"


class UsesAreNoGoods(Invalid):
    en = "The uses of a times card are kept on no stock. Set unstocked."
    zh = "计次卡不占用库存，请设置 unstocked。"


class UsesAreWhole(Invalid):
    en = "Each unit of a times card is one use. Choose a unit of measure without decimals."
    zh = "计次卡每单位为一次使用，请选择不带小数的计量单位。"


class NotEarlier(Invalid):
    en = "Members of “{tier}” would not begin before everybody else. State an earlier time, or leave the tier out."
    zh = "等级“{tier}”的开售时间不早于所有人。请填写更早的时间，或删除该等级。"


@dataclass(frozen=True, slots=True)
class PutProducts:
    products: tuple[ProductEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductsPut:
    """How many were new and how many were different before."""

    created: int
    changed: int


def put_products(uow: UnitOfWork, command: PutProducts) -> ProductsPut:
    """Creates or replaces up to 1,000 products with their barcodes by SKU, all or none.

    A barcode or weighed-item code may move between products of one request. Raises UnknownCategory, UnknownUnit,
    BarcodeTaken and WeighedItemCodeTaken, which name the SKU that has it.
    """
    entries = _checked(command.products)
    version = uow.bump("prices")
    _check_holders(uow, entries)
    stored = uow.catalog.stored_products([entry.sku for entry in entries])
    products = _products(uow, entries, {sku: found.product.sku_id for sku, found in stored.items()})
    created = [product for product in products if product.product.sku not in stored]
    changed = [product for product in products if stored.get(product.product.sku, product) != product]
    uow.catalog.put_products(created + changed, version=version)
    return ProductsPut(len(created), len(changed))


def _checked(products: Sequence[ProductEntry]) -> list[ProductEntry]:
    at_most(products, PRODUCTS_PER_REQUEST_MAX, field="products")
    entries = [_checked_entry(entry, f"products[{index}]") for index, entry in enumerate(products)]
    named_once([entry.sku for entry in entries], field="products", key="sku")
    barcodes: dict[str, str] = {}
    weighed_items: dict[str, str] = {}
    for index, entry in enumerate(entries):
        for number, barcode in enumerate(entry.barcodes):
            if barcode in barcodes:
                raise BarcodeTaken(f"products[{index}].barcodes[{number}]", barcode=barcode, sku=barcodes[barcode])
            barcodes[barcode] = entry.sku
        if code := entry.weighed_item_code:
            if code in weighed_items:
                raise WeighedItemCodeTaken(f"products[{index}].weighed_item_code", code=code, sku=weighed_items[code])
            weighed_items[code] = entry.sku
    return entries


def _checked_entry(entry: ProductEntry, field: str) -> ProductEntry:
    if entry.barcodes:
        at_most(entry.barcodes, BARCODES_PER_PRODUCT_MAX, field=f"{field}.barcodes")
    barcodes = []
    for number, barcode in enumerate(entry.barcodes):
        scanned = parse(barcode, field=f"{field}.barcodes[{number}]")
        if scanned.weighed_item_code:
            raise WeighedItemBarcode(f"{field}.barcodes[{number}]", barcode=barcode, code=scanned.weighed_item_code)
        barcodes.append(scanned.barcode)
    code = entry.weighed_item_code
    if code and not (len(code) == WEIGHED_ITEM_CODE_DIGITS and code.isascii() and code.isdigit()):
        raise InvalidWeighedItemCode(f"{field}.weighed_item_code", code=code)
    if entry.times_card is not None:
        within(entry.times_card.valid_days, 0, VALID_DAYS_MAX, field=f"{field}.times_card.valid_days")
        if not entry.unstocked:
            raise UsesAreNoGoods(f"{field}.unstocked")
    if entry.weighed_by_price and not code:
        raise WeighedItemCodeNeeded(f"{field}.weighed_item_code")
    return replace(
        entry,
        sku=required_code(entry.sku, field=f"{field}.sku"),
        name=required_name(entry.name, field=f"{field}.name"),
        category_code=required_code(entry.category_code, field=f"{field}.category_code"),
        unit_code=required_code(entry.unit_code, field=f"{field}.unit_code"),
        tax_category=optional_code(entry.tax_category, field=f"{field}.tax_category"),
        barcodes=tuple(barcodes),
        status=entry.status or ProductStatus.ACTIVE,
        brand=optional_code(entry.brand, field=f"{field}.brand"),
        supplier_code=optional_code(entry.supplier_code, field=f"{field}.supplier_code"),
        tags=_checked_tags(entry.tags, f"{field}.tags"),
        launch=_checked_launch(entry.launch, f"{field}.launch") if entry.launch else None,
        selling=checked_selling(entry.selling, field=f"{field}.selling") if entry.selling else None,
        recipe=checked_recipe(entry.recipe, sku=entry.sku, field=f"{field}.recipe") if entry.recipe else None,
    )


def _checked_launch(launch: Launch, field: str) -> Launch:
    if launch.earlier:
        at_most(launch.earlier, EARLIER_STARTS_MAX, field=f"{field}.earlier")
    for index, one in enumerate(launch.earlier):
        required_code(one.tier, field=f"{field}.earlier[{index}].tier")
        if one.sale_from >= launch.sale_from:
            raise NotEarlier(f"{field}.earlier[{index}].sale_from", tier=one.tier)
    named_once([one.tier for one in launch.earlier], field=f"{field}.earlier", key="tier")
    # In one order, so that the same launch is not taken for another one.
    return replace(launch, earlier=tuple(sorted(launch.earlier, key=lambda one: one.tier)))


def _checked_tags(tags: Sequence[str], field: str) -> tuple[str, ...]:
    if not tags:
        return ()
    at_most(tags, TAGS_PER_PRODUCT_MAX, field=field)
    for index, tag in enumerate(tags):
        required_code(tag, field=f"{field}[{index}]")
    # Named twice it is still one tag.
    return tuple(sorted(set(tags)))


def _check_holders(uow: UnitOfWork, entries: Sequence[ProductEntry]) -> None:
    """Refuses what a product outside the request has; one inside it states all its codes, so it gives up the others."""
    stated = {entry.sku for entry in entries}
    barcode_holders = uow.catalog.barcode_holders([barcode for entry in entries for barcode in entry.barcodes])
    weighed_item_holders = uow.catalog.weighed_item_holders(
        [entry.weighed_item_code for entry in entries if entry.weighed_item_code]
    )
    for index, entry in enumerate(entries):
        for number, barcode in enumerate(entry.barcodes):
            holder = barcode_holders.get(barcode, entry.sku)
            if holder not in stated:
                raise BarcodeTaken(f"products[{index}].barcodes[{number}]", barcode=barcode, sku=holder)
        holder = weighed_item_holders.get(entry.weighed_item_code, entry.sku)
        if holder not in stated:
            raise WeighedItemCodeTaken(f"products[{index}].weighed_item_code", code=entry.weighed_item_code, sku=holder)


def _products(uow: UnitOfWork, entries: Sequence[ProductEntry], sku_ids: dict[str, int]) -> list[StoredProduct]:
    """The entries with ids in place of codes."""
    categories = {category.code: category for category in uow.catalog.categories()}
    units = {unit.code: unit for unit in uow.catalog.units()}
    products = []
    for index, entry in enumerate(entries):
        category = categories.get(entry.category_code)
        if category is None:
            raise UnknownCategory(f"products[{index}].category_code", code=entry.category_code)
        unit = units.get(entry.unit_code)
        if unit is None:
            raise UnknownUnit(f"products[{index}].unit_code", code=entry.unit_code)
        if entry.times_card is not None and unit.decimals:
            raise UsesAreWhole(f"products[{index}].unit_code")
        if entry.selling is not None and entry.selling.serial_numbers and unit.decimals:
            raise PiecesAreWhole(f"products[{index}].unit_code")
        product = Product(
            sku_id=sku_ids[entry.sku] if entry.sku in sku_ids else uow.new_id(),
            sku=entry.sku,
            name=entry.name,
            category_id=category.category_id,
            department_id=category.department_id,
            unit_id=unit.unit_id,
            tax_category=entry.tax_category,
            weighed_item_code=entry.weighed_item_code,
            weighed_by_price=entry.weighed_by_price,
            unstocked=entry.unstocked,
            excluded_from_points=entry.excluded_from_points,
            status=entry.status or ProductStatus.ACTIVE,
            brand=entry.brand,
            supplier_code=entry.supplier_code,
            tags=entry.tags,
            launch=entry.launch,
            times_card=entry.times_card,
            selling=entry.selling,
        )
        products.append(StoredProduct(product, tuple(sorted(entry.barcodes))))
    return with_recipes(uow, entries, products, {unit.code: unit.decimals for unit in units.values()})
