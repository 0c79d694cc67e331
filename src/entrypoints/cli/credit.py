"""`liansuo credit`: how much members may owe, and what they owe."""

from typing import Annotated, Final

import typer

from application.wallet.credit import GetCredit, SetCreditLimit, get_credit, set_credit_limit
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show_all

ENTRIES_DEFAULT: Final = 20
PAGE_SIZE: Final = 500

credit = typer.Typer(help="Sales on account: limits of members, and what they owe.", no_args_is_help=True)

MemberArgument = Annotated[str, typer.Argument(metavar="MEMBER", help="Number, phone, card or code of the member.")]

BALANCES: Final = (
    Column("currency", "Currency"),
    Column("limit_minor", "Limit, minor units", Kind.COUNT),
    Column("owed_minor", "Owed", Kind.COUNT),
    Column("left_minor", "Left", Kind.COUNT),
)
ENTRIES: Final = (
    Column("posted_at", "At"),
    Column("store_code", "Store"),
    Column("reason", "Reason"),
    Column("currency", "Currency"),
    Column("owed_minor", "Owed", Kind.COUNT),
    Column("limit_minor", "Limit", Kind.COUNT),
    Column("beyond_minor", "Beyond the limit", Kind.COUNT),
    Column("document_id", "Document"),
    Column("note", "Note"),
)


@credit.command()
def limit(
    member: MemberArgument,
    limit_minor: Annotated[int, typer.Argument(min=0, help="What the member may owe, in minor units.")],
    store: Annotated[str, typer.Option("--store", help="Code of a store, whose currency it is.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever reads the statement.")],
    database: DatabaseOption = None,
) -> None:
    """Set how much a member may owe; 0 for no more sales on account."""
    with opened(database) as chain:
        done = chain.write(set_credit_limit, SetCreditLimit(member, limit_minor, reason, store))
    notes.print(
        f"The limit is {done.limit_minor:,} {done.currency} in minor units, of which {done.left_minor:,} are left.",
        markup=False,
    )


@credit.command("show")
def show_credit(
    member: MemberArgument,
    entries: Annotated[
        int, typer.Option("--entries", min=1, max=PAGE_SIZE, help="How many of the newest movements to show.")
    ] = ENTRIES_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a member may owe and owes by currency, and the newest movements; amounts are in minor units."""
    with opened(database) as chain:
        found = chain.read(get_credit, GetCredit(member, entries))
    balances = rows_of(BALANCES, found.balances)
    moved = rows_of(ENTRIES, found.entries)
    shown = {
        "balances": Figures(f"Account of {found.member_number}", BALANCES, balances),
        "entries": Figures("Newest movements", ENTRIES, moved),
    }
    show_all(shown, form)
