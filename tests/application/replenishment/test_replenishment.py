"""Rules, classes, proposals, and what becomes of them."""

from dataclasses import replace
from typing import Any

import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.inventory.decide_transfer import DecideTransfer, TransferDecision, decide_transfer
from application.inventory.ship_transfer import ShipTransfer, ship_transfer
from application.inventory.transfer_queries import GetTransfer, get_transfer
from application.purchasing.purchase_order_queries import GetPurchaseOrder, get_purchase_order
from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from application.replenishment.accept_proposal import AcceptProposal, LineLeft, accept_proposal
from application.replenishment.classes import (
    ClassifyStock,
    ListStockClasses,
    classify_stock,
    list_stock_classes,
)
from application.replenishment.plan import PlanPurchases, plan_purchases
from application.replenishment.propose import (
    ComputeProposal,
    GetProposal,
    ListProposals,
    ProposalLineView,
    ProposeReplenishment,
    compute_proposal,
    get_proposal,
    list_proposals,
    propose_replenishment,
)
from application.replenishment.rules import (
    ListReplenishmentRules,
    PutReplenishmentRules,
    Rule,
    list_replenishment_rules,
    put_replenishment_rules,
)
from domain.replenishment.proposal import LineSource, ProposalState
from domain.replenishment.rule import GoodsKind, Method, PlaceKind
from domain.shared.errors import Refusal
from tests.world import Till, World

EVERYTHING = Rule(
    PlaceKind.CHAIN, "", GoodsKind.ALL, "", Method.DEMAND, service_bp=9_500, lead_days=0, lead_deviation_milli=0,
    review_days=1, cover_days=0, minimum_milli=0, maximum_milli=0, pack_milli=0, order_minimum_milli=0,
    source_store_code="", surplus_days=0, ended=False,
)  # fmt: skip
BOUNDED = replace(EVERYTHING, method=Method.MIN_MAX)


def bounded(sku: str, least: int, most: int, **changes: Any) -> Rule:
    return replace(
        BOUNDED, goods_kind=GoodsKind.SKU, goods_code=sku, minimum_milli=least * 1_000, maximum_milli=most * 1_000,
        **changes,
    )  # fmt: skip


@pytest.fixture
def stores(world: World) -> World:
    """MILL delivers tea in packs of 12, 24 at least, in three days, at 8.00; nobody delivers mugs."""
    world.do(
        put_suppliers,
        PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY", lead_days=3, minimum_order_minor=500_000),)),
    )
    offer = SupplierProductEntry(
        "TEA", price_minor=800, price_quantity_milli=1_000, pack_milli=12_000, moq_milli=24_000
    )
    world.do(put_supplier_products, PutSupplierProducts("MILL", (offer,)))
    tea = ProductEntry("TEA", "Green tea", "FOOD", "EA", "standard", ("6901234567892",), supplier_code="MILL")
    world.do(put_products, PutProducts((tea,)))
    return world


def rules(world: World, *wanted: Rule) -> None:
    world.do(put_replenishment_rules, PutReplenishmentRules(wanted))


def proposed(world: World, **asked: Any) -> tuple[int, list[ProposalLineView]]:
    made = world.do(propose_replenishment, ProposeReplenishment(**asked))
    assert made.state is ProposalState.OPEN
    return made.proposal_id, list(world.ask(get_proposal, GetProposal(made.proposal_id)).lines)


def moved(lines: list[ProposalLineView]) -> list[tuple[str, str, str, str, int]]:
    return [
        (one.store_code, one.sku, one.source.value, one.source_store_code or one.supplier_code, one.quantity_milli)
        for one in lines
    ]


@pytest.mark.capability("REP-04")
def test_what_is_below_its_reorder_point_is_ordered_once(stores: World) -> None:
    rules(stores, bounded("TEA", 110, 150))
    number, lines = proposed(stores, store_code="S1")
    # 50 are missing to the most: five packs of twelve.
    assert moved(lines) == [("S1", "TEA", "supplier", "MILL", 60_000)]
    assert (lines[0].need_milli, lines[0].reorder_milli, lines[0].target_milli) == (50_000, 110_000, 150_000)
    accepted = stores.do(accept_proposal, AcceptProposal(number, submit=True))
    [order_id] = accepted.purchase_orders
    order = stores.ask(get_purchase_order, GetPurchaseOrder(order_id))
    assert (order.state, order.source, order.net_minor) == ("submitted", "replenishment", 48_000)
    assert [one.ordered_milli for one in order.progress] == [60_000]
    # What is on order counts: running it again proposes nothing, and accepting it again makes nothing.
    assert proposed(stores, store_code="S1")[1] == []
    with pytest.raises(Refusal) as refused:
        stores.do(accept_proposal, AcceptProposal(number))
    assert refused.value.reason == "PROPOSAL_NOT_OPEN"


