"""Shifts at the tills of the small chain, for tests."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from application.sales.closing_shift import CloseShift, TenderAmount, close_shift
from application.sales.shift_views import CountView, ShiftHeader, ShiftReport
from application.sales.shifts import CashRecorded, GetShift, OpenShift, RecordCash, get_shift, open_shift, record_cash
from domain.identity.organisation import Caller
from domain.sales.sale import TenderKind
from domain.sales.shift import CashMove
from tests.world import Till, World


def opened(world: World, float_minor: int = 0, caller: Caller | None = None) -> ShiftHeader:
    """A shift of the till, one minute before what happens next."""
    done = world.once(open_shift, OpenShift(float_minor), caller or world.s1)
    world.clock.advance(minutes=1)
    return done.shift


def sold(world: World, price: int = 5_000, *, card: int = 0, given: int = 0, receipt: int = 0, **options: Any) -> int:
    """A mug, sold for cash unless by card; a minute passes."""
    till = Till().line("MUG", options.pop("pieces", price // 5_000))
    if card:
        till = till.card(card)
    if price > card:
        till = till.cash(given or price - card)
    command = replace(till.command, receipt_sequence=receipt, **options)
    sale = world.sell(command)
    world.clock.advance(minutes=1)
    return sale.sale_id


def moved(world: World, kind: CashMove, amount_minor: int = 0, account: str = "", **options: str) -> CashRecorded:
    options.setdefault("reason", "TEST")
    done: CashRecorded = world.once(record_cash, RecordCash(kind, amount_minor, account, **options), world.s1)
    world.clock.advance(minutes=1)
    return done


def report(world: World, shift_id: int = 0) -> ShiftReport:
    found: ShiftReport = world.ask(get_shift, GetShift(shift_id), world.s1)
    return found


def closed(
    world: World,
    cash: int,
    *,
    totals: Mapping[TenderKind, int] | None = None,
    unsent: Mapping[TenderKind, int] | None = None,
    last: int = 0,
    **options: Any,
) -> ShiftReport:
    """The Z report; `cash` is counted in fen, one by one."""
    caller = options.pop("caller", world.s1)
    request_id = options.pop("request_id", "")
    command = CloseShift(
        (CountView(1, cash),) if cash else (),
        tuple(TenderAmount(kind, amount) for kind, amount in (totals or {}).items()),
        tuple(TenderAmount(kind, amount) for kind, amount in (unsent or {}).items()),
        last,
        **options,
    )
    done = world.once(close_shift, command, caller, request_id)
    world.clock.advance(minutes=1)
    return done.report
