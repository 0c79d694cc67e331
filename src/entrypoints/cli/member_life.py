"""The life cycle of members: the daily run, and how many stand where."""

from collections import Counter
from typing import Annotated, Final

import typer

from application.membership.lifecycle_queries import CountMembersByLifecycle, count_members_by_lifecycle
from application.membership.move_lifecycles import MoveLifecycles, move_lifecycles
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, progress, show

MOVES: Final = (Column("from_state", "From"), Column("to_state", "To"), Column("members", "Members", Kind.COUNT))
STATES: Final = (Column("store_code", "Store"), Column("state", "State"), Column("members", "Members", Kind.COUNT))


def lifecycle(
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="As of this day; default: today.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Move members to new, active, dormant or lost by what they bought; run it daily. It carries on where stopped."""
    members = 0
    moves: Counter[tuple[str, str]] = Counter()
    with opened(database) as chain, progress() as step:
        advance = step("Members looked at", None)
        while not (done := chain.write(move_lifecycles, MoveLifecycles(on))).finished:
            members += done.members
            advance(done.members)
            moves.update({(move.from_state, move.to_state.value): move.members for move in done.moves})
    rows = [[before, after, count] for (before, after), count in sorted(moves.items())]
    show(Figures(f"{members:,} members looked at, {moves.total():,} changed", MOVES, rows), form)


def lifecycle_counts(
    store: Annotated[str, typer.Option("--store", help="A home store; default: all.")] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show how many members of each home store are new, active, dormant or lost, as the last run left them."""
    with opened(database) as chain:
        found = chain.read(count_members_by_lifecycle, CountMembersByLifecycle(store, "9999-12-31"))
    rows = [[row.store_code, row.state.value, row.members] for row in found.states]
    show(Figures("Members by life cycle", STATES, rows, note="Without a store: members of head office."), form)
