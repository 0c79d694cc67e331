"""The drawer at the till: shifts open, cash goes in and out, a blind count closes them, after an offline hour too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid
from entrypoints.terminal.asking import Next, Question
from entrypoints.terminal.drawer import ShiftIsOpen, ShiftNeedsServer, denominations
from entrypoints.terminal.drawer_dialog import DrawerDialog
from entrypoints.terminal.till import Till
from liansuo.sales.v1 import sales_pb2 as pb2
from liansuo_client import CallFailed, Unreachable
from tests.application.sales.shift import PINS, Shift, start_shift
from tests.entrypoints.terminal.shop import Shop, shop_in
from tests.world import World

COUNTED = ("", *"4", *[""] * 6)
"""Four notes of 50.00 among the eight denominations of CNY."""


@pytest.fixture
def furnished_url(sqlite_chain: str) -> str:
    """One engine: the rows of shifts are tested on both where they are written."""
    return sqlite_chain


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Shop]:
    people = start_shift(world)
    with shop_in(world, tmp_path) as made:
        world.s1 = people.signed_in("ann", limits=())
        yield made


@pytest.fixture
def till(shop: Shop) -> Till:
    made = shop.till()
    made.keep_up()
    return made


def keyed(till: Till, *texts: str) -> Next:
    """What a cashier is told in the end, or is asked last."""
    return answered(DrawerDialog(till).start(), *texts)


def answered(step: Next, *texts: str) -> Next:
    for text in texts:
        assert isinstance(step, Question)
        step = step.take(text)
    return step


def sell(till: Till, kind: TenderKind = TenderKind.CASH, given: int = 5_000) -> None:
    till.scan("MUG")
    till.tender(kind, given, reference="A1" if kind is TenderKind.CARD else "")
    till.complete()


@pytest.mark.capability("SAL-01")
def test_opens_moves_cash_and_closes_with_what_is_not_sent_yet(shop: Shop, till: Till) -> None:
    assert keyed(till, "100") == "Shift 1 is open"
    assert till.state().shift.number == 1
    assert keyed(till, "1", "1 20 coins") == keyed(till, "2", "1 10 stamps") == "Recorded"
    assert keyed(till, "3", "10 DEP-7") == keyed(till, "4", "change for a customer") == "Recorded"
    assert keyed(till, "5", "") == "Recorded"
    with pytest.raises(Invalid):
        keyed(till, "1", "20 coins")
    sell(till)
    sell(till, TenderKind.CARD)
    till.line.lost()
    with pytest.raises(ShiftNeedsServer):
        keyed(till, "1", "1 20 coins")
    sell(till, given=10_000)
    till.line.probe()
    shop.world.clock.advance(minutes=5)
    # A refused sale never arrives by itself, and its money is in the drawer all the same: 100 + 20 - 10 - 10 + 50 + 50.
    [waiting] = till.journal.unsent_sales()
    till.journal.refused(waiting.request_id, reason="NO_SUCH_PRODUCT", field="", message="")
    assert till.drawer.unsent() == {pb2.TENDER_KIND_CASH: 5_000}
    asked = keyed(till, "7", *COUNTED, "50", "")
    assert isinstance(asked, Question) and asked.told == "Cash in the drawer: 200.00"
    assert asked.take("") == "Shift 1 is closed. Difference: 0.00"
    z_report = shop.printed[-1]
    assert all(words in z_report for words in ("Z REPORT no. 1", "Cash that should be there", "Not sent yet", "T1"))
    assert till.state().shift is None
    [(last, variance)] = shop.world.rows(
        "SELECT last_receipt_sequence, (SELECT sum(abs(variance_minor)) FROM shift_totals) FROM shift_closes"
    )
    assert (last, variance) == (3, 0)
    # What was refused was told with its own shift, and is none of the next one, whatever this till remembers.
    keyed(till, "100")
    assert till.drawer.unsent() == {}
    till.desk.know("shift", "")
    with pytest.raises(ShiftIsOpen):
        keyed(till, "100")
    assert till.drawer.unsent() == {}


@pytest.mark.capability("SAL-01")
def test_a_large_difference_takes_a_manager_who_sees_the_x_report(shop: Shop, till: Till) -> None:
    keyed(till, "100")
    asked = keyed(till, "7", *COUNTED, "", "", "", "mia")
    # Whoever approves another amount is asked again.
    again = answered(asked, "99", PINS["mia"], "mia")
    with pytest.raises(CallFailed) as wrong:
        answered(again, "100", "0000")
    assert wrong.value.reason == "WRONG_STAFF_OR_PIN"
    pin = answered(asked, "100")
    assert isinstance(pin, Question) and pin.secret
    assert pin.take(PINS["mia"]) == "Shift 1 is closed. Difference: 100.00"
    # The next one is opened by a till that has lost its files.
    keyed(till, "100")
    till.desk.know("shift", "")
    with pytest.raises(ShiftIsOpen):
        keyed(till, "100")
    assert till.state().shift.number == 2
    shop.world.s1 = Shift(shop.world).signed_in("mia")
    till.line.client = shop.client.signed_in("mia")
    assert keyed(till, "6") == ""
    assert "X REPORT of shift 2" in shop.printed[-1]


@pytest.mark.capability("SAL-01")
def test_what_nobody_answered_is_sent_again_and_done_once(
    shop: Shop, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed(till, "100")
    real = till.line.call

    def cut(method, request):
        real(method, request)
        raise Unreachable(None, reason="UNAVAILABLE", field="", message="cut", details={})

    with monkeypatch.context() as patched:
        patched.setattr(type(till.line), "call", lambda _, method, request: cut(method, request))
        asked = keyed(till, "1", "1 20 coins")
    assert isinstance(asked, Question) and "cut" in asked.told
    assert asked.take("") == "Recorded"
    assert shop.world.rows("SELECT amount_minor FROM shift_entries") == [(2_000,)]


@pytest.mark.parametrize("currency", ["CNY", "CHF", "KRW", "KWD"])
def test_there_are_notes_and_coins_of_every_currency(currency: str) -> None:
    found = denominations(currency)
    assert list(found) == sorted(set(found), reverse=True) and found[-1] >= 1