@pytest.mark.capability("REP-05")
def test_a_plan_by_supplier_keeps_to_packs_and_least_quantities(stores: World) -> None:
    rules(stores, bounded("TEA", 101, 102), bounded("MUG", 110, 120))
    number, lines = proposed(stores)
    # Two are missing in each store: the supplier delivers 24 at least.
    assert [(one.store_code, one.sku, one.quantity_milli) for one in lines] == [
        ("S1", "TEA", 24_000), ("S1", "MUG", 20_000), ("S2", "TEA", 24_000), ("S2", "MUG", 20_000),
    ]  # fmt: skip
    nobody, mill = stores.ask(plan_purchases, PlanPurchases(number)).suppliers
    assert (nobody.supplier_code, nobody.lines, nobody.unpriced) == ("", 2, 2)
    assert (mill.supplier_code, mill.stores, mill.priced_minor, mill.below_minimum) == ("MILL", 2, 38_400, 2)
    assert mill.order_on < mill.delivery_on
    accepted = stores.do(accept_proposal, AcceptProposal(number))
    assert (len(accepted.purchase_orders), accepted.lines) == (2, 2)
    assert list(accepted.left) == [LineLeft("S1", "MUG", ""), LineLeft("S2", "MUG", "")]


def test_surplus_of_other_stores_comes_before_anything_is_bought(stores: World) -> None:
    rules(
        stores,
        bounded("TEA", 10, 70, place_kind=PlaceKind.STORE, place_code="S1", surplus_days=1),
        bounded("TEA", 110, 150, place_kind=PlaceKind.STORE, place_code="S2"),
    )
    number, lines = proposed(stores)
    assert moved(lines) == [("S2", "TEA", "store", "S1", 30_000), ("S2", "TEA", "supplier", "MILL", 24_000)]
    accepted = stores.do(accept_proposal, AcceptProposal(number))
    [transfer_id] = accepted.transfers
    transfer = stores.ask(get_transfer, GetTransfer(transfer_id))
    assert (transfer.from_store_code, transfer.lines[0].requested_milli) == ("S1", 30_000)
    # What is promised from S1 and to S2 counts before it is shipped.
    assert proposed(stores)[1] == []


def test_demand_of_eight_weeks_gives_reorder_point_and_need(stores: World) -> None:
    rules(stores, EVERYTHING)
    for _ in range(33):
        stores.sell(Till().line("TEA", 3).cash(100_000).command)
        stores.clock.advance(days=1)
    _, lines = proposed(stores, store_code="S1")
    [line] = [one for one in lines if one.sku == "TEA"]
    # 99 in 56 days: 1.77 a day, over three days to deliver and one to the next order.
    assert (line.mean_milli, line.lead_days, line.on_hand_milli) == (1_768, 3, 1_000)
    assert line.reorder_milli - line.safety_milli == 8_000
    assert line.quantity_milli % 12_000 == 0
    assert line.source is LineSource.SUPPLIER


@pytest.mark.capability("INV-05")
def test_classes_are_worked_out_from_sales_and_monthly(stores: World) -> None:
    # 900.00 of tea, 50.00 of mugs, 24.00 of rice: tea brings more than four fifths.
    stores.sell(Till().line("TEA", 9).line("MUG", 1).line("RICE", 3).cash(1_000_000).command)
    stores.clock.advance(days=1)
    done = stores.do(classify_stock, ClassifyStock("S1"))
    assert (done.store_code, done.a, done.b, done.c) == ("S1", 1, 1, 1)
    page = stores.ask(list_stock_classes, ListStockClasses("S1"))
    assert {one.sku: one.abc.value for one in page.classes} == {"TEA": "A", "MUG": "B", "RICE": "C"}
    # One whose classes are older than a month, or never were; then none.
    assert stores.do(classify_stock, ClassifyStock()).store_code == "S2"
    assert stores.do(classify_stock, ClassifyStock()).store_code == ""
    stores.clock.advance(days=28)
    assert stores.do(classify_stock, ClassifyStock()).store_code == "S1"


