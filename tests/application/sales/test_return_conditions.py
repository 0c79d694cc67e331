"""Why lines of a refund come back, and where their goods go: into stock, written off, or aside for the supplier."""

from typing import Any

import pytest
from sqlalchemy import text

from application.check import INVARIANTS, examine
from application.inventory.queries import GetStock, get_stock
from application.sales.queries import GetSale, get_sale
from application.sales.refund import RefundSale, VoidSale, void_sale
from application.sales.return_reasons import (
    ListReturnReasons,
    PutReturnReasons,
    ReportReturns,
    list_return_reasons,
    put_return_reasons,
    report_returns,
)
from application.sales.views import ReturnedLineView
from domain.identity.organisation import SYSTEM
from domain.sales.returned import Condition, ReturnReason
from domain.sales.reversal import ReturnRequest
from domain.shared.errors import Refusal
from tests.world import Till, World

DAY = "2026-11-22"
SHRINKAGE, ASIDE, INVENTORY = "660201", "140501", "1405"
TABLES = ("returned_lines", "set_aside_entries", "set_aside_levels")


def back(line_number: int, units: int, reason: str = "", condition: Condition | None = None) -> ReturnRequest:
    return ReturnRequest(line_number, units * 1000, amount_only=False, reason_code=reason, condition=condition)


def aside(world: World, sku: str) -> tuple[int, int]:
    [level] = world.ask(get_stock, GetStock("S1", (sku,))).levels
    return level.to_supplier_milli, level.to_supplier_minor


@pytest.mark.capability("SAL-03")
def test_goods_of_one_refund_go_where_their_condition_says(world: World) -> None:
    sale = world.sell(Till().line("TEA", 3).line("MUG", 2).line("TEA").line("WRAP").cash(50_300).command)
    stock, books = (world.level("TEA"), world.level("MUG")), world.ledger()
    lines = (
        back(1, 2, "faulty", Condition.TO_SUPPLIER), back(2, 1, "damaged", Condition.SCRAP),
        back(3, 1, "changed_mind", Condition.TO_STOCK), back(4, 1, "other"),
    )  # fmt: skip
    refunded = world.refund(RefundSale(sale.sale_id, "several things", lines))
    # The tea that is as good as new is on the shelf at its 60.00; nothing else came there.
    assert world.level("TEA") == (stock[0][0] + 1_000, stock[0][1] + 6_000)
    assert world.level("MUG") == stock[1]
    assert aside(world, "TEA") == (2_000, 12_000)
    now = world.ledger()
    assert {code: now.get(code, 0) - books.get(code, 0) for code in (SHRINKAGE, ASIDE, INVENTORY, "6401")} == {
        SHRINKAGE: 2_000, ASIDE: 12_000, INVENTORY: 6_000, "6401": -20_000,
    }  # fmt: skip
    moved = world.rows(
        f"SELECT reason, quantity_milli, value_minor FROM stock_movements WHERE document_id = {refunded.sale.sale_id}"
        " ORDER BY movement_id"
    )
    assert [tuple(row) for row in moved] == [
        ("return", 2_000, 12_000), ("set_aside", -2_000, -12_000), ("return", 1_000, 2_000), ("scrap", -1_000, -2_000),
        ("return", 1_000, 6_000),
    ]  # fmt: skip
    told = [
        ReturnedLineView(1, "faulty", Condition.TO_SUPPLIER), ReturnedLineView(2, "damaged", Condition.SCRAP),
        ReturnedLineView(3, "changed_mind", Condition.TO_STOCK), ReturnedLineView(4, "other", None),
    ]  # fmt: skip
    assert refunded.returned_lines == told
    found = world.ask(get_sale, GetSale(refunded.sale.sale_id))
    assert found.returned_lines == told
    assert world.ask(get_sale, GetSale(sale.sale_id)).returned_lines == []


