"""Receipt numbers of terminals: what never arrived, what was given twice, and sales that come late."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.sales.preparing import Checkout
from application.sales.queries import GetSale, ListSales, get_sale, list_sales
from application.sales.terminal_series import (
    ListTerminalSeries,
    RepeatedNumber,
    TerminalSeriesView,
    list_terminal_series,
)
from application.sales.views import SaleView
from domain.identity.organisation import SYSTEM, Caller
from domain.sales.series import Installation, SequenceGap
from domain.shared.errors import Refusal
from tests.world import OPENING, Till, World

FIRST, SECOND = str(UUID(int=1)), str(UUID(int=2))
NOON = OPENING + timedelta(hours=2)


def numbered(sequence: int, *, install_id: str = FIRST, minutes: int = 0) -> Checkout:
    till = Till().line("TEA").cash(10_000).offline(NOON + timedelta(minutes=minutes))
    return replace(till.command, receipt_sequence=sequence, install_id=install_id)


def sell(world: World, *sequences: int, install_id: str = FIRST, minutes: int = 0) -> list[SaleView]:
    """Each a minute after the one before it."""
    commands = [
        numbered(sequence, install_id=install_id, minutes=minutes + later) for later, sequence in enumerate(sequences)
    ]
    return world.sell_all([world.call(command, world.s1) for command in commands])


def listed(world: World, caller: Caller = SYSTEM, **query: Any) -> list[TerminalSeriesView]:
    return list(world.ask(list_terminal_series, ListTerminalSeries(**query), caller).terminals)


@pytest.fixture(autouse=True)
def after_noon(world: World) -> None:
    world.clock.now = NOON + timedelta(hours=6)


@pytest.mark.capability("SAL-13")
def test_lists_the_numbers_that_never_arrived(world: World) -> None:
    sell(world, 3, 4, 7, 8, 12)
    assert listed(world) == [
        TerminalSeriesView(
            terminal_code="T1",
            store_code="S1",
            sales=5,
            first_sequence=3,
            last_sequence=12,
            gaps=[SequenceGap(1, 2), SequenceGap(5, 6), SequenceGap(9, 11)],
            repeated_numbers=[],
            installations=[Installation(FIRST, 3, 12, 5, NOON, NOON + timedelta(minutes=4))],
            cloned=False,
        )
    ]
    sell(world, 5, 1, 10, 2, 6, 9, 11)
    [complete] = listed(world)
    assert (complete.gaps, complete.sales) == ([], 12)
    assert listed(world, only_alerts=True) == []


def test_takes_no_number_for_missing_that_is_stored_under_another_day(world: World) -> None:
    sell(world, 1, 2, minutes=-5 * 24 * 60)
    sell(world, 4, 5)
    [today] = listed(world, from_date="2026-11-22")
    assert (today.sales, today.first_sequence, today.gaps) == (2, 4, [SequenceGap(3, 3)])
    sell(world, 3, minutes=-9 * 24 * 60)
    [today] = listed(world, from_date="2026-11-22")
    assert (today.sales, today.gaps) == (2, [])


def test_tells_a_number_that_was_given_twice_and_keeps_both_sales(world: World) -> None:
    first, second, third = sell(world, 1, 2, 3)
    again, once_more = sell(world, 2, 2, minutes=10)
    [series] = listed(world, only_alerts=True)
    assert series.repeated_numbers == [RepeatedNumber(2, [second.sale_id, again.sale_id, once_more.sale_id])]
    assert (series.cloned, series.gaps, series.sales) == (True, [], 5)
    assert {one.receipt_number for one in (second, again, once_more)} == {"T1-000002"}
    assert len({one.sale_id for one in (first, second, third, again, once_more)}) == 5
    assert world.broken() == []


def test_tells_a_number_that_was_given_again_long_after(world: World) -> None:
    [old] = sell(world, 1, minutes=-300 * 24 * 60)
    sell(world, 2, 3)
    [copied] = sell(world, 1, minutes=20)
    [series] = listed(world)
    assert series.repeated_numbers == [RepeatedNumber(1, [old.sale_id, copied.sale_id])]


@pytest.mark.parametrize(("minutes", "cloned"), [(2, True), (4, False)])
def test_tells_a_copied_terminal_from_a_program_that_was_installed_anew(
    world: World, minutes: int, cloned: bool
) -> None:
    sell(world, 1, 2, 3)
    sell(world, 4, 5, install_id=SECOND, minutes=minutes)
    [series] = listed(world)
    assert [(one.install_id, one.sales) for one in series.installations] == [(FIRST, 3), (SECOND, 2)]
    assert (series.cloned, series.gaps) == (cloned, [])


def test_shows_terminals_of_the_scope_page_by_page(world: World) -> None:
    sell(world, 1, 3)
    world.sell(numbered(2), world.s2)
    world.sell(replace(numbered(0), install_id=""), world.s2)
    assert [(one.terminal_code, one.sales) for one in listed(world)] == [("T1", 2), ("T2", 1)]
    assert [one.terminal_code for one in listed(world, world.s2)] == ["T2"]
    assert [one.terminal_code for one in listed(world, store_code="S1")] == ["T1"]
    page = world.ask(list_terminal_series, ListTerminalSeries(page_size=1))
    assert [one.terminal_code for one in page.terminals] == ["T1"]
    page = world.ask(list_terminal_series, ListTerminalSeries(page_size=1, page_token=page.next_page_token))
    assert ([one.terminal_code for one in page.terminals], page.next_page_token) == (["T2"], "")
    with pytest.raises(Refusal, match="S1"):
        listed(world, world.s2, store_code="S1")


def test_looks_back_a_month_unless_it_is_told(world: World) -> None:
    sell(world, 1, minutes=-40 * 24 * 60)
    assert listed(world) == []
    assert [one.sales for one in listed(world, from_date="2026-01-01")] == [1]
    assert [one.sales for one in listed(world, to_date="2026-10-20")] == [1]
    assert listed(world, from_date="2026-01-01", to_date="2026-10-01") == []
    assert listed(world, to_date="0001-01-09") == []


@pytest.mark.parametrize("install_id", ["1", "g" * 36, str(UUID(int=1)).replace("-", ""), str(UUID(int=11)).upper()])
def test_refuses_an_installation_that_is_no_uuid(world: World, install_id: str) -> None:
    with pytest.raises(Refusal) as refused:
        world.sell(numbered(1, install_id=install_id))
    assert (refused.value.reason, refused.value.field) == ("INVALID_INSTALL_ID", "install_id")
    assert world.count("sales") == 0


@pytest.mark.capability("SAL-13")
@pytest.mark.parametrize(("hours", "late"), [(720, 720), (1, 1), (0, 0), (-3, 0)])
def test_marks_how_late_an_offline_sale_came_and_keeps_its_day(world: World, hours: int, late: int) -> None:
    sold_at = world.clock.now - timedelta(hours=hours, minutes=30 if hours else 0)
    sale = world.sell(Till().line("TEA").cash(10_000).offline(sold_at).command)
    stored = world.ask(get_sale, GetSale(sale_id=sale.sale_id)).sale
    [summary] = world.ask(list_sales, ListSales()).sales
    assert (sale.late_hours, stored.late_hours, summary.late_hours) == (late, late, late)
    assert sale.business_date == {720: "2026-10-23"}.get(hours, "2026-11-22")


def test_marks_no_sale_that_was_made_with_a_connection(world: World) -> None:
    sale = world.sell(Till().line("TEA").cash(10_000).command)
    world.clock.advance(hours=50)
    assert world.ask(get_sale, GetSale(sale_id=sale.sale_id)).sale.late_hours == 0
