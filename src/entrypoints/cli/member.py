"""`liansuo member`: what is known of one member."""

from typing import Annotated, Final

import typer

from application.membership.get_member_habits import GetMemberHabits, get_member_habits
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, show

member = typer.Typer(help="Members, one at a time.", no_args_is_help=True)

HABITS: Final = (
    Column("purchases", "Purchases", Kind.COUNT),
    Column("last_purchase_on", "Last on"),
    Column("top_category_code", "Top category"),
    Column("usual_weekday", "Weekday", Kind.COUNT),
)


@member.callback()
def members() -> None:
    """Members, one at a time."""


@member.command()
def habits(
    member_key: Annotated[str, typer.Argument(help="Number, phone, card or code of the member.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a member buys most often and on which weekday, from their latest purchases."""
    with opened(database) as chain:
        found = chain.read(get_member_habits, GetMemberHabits(member_key))
    rows = [[getattr(found, column.name) for column in HABITS]]
    note = "Weekday: 1 is Monday, 7 Sunday, 0 unknown. Fewer than 5 purchases show no habit."
    show(Figures("Habits", HABITS, rows, note=note), form)
