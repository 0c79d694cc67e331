"""What products are made of, checked as it is set, and with ids in place of SKUs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from application.catalog.entries import ProductEntry, RecipeEntry
from application.fields import at_most, named_once, required_code, within
from application.ports.catalog import StoredProduct
from application.ports.kernel import UnitOfWork
from domain.catalog.product import Component, Recipe
from domain.catalog.quantity import QUANTITY_MILLI_MAX, UNIT_MILLI, checked_quantity
from domain.shared.errors import Invalid, NotFound, Rejected

COMPONENTS_MAX: Final = 100


class UnknownComponent(NotFound):
    en = "There is no product with SKU “{sku}” to make others of. Create it first, or with the same request."
    zh = "没有 SKU 为“{sku}”的原料商品。请先创建，或在同一请求中创建。"


class UnstockedComponent(Rejected):
    en = "“{sku}” is kept without stock, so nothing can be made of it. Name what it is made of instead."
    zh = "“{sku}”不管理库存，不能作为原料。请改为填写其原料。"


class MadeOfItself(Invalid):
    en = "“{sku}” cannot be made of itself."
    zh = "“{sku}”不能以自身为原料。"


class Ingredient(NamedTuple):
    sku_id: int
    unit_decimals: int
    unstocked: bool


def checked_recipe(recipe: RecipeEntry, *, sku: str, field: str) -> RecipeEntry:
    """The recipe with its components in the order of SKUs, which each come once and are not the product itself."""
    at_most(recipe.components, COMPONENTS_MAX, field=f"{field}.components")
    for index, one in enumerate(recipe.components):
        required_code(one.sku, field=f"{field}.components[{index}].sku")
        if one.sku == sku:
            raise MadeOfItself(f"{field}.components[{index}].sku", sku=sku)
    named_once([one.sku for one in recipe.components], field=f"{field}.components", key="sku")
    makes = within(recipe.makes_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}.makes_milli") or UNIT_MILLI
    return RecipeEntry(tuple(sorted(recipe.components, key=lambda one: one.sku)), makes, recipe.perishable)


def with_recipes(
    uow: UnitOfWork, entries: Sequence[ProductEntry], products: list[StoredProduct], decimals: Mapping[str, int]
) -> list[StoredProduct]:
    """The products of the entries with their recipes; `decimals` are those of the units by code.

    Components may be products of the same request. Raises UnknownComponent, UnstockedComponent and those of quantities.
    """
    if not any(entry.recipe for entry in entries):
        return products
    known = {
        entry.sku: Ingredient(stored.product.sku_id, decimals[entry.unit_code], entry.unstocked)
        for entry, stored in zip(entries, products, strict=True)
    }
    asked = {one.sku for entry in entries if entry.recipe for one in entry.recipe.components} - set(known)
    for sku, item in uow.stock.items(asked).items():
        known[sku] = Ingredient(item.sku_id, item.unit_decimals, item.unstocked)
    made = []
    for index, (entry, stored) in enumerate(zip(entries, products, strict=True)):
        if entry.recipe is not None:
            field = f"products[{index}].recipe"
            checked_quantity(
                entry.recipe.makes_milli, unit_decimals=decimals[entry.unit_code], field=f"{field}.makes_milli"
            )
            recipe = Recipe(_components(entry.recipe, known, field), entry.recipe.makes_milli, entry.recipe.perishable)
            made.append(replace(stored, product=replace(stored.product, recipe=recipe)))
        else:
            made.append(stored)
    return made


def _components(recipe: RecipeEntry, known: Mapping[str, Ingredient], field: str) -> tuple[Component, ...]:
    components = []
    for index, one in enumerate(recipe.components):
        at = f"{field}.components[{index}]"
        ingredient = known.get(one.sku)
        if ingredient is None:
            raise UnknownComponent(f"{at}.sku", sku=one.sku)
        if ingredient.unstocked:
            raise UnstockedComponent(f"{at}.sku", sku=one.sku)
        checked_quantity(one.quantity_milli, unit_decimals=ingredient.unit_decimals, field=f"{at}.quantity_milli")
        components.append(Component(ingredient.sku_id, one.sku, one.quantity_milli))
    return tuple(components)
