"""Which receipts of a terminal never arrived, and which terminals were copied."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.selection import Selection
from application.ports.terminal_series import Neighbours, NumberedTerminal
from application.scope import latest_day, selected
from domain.sales.series import Installation, SequenceGap, at_once, gaps_of

PERIOD_DAYS: Final = 31
"""How far back the list looks when it is not told."""

FOUND_MAX: Final = 1_000
"""Gaps and repetitions that one page tells of; a terminal with a thousand of them needs a person, not a list."""


@dataclass(frozen=True, slots=True)
class ListTerminalSeries:
    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    only_alerts: bool = False
    page_size: int = 0
    page_token: str = ""


@dataclass(slots=True)
class RepeatedNumber:
    """A number that several sales have, all of which are stored."""

    sequence: int
    sale_ids: list[int]


@dataclass(slots=True)
class TerminalSeriesView:
    """The numbers of one terminal in the period, and what is wrong with them."""

    terminal_code: str
    store_code: str
    sales: int
    first_sequence: int
    last_sequence: int
    gaps: Sequence[SequenceGap] = ()
    repeated_numbers: Sequence[RepeatedNumber] = ()
    installations: list[Installation] = field(default_factory=list)
    cloned: bool = False


@dataclass(frozen=True, slots=True)
class TerminalSeriesPage:
    """`incomplete` when there was more to tell than fits: ask for one store, or for fewer terminals at once."""

    terminals: Sequence[TerminalSeriesView]
    incomplete: bool
    next_page_token: str


def list_terminal_series(uow: UnitOfWork, query: ListTerminalSeries) -> TerminalSeriesPage:
    """Terminals with numbered sales in the period, by code, each with its gaps, repeated numbers and installations.

    A terminal counts as cloned when a number of it was given to two sales, or when two installations of it sold at the
    same time. Raises the refusals of `selected` and `page`.
    """
    asked = page(query.page_size, query.page_token, key=(str,))
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    if selection.from_date == date.min:
        latest = min(selection.to_date, latest_day(uow))
        days = min(PERIOD_DAYS, (latest - date.min).days)
        selection = replace(selection, from_date=latest - timedelta(days=days))
    after = None if asked.after is None else str(asked.after[0])
    found = uow.terminal_series.terminals(selection, after=after, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda one: (one.terminal_code,))
    views, incomplete = _views(uow, found[: asked.limit], selection)
    if query.only_alerts:
        views = [one for one in views if one.gaps or one.cloned]
    return TerminalSeriesPage(views, incomplete, token)


def _views(
    uow: UnitOfWork, terminals: Sequence[NumberedTerminal], selection: Selection
) -> tuple[list[TerminalSeriesView], bool]:
    if not terminals:
        return [], False
    neighbours = uow.terminal_series.neighbours(terminals, limit=FOUND_MAX + 1)
    by_terminal: dict[int, list[Neighbours]] = defaultdict(list)
    for one in neighbours[:FOUND_MAX]:
        by_terminal[one.terminal_id].append(one)
    installed: dict[int, list[Installation]] = defaultdict(list)
    for terminal_id, installation in uow.terminal_series.installations(terminals, selection):
        installed[terminal_id].append(installation)
    views = [_view(one, by_terminal[one.terminal_id], installed[one.terminal_id]) for one in terminals]
    return views, len(neighbours) > FOUND_MAX


def _view(
    terminal: NumberedTerminal, neighbours: Sequence[Neighbours], installations: list[Installation]
) -> TerminalSeriesView:
    jumps = [(terminal.before, terminal.first_sequence)]
    jumps += [(one.sequence, one.next_sequence) for one in neighbours]
    repeated = _repeated(neighbours)
    return TerminalSeriesView(
        terminal.terminal_code,
        terminal.store_code,
        terminal.sales,
        terminal.first_sequence,
        terminal.last_sequence,
        gaps_of(jumps),
        repeated,
        installations,
        bool(repeated) or at_once(installations),
    )


def _repeated(neighbours: Sequence[Neighbours]) -> list[RepeatedNumber]:
    found: dict[int, RepeatedNumber] = {}
    for one in neighbours:
        if one.sequence == one.next_sequence:
            found.setdefault(one.sequence, RepeatedNumber(one.sequence, [one.sale_id])).sale_ids.append(
                one.next_sale_id
            )
    return list(found.values())
