"""The day of a store with twenty tills: it closes with every difference named and nothing unexplained."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.identity.callers import CreateTerminal, create_terminal
from application.sales.closing_day import CloseDay, close_day
from domain.identity.organisation import Caller
from domain.sales.day_close import DayCause
from domain.sales.sale import TenderKind
from domain.sales.series import SequenceGap
from tests.application.sales.tills import closed, opened
from tests.world import Till, World

TILLS = 20
PRICE = 300
WRONG_CHANGE, UNSENT, MISSING_TENDER, CLOCK = "N03", "N05", "N07", "N09"
"""The tills where something goes wrong."""
CASH, CARD = TenderKind.CASH, TenderKind.CARD


@pytest.mark.capability("SAL-12")
@pytest.mark.parametrize("baskets", [300, pytest.param(3_000, marks=pytest.mark.long)])
def test_closes_with_every_seeded_error_named_and_nothing_unexplained(world: World, baskets: int) -> None:
    tills = _tills(world)
    each = baskets // TILLS
    for till in tills:
        opened(world, 20_000, till)
    for number in range(1, each + 1):
        world.clock.advance(minutes=1)
        calls = [_sale(world, till, number, each) for till in tills if not _unsent(till, number, each)]
        assert not [one for one in world.sell_all(calls) if isinstance(one, Exception)]
    world.clock.advance(minutes=1)
    for till in tills:
        # Every third sale is paid by card.
        by_card = PRICE * (each // 3)
        by_cash = 20_000 + PRICE * each - by_card
        cash = by_cash - (50 if till.code == WRONG_CHANGE else 0)
        card = by_card - (PRICE if till.code == MISSING_TENDER else 0)
        closed(world, cash, totals={CARD: card}, last=each, caller=till)
    done = world.once(close_day, CloseDay("2026-11-22"), world.s1).report
    assert [(one.kind, one.terminal_code, one.tender, one.amount_minor) for one in done.causes] == [
        (DayCause.COUNT, WRONG_CHANGE, CASH, -50),
        (DayCause.TERMINAL_TOTAL, MISSING_TENDER, CARD, -PRICE),
        (DayCause.UNSENT_SALE, UNSENT, CASH, PRICE),
        (DayCause.CLOCK, CLOCK, CASH, PRICE),
    ]
    assert done.causes[2].gaps == (SequenceGap(each - 1, each - 1),)
    assert done.causes[3].receipts == (f"{CLOCK}-{each - 2:06d}",)
    assert [(one.tender, one.difference_minor, one.unexplained_minor) for one in done.tenders] == [
        (CASH, 2 * PRICE - 50, 0),
        (CARD, -PRICE, 0),
    ]
    assert (done.shifts, done.documents) == (TILLS, TILLS * each - 2)


def _tills(world: World) -> list[Caller]:
    codes = [f"N{number:02d}" for number in range(1, TILLS + 1)]
    for code in codes:
        world.do(create_terminal, CreateTerminal(code, "S1", "terminal"))
    found = dict(world.rows("SELECT code, caller_id FROM callers"))
    return [replace(world.s1, caller_id=found[code], code=code) for code in codes]


def _unsent(till: Caller, number: int, each: int) -> bool:
    return till.code == UNSENT and number == each - 1


def _sale(world: World, till: Caller, number: int, each: int) -> object:
    sold = Till().line("WRAP")
    sold = sold.card(PRICE) if number % 3 == 0 else sold.cash(PRICE)
    if till.code == CLOCK and number == each - 2:
        sold = Till().line("WRAP").cash(PRICE).offline(world.clock.now - timedelta(days=1))
    return world.call(replace(sold.command, receipt_sequence=number), till)