def test_what_lines_do_not_say_the_refund_says(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2).line("MUG", 2).line("WRAP").cash(30_300).command)
    lines = (back(1, 1), back(2, 1, "damaged", Condition.SCRAP))
    first = world.refund(
        RefundSale(sale.sale_id, "recall", lines, reason_code="recall", condition=Condition.TO_SUPPLIER)
    )
    assert first.returned_lines == [
        ReturnedLineView(1, "recall", Condition.TO_SUPPLIER), ReturnedLineView(2, "damaged", Condition.SCRAP)
    ]  # fmt: skip
    rest = world.refund(RefundSale(sale.sale_id, "the rest", scrap=True))
    assert rest.returned_lines == [
        ReturnedLineView(1, "", Condition.SCRAP), ReturnedLineView(2, "", Condition.SCRAP),
        ReturnedLineView(3, "", None),
    ]  # fmt: skip
    assert world.rows("SELECT quantity_milli, value_minor FROM set_aside_levels") == [(1_000, 6_000)]


def test_goods_set_aside_twice_stand_together_and_with_the_cost_of_the_policy(world: World) -> None:
    sale = world.sell(Till().line("TEA", 50).cash(500_000).command)
    world.refund(RefundSale(sale.sale_id, "one", (back(1, 1),), condition=Condition.TO_SUPPLIER))
    world.set("return_cost", "current")
    world.receive("TEA", 50_000, 450_000)
    world.refund(RefundSale(sale.sale_id, "another", (back(1, 1),), condition=Condition.TO_SUPPLIER))
    # 60.00 as it had left, and 75.00 as what lies on the shelf costs today.
    assert aside(world, "TEA") == (2_000, 13_500)
    assert world.level("TEA") == (100_000, 750_000)


def test_a_void_brings_everything_back_and_gives_no_reason(world: World) -> None:
    world.set("return_reason_required", "yes")
    before = (world.ledger(), world.level("TEA"))
    sale = world.sell(Till().line("TEA", 2).cash(20_000).command)
    world.once(void_sale, VoidSale(sale.sale_id, "typing error"), world.s1)
    assert (world.ledger(), world.level("TEA")) == before
    assert [world.count(table) for table in TABLES] == [0, 0, 0]


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"lines": (back(1, 1, "no_such"),)}, "UNKNOWN_RETURN_REASON", "lines[0].reason_code"),
    ({"lines": (back(1, 1, "recall"),)}, "UNKNOWN_RETURN_REASON", "lines[0].reason_code"),
    ({"reason_code": "no_such"}, "UNKNOWN_RETURN_REASON", "reason_code"),
    ({"lines": (back(2, 1, "", Condition.SCRAP),)}, "NOTHING_TO_SET_ASIDE", "lines[0].condition"),
    ({"scrap": True, "condition": Condition.TO_STOCK}, "SCRAP_OR_CONDITION", "condition"),
    ({}, "RETURN_REASON_NEEDED", "reason_code"),
    ({"lines": (back(1, 1, "faulty"), back(2, 1))}, "RETURN_REASON_NEEDED", "lines[1].reason_code"),
)


def test_refuses_what_cannot_be_meant_and_writes_nothing(world: World) -> None:
    world.do(put_return_reasons, PutReturnReasons((ReturnReason("recall", "Recall", "召回", retired=True),)))
    sale = world.sell(Till().line("TEA", 2).line("WRAP").cash(20_300).command)
    before = (world.counts(), [world.count(table) for table in TABLES])
    for command, reason, field in REFUSED:
        world.set("return_reason_required", "yes" if reason == "RETURN_REASON_NEEDED" else "no")
        with pytest.raises(Refusal) as refused:
            world.refund(RefundSale(sale.sale_id, "why", **command))
        assert (refused.value.reason, refused.value.field) == (reason, field)
    assert (world.counts(), [world.count(table) for table in TABLES]) == before