def test_a_newer_proposal_takes_the_place_of_an_older_one(stores: World) -> None:
    rules(stores, bounded("TEA", 110, 150))
    first, _ = proposed(stores, store_code="S1")
    second, _ = proposed(stores)
    states = {one.proposal_id: one.state for one in stores.ask(list_proposals, ListProposals()).proposals}
    assert states == {first: ProposalState.SUPERSEDED, second: ProposalState.OPEN}
    stores.clock.advance(days=7)
    for use_case, command, reason in (
        (accept_proposal, AcceptProposal(first), "PROPOSAL_NOT_OPEN"),
        (accept_proposal, AcceptProposal(second), "PROPOSAL_TOO_OLD"),
        (accept_proposal, AcceptProposal(7), "UNKNOWN_PROPOSAL"),
        (compute_proposal, ComputeProposal(second), "NOT_COMPUTING"),
    ):
        with pytest.raises(Refusal) as refused:
            stores.do(use_case, command)
        assert refused.value.reason == reason


def test_a_proposal_is_computed_batch_by_batch(stores: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rules(stores, bounded("TEA", 110, 150), bounded("MUG", 110, 150))
    monkeypatch.setattr("application.replenishment.propose.PAIRS_AT_ONCE", 2)
    made = stores.do(propose_replenishment, ProposeReplenishment())
    batches = 1
    while made.state is ProposalState.COMPUTING:
        made = stores.do(compute_proposal, ComputeProposal(made.proposal_id))
        batches += 1
    assert (made.state, made.pairs, made.lines) == (ProposalState.OPEN, 10, 4)
    assert batches == 5


def test_rules_are_listed_as_they_were_put_and_checked(stores: World) -> None:
    food = replace(EVERYTHING, goods_kind=GoodsKind.CATEGORY, goods_code="FOOD")
    best = replace(EVERYTHING, goods_kind=GoodsKind.ABC_CLASS, goods_code="A", service_bp=9_900)
    rules(stores, EVERYTHING, food, best, bounded("TEA", 1, 2))
    listed = stores.ask(list_replenishment_rules, ListReplenishmentRules()).rules
    assert sorted(listed, key=repr) == sorted([EVERYTHING, food, best, bounded("TEA", 1, 2)], key=repr)
    for rule, reason in (
        (replace(EVERYTHING, place_kind=PlaceKind.STORE, place_code="S9"), "UNKNOWN_STORE"),
        (replace(EVERYTHING, goods_kind=GoodsKind.SKU, goods_code="NOPE"), "UNKNOWN_SKU"),
        (replace(EVERYTHING, goods_kind=GoodsKind.ABC_CLASS, goods_code="D"), "UNKNOWN_CLASS"),
        (replace(EVERYTHING, service_bp=10_000), "OUT_OF_RANGE"),
        (bounded("TEA", 3, 2), "MAXIMUM_BELOW_MINIMUM"),
    ):
        with pytest.raises(Refusal) as refused:
            rules(stores, rule)
        assert refused.value.reason == reason
    foreign = stores.terminal("T2")
    with pytest.raises(Refusal) as refused:
        stores.do(put_replenishment_rules, PutReplenishmentRules((EVERYTHING,)), foreign)
    assert refused.value.reason == "BEYOND_SCOPE"


def test_what_was_shipped_is_no_more_needed(stores: World) -> None:
    rules(
        stores,
        bounded("TEA", 10, 70, place_kind=PlaceKind.STORE, place_code="S1", surplus_days=1),
        bounded("TEA", 110, 120, place_kind=PlaceKind.STORE, place_code="S2"),
    )
    number, _ = proposed(stores)
    [transfer_id] = stores.do(accept_proposal, AcceptProposal(number)).transfers
    stores.do(decide_transfer, DecideTransfer(transfer_id, TransferDecision.APPROVE))
    stores.do(ship_transfer, ShipTransfer(transfer_id))
    assert proposed(stores)[1] == []
