"""`liansuo wallet`: what a member holds of stored value, and how it came to that."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from application.wallet.queries import (
    GetStoredValue,
    GetStoredValueStatement,
    get_stored_value,
    get_stored_value_statement,
)
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, show_all

PAGE_SIZE: Final = 500
ENTRIES_DEFAULT: Final = 20

wallet = typer.Typer(help="Stored value of members.", no_args_is_help=True)

MemberArgument = Annotated[str, typer.Argument(metavar="MEMBER", help="Number, phone, card or code of the member.")]
EntriesOption = Annotated[
    int, typer.Option("--entries", min=0, max=PAGE_SIZE, help="How many of the newest movements to show.")
]

BALANCES: Final = (
    Column("currency", "Currency"),
    Column("balance_minor", "Balance, minor units", Kind.COUNT),
    Column("principal_minor", "Principal", Kind.COUNT),
    Column("bonus_minor", "Bonus", Kind.COUNT),
    Column("frozen", "Frozen"),
)
ENTRIES: Final = (
    Column("posted_at", "When"),
    Column("store_code", "Store"),
    Column("reason", "Reason"),
    Column("currency", "Currency"),
    Column("principal_minor", "Principal", Kind.COUNT),
    Column("bonus_minor", "Bonus", Kind.COUNT),
    Column("tender", "Tender"),
    Column("document_id", "Document"),
    Column("note", "Note"),
)


@wallet.callback()
def stored_value() -> None:
    """Stored value of members."""


@wallet.command("show")
def show_wallet(
    member: MemberArgument,
    entries: EntriesOption = ENTRIES_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a member holds by currency, and the newest movements; amounts are in minor units."""
    with opened(database) as chain:
        held = chain.read(get_stored_value, GetStoredValue(member))
        moved = chain.read(get_stored_value_statement, GetStoredValueStatement(member, entries)) if entries else None
    shown = {
        "balances": Figures(f"Stored value of {held.member_number}", BALANCES, _rows(held.balances, BALANCES)),
        "entries": Figures("Newest movements", ENTRIES, _rows(moved.entries if moved else [], ENTRIES)),
    }
    show_all(shown, form)


def _rows(views: Sequence[object], columns: Sequence[Column]) -> list[list[object]]:
    return [[getattr(one, column.name) for column in columns] for one in views]
