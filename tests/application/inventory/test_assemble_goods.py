"""What is made of others: beforehand by the store, or when it is sold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from application.catalog.entries import ComponentEntry, ProductEntry, RecipeEntry
from application.catalog.put_products import PutProducts, put_products
from application.catalog.queries import GetProduct, get_product
from application.check import INVARIANTS, examine
from application.inventory.assemble_goods import AssembleGoods, assemble_goods
from application.inventory.put_costing import (
    ApplyCosting,
    CategoryCosting,
    PutCosting,
    SetStandardCosts,
    StandardCostEntry,
    apply_costing,
    put_costing,
    set_standard_costs,
)
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from application.sales.checkout import InsufficientStock
from application.sales.refund import RefundSale, VoidSale, void_sale
from domain.identity.organisation import SYSTEM
from domain.inventory.components import SaleComponent, coming_back
from domain.inventory.stock import CostingMethod
from domain.sales.returned import Condition
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.world import Till, World

SHRINKAGE, INVENTORY, COST = "660201", "1405", "6401"


def recipe(*components: tuple[str, int], makes: int = 0, perishable: bool = False) -> RecipeEntry:
    return RecipeEntry(tuple(ComponentEntry(*one) for one in components), makes, perishable)


def menu(world: World) -> None:
    """A hamper of two teas and a mug, a bowl of 150 g of rice, and rice pudding that is cooked beforehand."""
    products = (
        ProductEntry("HAMPER", "Hamper", "HOME", "EA", unstocked=True, recipe=recipe(("TEA", 2_000), ("MUG", 1_000))),
        ProductEntry("BOWL", "Rice bowl", "FOOD", "EA", unstocked=True, recipe=recipe(("RICE", 150), perishable=True)),
        ProductEntry("PUDDING", "Pudding", "FOOD", "EA", recipe=recipe(("RICE", 1_000), ("TEA", 1_000), makes=4_000)),
    )
    world.do(put_products, PutProducts(products))
    prices = tuple(PriceEntry(sku, price) for sku, price in (("HAMPER", 25_000), ("BOWL", 1_800), ("PUDDING", 900)))
    world.do(put_prices, PutPrices("BASE", prices))


def change(world: World, before: dict[str, int]) -> dict[str, int]:
    now = world.ledger()
    return {
        code: now.get(code, 0) - before.get(code, 0)
        for code in (SHRINKAGE, INVENTORY, COST)
        if now.get(code, 0) != before.get(code, 0)
    }


def costs_of(world: World, sale_id: int) -> list[int]:
    return [
        row[0]
        for row in world.rows(f"SELECT cost_minor FROM sale_lines WHERE sale_id = {sale_id} ORDER BY line_number")
    ]


def back(line_number: int, units: int) -> ReturnRequest:
    return ReturnRequest(line_number, units * 1000, amount_only=False)


@pytest.mark.capability("INV-16")
def test_what_is_made_when_it_is_sold_takes_its_components_and_gives_them_back(world: World) -> None:
    menu(world)
    tea, mug, rice, books = world.level("TEA"), world.level("MUG"), world.level("RICE"), world.ledger()
    sale = world.sell(Till().line("HAMPER", 3).line("BOWL", 2).line("TEA").cash(100_000).command)
    costs = costs_of(world, sale.sale_id)
    assert world.level("TEA")[0] == tea[0] - 7_000
    assert world.level("MUG")[0] == mug[0] - 3_000
    assert world.level("RICE")[0] == rice[0] - 300
    assert change(world, books) == {COST: sum(costs), INVENTORY: -sum(costs)}

    world.refund(RefundSale(sale.sale_id, "two of them", (back(1, 2), back(2, 1))))
    # The hampers are unpacked; the bowl of rice is not put back into the sack.
    assert world.level("TEA")[0] == tea[0] - 3_000
    assert world.level("MUG")[0] == mug[0] - 1_000
    assert world.level("RICE")[0] == rice[0] - 300
    world.refund(RefundSale(sale.sale_id, "the rest", condition=Condition.TO_STOCK))
    assert (world.level("TEA"), world.level("MUG")) == (tea, mug)
    assert change(world, books) == {SHRINKAGE: costs[1], INVENTORY: -costs[1]}


def test_a_sale_that_is_voided_gives_all_of_it_back(world: World) -> None:
    menu(world)
    rice, books = world.level("RICE"), world.ledger()
    sale = world.sell(Till().line("BOWL", 3).cash(10_000).command)
    world.once(void_sale, VoidSale(sale.sale_id, "Mistake"), world.s1)
    assert world.level("RICE") == rice
    assert change(world, books) == {}


def test_refuses_what_the_components_do_not_suffice_for(world: World) -> None:
    menu(world)
    there = world.level("MUG")[0] // 1_000
    with pytest.raises(InsufficientStock) as refused:
        world.sell(Till().line("HAMPER", there + 1).cash(10_000_000).command)
    assert refused.value.details["sku"] == "HAMPER"
    with pytest.raises(InsufficientStock):
        world.sell(Till().line("HAMPER", there).line("MUG").cash(10_000_000).command)


@pytest.mark.capability("INV-15")
def test_what_is_made_costs_what_went_into_it(world: World) -> None:
    menu(world)
    rice, tea = world.level("RICE"), world.level("TEA")
    made = world.do(assemble_goods, AssembleGoods("PUDDING", 8_000, "S1", reference="Saturday"))
    assert [(one.sku, one.quantity_milli) for one in made.components] == [("RICE", 2_000), ("TEA", 2_000)]
    assert world.level("PUDDING") == (8_000, made.cost_minor)
    assert made.cost_minor == rice[1] + tea[1] - world.level("RICE")[1] - world.level("TEA")[1] > 0
    world.sell(Till().line("PUDDING", 4).cash(10_000).command)
    assert world.level("PUDDING") == (4_000, made.cost_minor // 2)
    world.do(assemble_goods, AssembleGoods("PUDDING", 4_000, "S1", take_apart=True))
    assert world.level("PUDDING") == (0, 0)
    assert world.level("RICE")[0] == rice[0] - 1_000


def test_what_is_made_at_another_standard_leaves_a_variance(world: World) -> None:
    menu(world)
    world.do(put_costing, PutCosting(tuple(CategoryCosting(code, CostingMethod.STANDARD) for code in ("HOME", "FOOD"))))
    world.do(assemble_goods, AssembleGoods("PUDDING", 8_000, "S1"))
    world.do(apply_costing, ApplyCosting("S1"))
    world.do(set_standard_costs, SetStandardCosts((StandardCostEntry("PUDDING", 1, 1_000),), "S1"))
    made = world.do(assemble_goods, AssembleGoods("PUDDING", 8_000, "S1"))
    assert (world.level("PUDDING"), made.cost_correction_minor) == ((16_000, 16), made.cost_minor - 8)
    assert world.broken() == []


def test_refuses_to_make_what_cannot_be_made(world: World) -> None:
    menu(world)
    for command, reason, field in (
        (AssembleGoods("NOPE", 1_000, "S1"), "UNKNOWN_SKU", "sku"),
        (AssembleGoods("TEA", 1_000, "S1"), "NO_RECIPE", "sku"),
        (AssembleGoods("BOWL", 1_000, "S1"), "MADE_WHEN_SOLD", "sku"),
        (AssembleGoods("PUDDING", 500, "S1"), "QUANTITY_TOO_FINE", "quantity_milli"),
        (AssembleGoods("PUDDING", 10**9, "S1"), "NOT_ENOUGH", "quantity_milli"),
        (AssembleGoods("PUDDING", 1_000, "S1", take_apart=True), "NOT_ENOUGH", "quantity_milli"),
    ):
        with pytest.raises(Refusal) as refused:
            world.do(assemble_goods, command)
        assert (refused.value.reason, refused.value.field) == (reason, field)


def product(**changes: Any) -> PutProducts:
    return PutProducts((ProductEntry("BOX", "Box", "HOME", "EA", **changes),))


def test_checks_recipes_as_they_are_set(world: World) -> None:
    for entry, reason, field in (
        (recipe(("NOPE", 1_000)), "UNKNOWN_COMPONENT", "components[0].sku"),
        (recipe(("WRAP", 1_000)), "UNSTOCKED_COMPONENT", "components[0].sku"),
        (recipe(("BOX", 1_000)), "MADE_OF_ITSELF", "components[0].sku"),
        (recipe(("TEA", 500)), "QUANTITY_TOO_FINE", "components[0].quantity_milli"),
        (recipe(("TEA", 1_000), makes=500), "QUANTITY_TOO_FINE", "makes_milli"),
        (recipe(), "MISSING", "components"),
    ):
        with pytest.raises(Refusal) as refused:
            world.do(put_products, product(recipe=entry))
        assert (refused.value.reason, refused.value.field) == (reason, f"products[0].recipe.{field}")
    world.do(put_products, product(recipe=recipe(("TEA", 1_000), ("MUG", 2_000))))
    stored = world.ask(get_product, GetProduct("BOX"))
    assert stored.recipe == recipe(("MUG", 2_000), ("TEA", 1_000), makes=1_000)


def test_the_check_finds_what_was_tampered_with(world: World) -> None:
    menu(world)
    world.do(assemble_goods, AssembleGoods("PUDDING", 4_000, "S1"))
    sale = world.sell(Till().line("HAMPER").cash(30_000).command)
    world.refund(RefundSale(sale.sale_id, "all"))
    [invariant] = [one for one in INVARIANTS if one.id == "INV-assemblies"]
    for tampering, violated in (
        ("UPDATE assemblies SET cost_minor = cost_minor + 1", 1),
        ("UPDATE sale_components SET cost_minor = cost_minor + 1 WHERE quantity_milli > 0", 1),
        ("UPDATE sale_components SET quantity_milli = quantity_milli - 1 WHERE quantity_milli < 0", 2),
    ):
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**6)), min_size=1, max_size=4), st.data())
def test_the_parts_of_a_line_that_come_back_sum_to_what_it_took(taken: list[tuple[int, int]], data: Any) -> None:
    line = data.draw(st.integers(1, 20))
    moved = [SaleComponent(1, 1, sku, *one, 1, 1, line * 1_000) for sku, one in enumerate(taken)]
    total = sum(cost for _, cost in taken)
    returned, returned_cost = 0, 0
    while returned < line:
        some = data.draw(st.integers(1, line - returned))
        returned += some
        # As a refund splits the cost of its line.
        cost = total * returned // line - returned_cost
        returned_cost += cost
        parts = coming_back(moved, line_quantity_milli=some * 1_000, cost_minor=cost)
        assert sum(share for _, _, share in parts) == cost
        for sku, quantity, share in parts:
            moved.append(SaleComponent(2, 1, sku, -quantity, -share, 1, 1, -some * 1_000))
    for sku in range(len(taken)):
        of_sku = [one for one in moved if one.sku_id == sku]
        assert (sum(one.quantity_milli for one in of_sku), sum(one.cost_minor for one in of_sku)) == (0, 0)
