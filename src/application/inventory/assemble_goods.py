"""A store makes goods out of others by their recipe: dough of flour, a hamper of what lies in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.fields import optional_name, required_code
from application.inventory.queries import UnknownSku
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope, trading_day
from application.stock_book import StockBook, open_book
from domain.catalog.product import Component, Product
from domain.catalog.quantity import checked_quantity
from domain.finance.journal import JournalEntry, balanced
from domain.finance.sale_postings import correction_postings
from domain.inventory.assembly import Assembly
from domain.inventory.stock import MovementReason
from domain.shared.errors import Rejected
from domain.shared.money import allocate


class NoRecipe(Rejected):
    en = "“{sku}” has no recipe. Set one with PutProducts first."
    zh = "商品“{sku}”没有配方，请先用 PutProducts 设置。"


class MadeWhenSold(Rejected):
    en = "“{sku}” is kept without stock: it is made of its components when it is sold. Nothing is to be made before."
    zh = "商品“{sku}”不管理库存，销售时按配方扣减原料，无需预先制作。"


class NotEnough(Rejected):
    en = "“{sku}” has {available} thousandths available in store “{store_code}”, not {asked}."
    zh = "门店“{store_code}”商品“{sku}”可用 {available}（千分之一单位），不足 {asked}。"


@dataclass(frozen=True, slots=True)
class AssembleGoods:
    """Makes `quantity_milli` of a product, or with `take_apart` puts its components back on the shelf."""

    sku: str
    quantity_milli: int
    store_code: str = ""
    take_apart: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class AssembledComponent:
    sku: str
    quantity_milli: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class GoodsAssembled:
    """What went in and came out at the same cost; the correction is as that of a receipt."""

    assembly_id: int
    business_date: str
    cost_minor: int
    components: Sequence[AssembledComponent]
    cost_correction_minor: int


def assemble_goods(uow: UnitOfWork, command: AssembleGoods) -> GoodsAssembled:
    """Moves components out of stock and the product in at the sum of their costs, or the other way round.

    Taken apart, components share the product's cost by what they are worth now. Nothing is made of what is not there,
    whatever the setting `negative_stock`. Raises UnknownSku, NoRecipe, MadeWhenSold, NotEnough and those of quantities.
    """
    sku = required_code(command.sku, field="sku")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    product, components = _recipe(uow, sku, command.quantity_milli)
    on = trading_day(uow, store)
    assembly_id = uow.new_id()
    moved = {product.sku_id, *(one.sku_id for one, _ in components)}
    book = open_book(uow, store, moved, document_id=assembly_id, on=on)
    move = _take_apart if command.take_apart else _make
    costs = move(book, product, command.quantity_milli, components, store.code)
    assembly = Assembly(
        assembly_id=assembly_id,
        store_id=store.store_id,
        sku_id=product.sku_id,
        quantity_milli=-command.quantity_milli if command.take_apart else command.quantity_milli,
        cost_minor=sum(costs),
        cost_correction_minor=-book.correction_minor,
        reference=optional_name(command.reference, field="reference"),
        business_date=on,
        made_at=uow.now,
    )
    uow.add(assembly)
    if book.correction_minor:
        entry = JournalEntry(uow.new_id(), store.store_id, on, store.currency, "", "assembly", assembly_id, uow.now)
        postings = correction_postings(correction_minor=book.correction_minor)
        uow.add(entry, *balanced(entry.entry_id, postings))
    uow.publish(
        "GoodsAssembled",
        assembly_id,
        {
            "assembly_id": assembly_id,
            "store_id": store.store_id,
            "business_date": on.isoformat(),
            "sku_id": product.sku_id,
            "quantity_milli": assembly.quantity_milli,
            "cost_minor": assembly.cost_minor,
            "currency": store.currency,
        },
    )
    return GoodsAssembled(
        assembly_id,
        on.isoformat(),
        assembly.cost_minor,
        [AssembledComponent(one.sku, quantity, cost) for (one, quantity), cost in zip(components, costs, strict=True)],
        assembly.cost_correction_minor,
    )


def _recipe(uow: UnitOfWork, sku: str, quantity_milli: int) -> tuple[Product, list[tuple[Component, int]]]:
    """The product, and what so much of it takes of each component; what rounds to nothing is left out."""
    found = uow.pricing.products(skus=[sku]).by_sku.get(sku)
    if found is None:
        raise UnknownSku("sku", sku=sku)
    product = found.product
    if product.recipe is None:
        raise NoRecipe("sku", sku=sku)
    if product.unstocked:
        raise MadeWhenSold("sku", sku=sku)
    checked_quantity(quantity_milli, unit_decimals=found.unit_decimals, field="quantity_milli")
    return product, [(one, quantity) for one, quantity in product.recipe.taken(quantity_milli) if quantity]


def _make(
    book: StockBook, product: Product, quantity_milli: int, components: list[tuple[Component, int]], store_code: str
) -> list[int]:
    """The costs of the components, which leave."""
    for one, quantity in components:
        _check_there(book, one.sku_id, one.sku, quantity, store_code)
    costs = [book.issue(one.sku_id, quantity, MovementReason.COMPONENT) for one, quantity in components]
    book.receive(product.sku_id, quantity_milli, sum(costs), MovementReason.ASSEMBLY)
    return costs


def _take_apart(
    book: StockBook, product: Product, quantity_milli: int, components: list[tuple[Component, int]], store_code: str
) -> list[int]:
    """The costs of the components, which come back."""
    _check_there(book, product.sku_id, product.sku, quantity_milli, store_code)
    cost = book.issue(product.sku_id, quantity_milli, MovementReason.ASSEMBLY)
    costs = allocate(cost, [book.worth(one.sku_id, quantity) for one, quantity in components])
    for (one, quantity), share in zip(components, costs, strict=True):
        book.put_back(one.sku_id, quantity, share, MovementReason.COMPONENT)
    return costs


def _check_there(book: StockBook, sku_id: int, sku: str, quantity_milli: int, store_code: str) -> None:
    available = book.available_milli(sku_id)
    if available < quantity_milli:
        raise NotEnough("quantity_milli", sku=sku, available=available, store_code=store_code, asked=quantity_milli)
