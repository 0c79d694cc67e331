"""Head office says how goods are valued, and which are told apart by lot; levels follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import at_most, named_once, optional_name, required_code, within
from application.inventory.queries import UnknownSku
from application.inventory.receive_goods import Unstocked
from application.paging import PAGE_SIZE_MAX, next_token, page
from application.ports.costing import LotProduct
from application.ports.inventory import StockItem
from application.ports.kernel import UnitOfWork
from application.receiving_lots import cost_as_set
from application.scope import WholeChainOnly, store_in_scope, trading_day
from application.stock_book import StockBook, open_book
from domain.finance.journal import JournalEntry, balanced
from domain.finance.stock_postings import revaluation_postings
from domain.identity.organisation import Store
from domain.inventory.cost_document import CostDocument, CostDocumentKind
from domain.inventory.stock import Costing, CostingMethod
from domain.shared.errors import Invalid, NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

ENTRIES_MAX: Final = 1_000
LEVELS_AT_ONCE: Final = PAGE_SIZE_MAX
SHELF_LIFE_DAYS_MAX: Final = 36_500
QUANTITY_MILLI_MAX: Final = 10**9


class UnknownCategory(NotFound):
    en = "There is no category “{code}”. Create it with PutCategories first."
    zh = "没有分类“{code}”，请先用 PutCategories 创建。"


class MethodNeeded(Invalid):
    en = "State the method: MOVING_AVERAGE, FIFO or STANDARD."
    zh = "请填写成本方法：MOVING_AVERAGE、FIFO 或 STANDARD。"


class NotAtStandardCost(Rejected):
    en = (
        "“{sku}” is not valued at standard cost in store “{store_code}”. Set its category with PutCosting and apply it."
    )
    zh = "门店“{store_code}”的商品“{sku}”不按标准成本核算。请先用 PutCosting 设置其分类并应用。"


@dataclass(frozen=True, slots=True)
class CategoryCosting:
    category_code: str
    method: CostingMethod | None = None


@dataclass(frozen=True, slots=True)
class LotTracking:
    """`shelf_life_days` from receipt to expiry, where a receipt names no date; 0 for none."""

    sku: str
    lot_tracked: bool = False
    shelf_life_days: int = 0


@dataclass(frozen=True, slots=True)
class PutCosting:
    categories: tuple[CategoryCosting, ...] = ()
    products: tuple[LotTracking, ...] = ()


@dataclass(frozen=True, slots=True)
class CostingPut:
    categories: int
    products: int


@dataclass(frozen=True, slots=True)
class ApplyCosting:
    """Five hundred levels of a store at once, from the page token on."""

    store_code: str = ""
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CostingApplied:
    """How many levels were looked at and how many have changed; the rest follows from the token, if there is one."""

    levels: int
    changed: int
    next_page_token: str


@dataclass(frozen=True, slots=True)
class StandardCostEntry:
    """What `quantity_milli` of a SKU is worth."""

    sku: str
    standard_minor: int
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class SetStandardCosts:
    lines: tuple[StandardCostEntry, ...]
    store_code: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class StandardCostsSet:
    """`stock_minor` is by how much the stock on hand has gained in value, to purchase price variance."""

    document_id: int
    business_date: str
    stock_minor: int


def put_costing(uow: UnitOfWork, command: PutCosting) -> CostingPut:
    """States the methods of categories, which those below inherit, and which products are told apart by lot.

    Levels follow when goods are next received, or at once by `apply_costing`. For callers of the whole chain. Raises
    UnknownCategory, UnknownSku, Unstocked, MethodNeeded.
    """
    if not command.products:
        at_most(command.categories, ENTRIES_MAX, field="categories")
    within(len(command.categories), 0, ENTRIES_MAX, field="categories")
    within(len(command.products), 0, ENTRIES_MAX, field="products")
    named_once([one.category_code for one in command.categories], field="categories", key="category_code")
    named_once([one.sku for one in command.products], field="products", key="sku")
    uow.refresh()
    if uow.caller.store_ids is not None:
        raise WholeChainOnly
    known = {category.code: category.category_id for category in uow.catalog.categories()}
    methods = {}
    for index, one in enumerate(command.categories):
        if one.category_code not in known:
            raise UnknownCategory(f"categories[{index}].category_code", code=one.category_code)
        if one.method is None:
            raise MethodNeeded(f"categories[{index}].method")
        methods[known[one.category_code]] = one.method
    items = uow.stock.items({required_code(one.sku, field="products") for one in command.products})
    lots = [_lot_product(one, items.get(one.sku), f"products[{index}]") for index, one in enumerate(command.products)]
    uow.costings.put_methods(methods)
    uow.costings.put_lot_products(lots)
    return CostingPut(len(methods), len(lots))


def apply_costing(uow: UnitOfWork, command: ApplyCosting) -> CostingApplied:
    """Lets levels of a store follow what is set, five hundred at once; what is on hand keeps its value."""
    asked = page(LEVELS_AT_ONCE, command.page_token, key=(int, int))
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    rows = uow.stock.list_levels(
        location_ids=[store.store_id], sku_ids=None, after=asked.after, limit=LEVELS_AT_ONCE + 1
    )
    shown = rows[:LEVELS_AT_ONCE]
    items = uow.stock.items([sku for sku, _ in shown])
    on, document_id = trading_day(uow, store), uow.new_id()
    book = open_book(uow, store, {level.sku_id for _, level in shown}, document_id=document_id, on=on)
    changed = cost_as_set(uow, book, items.values())
    if changed:
        uow.add(_document(uow, book, store, CostDocumentKind.COSTING, "", 0))
    token = next_token(rows, LEVELS_AT_ONCE, lambda row: (row[1].location_id, row[1].sku_id))
    return CostingApplied(len(shown), changed, token)


def set_standard_costs(uow: UnitOfWork, command: SetStandardCosts) -> StandardCostsSet:
    """Sets standard costs of a store from today on; what is on hand is worth them, by an entry of today.

    Raises UnknownSku, Unstocked, NotAtStandardCost.
    """
    at_most(command.lines, ENTRIES_MAX, field="lines")
    named_once([line.sku for line in command.lines], field="lines", key="sku")
    reference = optional_name(command.reference, field="reference")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    items = uow.stock.items({line.sku for line in command.lines})
    for index, line in enumerate(command.lines):
        _item(line.sku, items.get(line.sku), f"lines[{index}]")
        within(line.standard_minor, 0, AMOUNT_MINOR_MAX, field=f"lines[{index}].standard_minor")
        within(line.quantity_milli, 1, QUANTITY_MILLI_MAX, field=f"lines[{index}].quantity_milli")
    document_id, on = uow.new_id(), trading_day(uow, store)
    book = open_book(uow, store, {item.sku_id for item in items.values()}, document_id=document_id, on=on)
    for index, line in enumerate(command.lines):
        if not book.levels[items[line.sku].sku_id].costing & Costing.STANDARD:
            raise NotAtStandardCost(f"lines[{index}].sku", sku=line.sku, store_code=store.code)
    gained = sum(
        book.set_standard(items[line.sku].sku_id, line.standard_minor, line.quantity_milli) for line in command.lines
    )
    document = _document(uow, book, store, CostDocumentKind.STANDARD_COSTS, reference, gained)
    uow.add(document)
    post_cost_document(uow, document, revaluation_postings(gained_minor=gained))
    return StandardCostsSet(document_id, on.isoformat(), gained)


def post_cost_document(uow: UnitOfWork, document: CostDocument, postings: Sequence[tuple[str, int]]) -> None:
    """The journal entry of a document that has changed the value of stock, and its event."""
    entry = JournalEntry(
        uow.new_id(), document.store_id, document.business_date, document.currency, "", document.kind.value,
        document.document_id, uow.now,
    )  # fmt: skip
    if document.stock_minor:
        uow.add(entry, *balanced(entry.entry_id, postings))
    uow.publish(
        "StockRevalued",
        document.document_id,
        {
            "document_id": document.document_id,
            "kind": document.kind.value,
            "store_id": document.store_id,
            "business_date": document.business_date.isoformat(),
            "stock_minor": document.stock_minor,
            "currency": document.currency,
        },
    )


def _document(
    uow: UnitOfWork, book: StockBook, store: Store, kind: CostDocumentKind, reference: str, stock_minor: int
) -> CostDocument:
    return CostDocument(
        book.document_id, kind, store.store_id, book.on, store.currency, reference, stock_minor, uow.now
    )


def _lot_product(entry: LotTracking, item: StockItem | None, field: str) -> LotProduct:
    found = _item(entry.sku, item, field)
    days = within(entry.shelf_life_days, 0, SHELF_LIFE_DAYS_MAX, field=f"{field}.shelf_life_days")
    return LotProduct(found.sku_id, entry.lot_tracked, days)


def _item(sku: str, item: StockItem | None, field: str) -> StockItem:
    if item is None:
        raise UnknownSku(f"{field}.sku", sku=sku)
    if item.unstocked:
        raise Unstocked(f"{field}.sku", sku=sku)
    return item
