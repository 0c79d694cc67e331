"""`liansuo settle`: what stores owe each other for points, stored value, gift cards and times cards."""

from typing import Annotated

import typer

from application.finance.settling import GetSettlement, SettleStores, settle_stores
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Format, FormatOption, notes, show
from entrypoints.cli.report import settlement_figures


def settle(
    to_date: Annotated[
        str, typer.Option("--to", metavar="DATE", help="Last business date; default: the day begun in every store.")
    ] = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Settle everything up to a date between the stores, and print who owes whom. Again, it changes nothing."""
    with opened(database) as chain:
        done = chain.write(settle_stores, SettleStores(to_date))
        figures = settlement_figures(chain, GetSettlement(settlement_id=done.settlement.settlement_id))
    period = f"{done.settlement.from_date or 'the beginning'} to {done.settlement.to_date}"
    state = "is settled now" if done.settled_now else "was settled already"
    notes.print(f"The period from {period} {state}: {done.settlement.movements:,} movements.", markup=False)
    show(figures, form)