@pytest.mark.capability("SAL-03")
def test_head_office_keeps_the_reasons(world: World) -> None:
    given = world.ask(list_return_reasons, ListReturnReasons()).reasons
    assert [one.code for one in given] == [
        "changed_mind", "damaged", "expired", "faulty", "not_as_described", "other", "recall", "wrong_item",
        "wrong_size",
    ]  # fmt: skip
    new = (ReturnReason("allergy", "Allergy", "过敏"), ReturnReason("other", "Anything else", "其它", retired=True))
    assert world.do(put_return_reasons, PutReturnReasons(new)).created == 1
    kept = {one.code: one for one in world.ask(list_return_reasons, ListReturnReasons()).reasons}
    assert (len(kept), kept["allergy"], kept["other"]) == (10, *new)
    many = tuple([ReturnReason(f"r{number}", "One", "一") for number in range(191)])
    for reasons, refusal in ((many, "TOO_MANY_REASONS"), ((ReturnReason("x", "X", ""),), "MISSING")):
        with pytest.raises(Refusal) as refused:
            world.do(put_return_reasons, PutReturnReasons(reasons))
        assert refused.value.reason == refusal
    assert world.do(put_return_reasons, PutReturnReasons(many[:190])).created == 190


@pytest.mark.capability("SAL-03")
def test_reports_what_came_back_by_reason_and_condition(world: World) -> None:
    sale = world.sell(Till().line("TEA", 4).line("MUG", 2).line("WRAP").cash(50_300).command)
    world.refund(RefundSale(sale.sale_id, "1", (back(1, 1), back(2, 1)), reason_code="damaged", scrap=True))
    world.refund(RefundSale(sale.sale_id, "2", (back(1, 2, "damaged"), back(3, 1, "other"))))
    world.clock.advance(days=1)
    world.refund(RefundSale(sale.sale_id, "3", (back(1, 1),)))
    found = world.ask(report_returns, ReportReturns(DAY, DAY), world.s1)
    assert (found.store_code, found.currency) == ("S1", "CNY")
    assert [(one.reason_code, one.condition, one.lines, one.total_minor, one.cost_minor) for one in found.sums] == [
        ("damaged", Condition.SCRAP, 2, 15_000, 8_000),
        ("damaged", Condition.TO_STOCK, 1, 20_000, 12_000),
        ("other", None, 1, 300, 0),
    ]
    whole = world.ask(report_returns, ReportReturns(DAY, "2026-11-23", "S1")).sums
    assert [(one.reason_code, one.lines, one.total_minor) for one in whole if not one.reason_code] == [("", 1, 10_000)]
    assert world.ask(report_returns, ReportReturns(DAY, DAY, "S2")).sums == []
    for query, reason in (
        (ReportReturns("", DAY), "MISSING"),
        (ReportReturns(DAY, "2026-11-21"), "LAST_BEFORE_FIRST"),
        (ReportReturns("2025-11-21", DAY), "RETURNS_PERIOD_TOO_LONG"),
        (ReportReturns(DAY, DAY, "S2"), "UNKNOWN_STORE"),
    ):
        with pytest.raises(Refusal) as refused:
            world.ask(report_returns, query, world.s1)
        assert refused.value.reason == reason


def test_the_check_finds_what_was_tampered_with(world: World) -> None:
    sale = world.sell(Till().line("TEA", 2).cash(20_000).command)
    world.refund(RefundSale(sale.sale_id, "one", (back(1, 1, "faulty", Condition.TO_SUPPLIER),)))
    [invariant] = [one for one in INVARIANTS if one.id == "SAL-returns"]
    for tampering, violated in (
        ("UPDATE sales SET reason = 'nothing that matters here'", 0),
        ("UPDATE set_aside_levels SET value_minor = value_minor + 1", 1),
        ("DELETE FROM set_aside_entries", 4),
        ("UPDATE returned_lines SET total_minor = total_minor + 1", 1),
        ("UPDATE returned_lines SET condition = 'to_stock'", 1),
        ("UPDATE postings SET amount_minor = amount_minor + 1 WHERE account_code = '140501'", 1),
    ):
        # Undone, because it is not committed.
        with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
            uow.execute(text(tampering))
            uow.refresh()
            assert (tampering, examine(uow, invariant).violated) == (tampering, violated)
