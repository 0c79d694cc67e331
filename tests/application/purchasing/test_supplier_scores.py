"""Suppliers are scored by what their receipts brought, month by month."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.purchasing.advance_purchase_order import ConfirmPurchaseOrder, confirm_purchase_order
from application.purchasing.compare_suppliers import CompareSuppliers, compare_suppliers
from application.purchasing.return_to_supplier import ReturnToSupplier, SupplierReturnEntry, return_to_supplier
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from application.purchasing.supplier_scores import (
    GetSupplierScore,
    ListSupplierScores,
    ScoreSuppliers,
    SuppliersScored,
    get_supplier_score,
    list_supplier_scores,
    score_suppliers,
)
from domain.identity.organisation import SYSTEM
from domain.purchasing.purchase_order import PurchaseStep
from domain.purchasing.supplier_return import SupplierReturnReason
from domain.purchasing.supplier_score import SupplierGrade
from domain.shared.errors import Refusal
from tests.application.purchasing.supplied import ordered, received, step, with_suppliers
from tests.world import World


@pytest.fixture
def supplied(world: World) -> World:
    return with_suppliers(world)


def score(world: World, supplier: str = "MILL", caller: Any = SYSTEM) -> Any:
    return world.ask(get_supplier_score, GetSupplierScore(supplier), caller)


def cards(world: World, supplier: str = "MILL", **asked: Any) -> Any:
    return world.ask(list_supplier_scores, ListSupplierScores(supplier, **asked))


def delivered(world: World) -> None:
    """Fifty orders of twenty: three come two days late, and of one twelve are rejected."""
    orders = ordered(world, 50)
    world.clock.advance(days=3)
    for order_id in orders[:46]:
        received(world, order_id, 20)
    received(world, orders[46], 8, 12, close_rest=True)
    world.clock.advance(days=2)
    for order_id in orders[47:]:
        received(world, order_id, 20)


@pytest.mark.capability("PUR-01")
def test_on_time_and_rejects_are_computed_from_receipts(supplied: World) -> None:
    assert (score(supplied).grade, score(supplied).deliveries) == (None, 0)
    delivered(supplied)
    now = score(supplied)
    assert (now.deliveries, now.on_time, now.overdue, now.on_time_bp) == (50, 47, 0, 9_400)
    assert (now.accepted_milli, now.rejected_milli, now.reject_bp) == (988_000, 12_000, 120)
    assert (now.in_full_bp, now.lead_mean_milli, now.lead_deviation_milli) == (9_800, 3_120, 479)
    # At the price that was agreed; what had never been bought has no last price.
    assert (now.paid_minor, now.list_minor, now.over_list_bp, now.last_minor) == (790_400, 790_400, 0, 0)
    assert (now.score_bp, now.grade) == (9_000, SupplierGrade.A)
    assert (now.from_date, now.to_date) == ("2026-08-30", "2026-11-27")
    assert supplied.broken() == []


def test_what_goes_back_counts_as_rejected_unless_it_was_agreed(supplied: World) -> None:
    delivered(supplied)
    for units, reason in ((38, SupplierReturnReason.DAMAGED), (5, SupplierReturnReason.AGREED)):
        line = SupplierReturnEntry("TEA", units * 1_000, reason)
        supplied.do(return_to_supplier, ReturnToSupplier((line,), supplier_code="MILL", store_code="S1"))
    now = score(supplied)
    # 12 and 38 of 1,000 pieces: the worst that is told apart, so that rejects, 30 of 100, score nothing.
    assert (now.rejected_milli, now.returned_milli, now.reject_bp) == (12_000, 38_000, 500)
    assert (now.score_bp, now.grade) == (6_720, SupplierGrade.C)
    supplied.clock.advance(days=5)
    supplied.do(score_suppliers, ScoreSuppliers())
    assert cards(supplied).cards[0].returned_milli == 38_000
    assert supplied.broken() == []


@pytest.mark.capability("PUR-02")
def test_a_card_is_kept_of_every_month_and_never_changes(supplied: World) -> None:
    delivered(supplied)
    # November is not over yet.
    assert supplied.do(score_suppliers, ScoreSuppliers()) == SuppliersScored("", 0)
    supplied.clock.advance(days=5)
    assert supplied.do(score_suppliers, ScoreSuppliers()) == SuppliersScored("2026-11-01", 1)
    assert supplied.do(score_suppliers, ScoreSuppliers()) == SuppliersScored("", 0)
    [late] = ordered(supplied)
    supplied.clock.advance(days=40)
    received(supplied, late, 20)
    supplied.set("supplier_grade_from", "9900,9500")
    supplied.clock.advance(days=30)
    assert supplied.do(score_suppliers, ScoreSuppliers()) == SuppliersScored("2027-01-01", 1)
    january, november = cards(supplied).cards
    assert (november.from_date, november.to_date, november.grade, november.score_bp) == (
        "2026-11-01", "2026-11-30", SupplierGrade.A, 9_000,
    )  # fmt: skip
    # Late, but in full, nothing rejected, at the agreed price: 60 of 100.
    assert (january.deliveries, january.on_time_bp, january.score_bp, january.grade) == (
        1, 0, 6_000, SupplierGrade.C,
    )  # fmt: skip
    # Paid the last time as well: nothing above it.
    assert (january.last_minor, january.over_last_bp, january.lead_mean_milli) == (16_000, 0, 40_000)
    first = cards(supplied, page_size=1)
    assert [one.from_date for one in first.cards] == ["2027-01-01"]
    second = cards(supplied, page_size=1, page_token=first.next_page_token)
    assert ([one.from_date for one in second.cards], second.next_page_token) == (["2026-11-01"], "")
    assert supplied.broken() == []


def test_what_never_came_is_overdue_and_graded_c(supplied: World) -> None:
    ordered(supplied, 2)
    ordered(supplied, 1, send=False)
    supplied.clock.advance(days=3)
    assert score(supplied).overdue == 0
    supplied.clock.advance(days=1)
    now = score(supplied)
    # What the supplier was never sent is not theirs to deliver.
    assert (now.overdue, now.deliveries, now.score_bp, now.grade) == (2, 0, 0, SupplierGrade.C)
    supplied.clock.advance(days=10)
    assert supplied.do(score_suppliers, ScoreSuppliers("2026-11-01")) == SuppliersScored("2026-11-01", 1)
    [card] = cards(supplied).cards
    assert (card.overdue, card.grade) == (2, SupplierGrade.C)


def test_a_part_is_not_in_full_and_a_higher_price_is_told(supplied: World) -> None:
    [first] = ordered(supplied)
    received(supplied, first, 20)
    # 8.40 where 8.00 was agreed and paid the last time; twelve of twenty, then the rest.
    [second] = ordered(supplied, price_minor=840, price_quantity_milli=1_000)
    received(supplied, second, 12)
    received(supplied, second, 8)
    now = score(supplied)
    assert (now.deliveries, now.in_full, now.on_time) == (3, 2, 3)
    assert (now.paid_minor, now.list_minor, now.over_list_bp) == (32_800, 32_000, 250)
    assert (now.last_minor, now.over_last_bp) == (16_000, 500)


def test_a_date_that_the_buyer_has_accepted_is_the_one_that_counts(supplied: World) -> None:
    [order_id] = ordered(supplied)
    supplied.do(confirm_purchase_order, ConfirmPurchaseOrder(order_id, 1, expected_date="2026-11-30"))
    step(supplied, order_id, PurchaseStep.ACCEPT)
    supplied.clock.advance(days=8)
    received(supplied, order_id, 20)
    assert (score(supplied).on_time, score(supplied).lead_mean_milli) == (1, 8_000)


def test_a_store_sees_what_was_delivered_to_it(supplied: World) -> None:
    [here] = ordered(supplied)
    [there] = ordered(supplied, store="S2", units=10)
    received(supplied, here, 20)
    received(supplied, there, 10)
    ordered(supplied, store="S2")
    supplied.clock.advance(days=9)
    store = supplied.terminal("T2")
    assert (score(supplied, caller=store).accepted_milli, score(supplied, caller=store).overdue) == (10_000, 1)
    assert (score(supplied).accepted_milli, score(supplied).overdue) == (30_000, 1)
    for use_case, command in (
        (list_supplier_scores, ListSupplierScores("MILL")),
        (score_suppliers, ScoreSuppliers()),
    ):
        with pytest.raises(Refusal) as refusal:
            supplied.do(use_case, command, store)
        assert refusal.value.reason == "WHOLE_CHAIN_ONLY"


@pytest.mark.capability("PUR-02")
def test_the_suppliers_of_a_sku_are_compared_in_one_list(supplied: World) -> None:
    delivered(supplied)
    few = supplied.ask(compare_suppliers, CompareSuppliers("TEA", 45_000)).suppliers
    # Five packs of ten at 8.00, or two hundred at 7.50.
    assert [(one.supplier_code, one.order_milli, one.cost_minor) for one in few] == [
        ("MILL", 50_000, 40_000), ("FARM", 200_000, 150_000),
    ]  # fmt: skip
    mill, farm = few
    assert (mill.grade, mill.on_time_bp, mill.reject_bp, mill.lead_days, mill.lead_mean_milli) == (
        SupplierGrade.A, 9_400, 120, 3, 3_120,
    )  # fmt: skip
    assert (farm.grade, farm.moq_milli, farm.lead_days, farm.delivery_date) == (None, 200_000, 10, "2026-12-07")
    many = supplied.ask(compare_suppliers, CompareSuppliers("TEA", 200_000)).suppliers
    assert [(one.supplier_code, one.cost_minor) for one in many] == [("FARM", 150_000), ("MILL", 160_000)]
    supplied.do(put_supplier_products, PutSupplierProducts("FARM", (SupplierProductEntry("MUG", "F-MUG"),)))
    unpriced = supplied.ask(compare_suppliers, CompareSuppliers("MUG")).suppliers
    assert [(one.supplier_code, one.priced, one.cost_minor) for one in unpriced] == [
        ("MILL", True, 2_000), ("FARM", False, 0),
    ]  # fmt: skip


def test_refuses_what_it_does_not_know(supplied: World) -> None:
    for use_case, command, reason, field in (
        (get_supplier_score, GetSupplierScore("NONE"), "UNKNOWN_SUPPLIER", "supplier_code"),
        (list_supplier_scores, ListSupplierScores("NONE"), "UNKNOWN_SUPPLIER", "supplier_code"),
        (compare_suppliers, CompareSuppliers("NONE"), "UNKNOWN_SKU", "sku"),
        (compare_suppliers, CompareSuppliers(""), "MISSING", "sku"),
        (compare_suppliers, CompareSuppliers("TEA", -1), "OUT_OF_RANGE", "quantity_milli"),
        (score_suppliers, ScoreSuppliers("2026-10-02"), "INVALID_DATE", "month"),
        (score_suppliers, ScoreSuppliers("2026-11-01"), "INVALID_DATE", "month"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refusal:
            supplied.do(use_case, command)
        assert (refusal.value.reason, refusal.value.field) == (reason, field)
    assert supplied.count("supplier_score_cards") == 0


@pytest.mark.parametrize("name", ["supplier_score_weights", "supplier_score_worst", "supplier_grade_from"])
@pytest.mark.parametrize("value", ["1", "50,30,10,9", "0,0", "7500,9000,1", "a,b"])
def test_refuses_settings_that_make_no_score(supplied: World, name: str, value: str) -> None:
    with pytest.raises(Refusal) as refusal:
        supplied.set(name, value)
    assert refusal.value.reason == "INVALID_SETTING"


def test_two_workers_keep_one_card_each(supplied: World) -> None:
    [order_id] = ordered(supplied)
    received(supplied, order_id, 20)
    supplied.clock.advance(days=10)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(supplied.do, score_suppliers, ScoreSuppliers()) for _ in range(2)]
        assert sorted(run.result().cards for run in runs) == [0, 1]
    assert supplied.count("supplier_score_cards") == 1
    assert supplied.broken() == []


def test_the_check_finds_what_was_tampered_with(supplied: World) -> None:
    [order_id] = ordered(supplied)
    received(supplied, order_id, 18, 2)
    supplied.clock.advance(days=10)
    supplied.do(score_suppliers, ScoreSuppliers())
    [invariant] = [one for one in INVARIANTS if one.id == "PUR-scores"]
    for tampering, violated in (
        ("UPDATE supplier_score_cards SET on_time = on_time - 1", 1),
        ("UPDATE supplier_deliveries SET rejected_milli = 0", 2),
        ("DELETE FROM supplier_deliveries", 2),
        ("UPDATE supplier_deliveries SET list_minor = NULL", 1),
    ):
        with supplied.units.begin(caller=SYSTEM, now=supplied.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
