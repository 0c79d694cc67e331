"""`liansuo returns`: the reasons that cashiers choose from, and what came back for them."""

from typing import Annotated, Final

import typer

from application.sales.return_reasons import (
    ListReturnReasons,
    PutReturnReasons,
    ReportReturns,
    list_return_reasons,
    put_return_reasons,
    report_returns,
)
from domain.sales.returned import ReturnReason
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show

returns = typer.Typer(help="Goods that come back: reasons for it, and what came back for them.", no_args_is_help=True)

REASONS: Final = (
    Column("code", "Code"),
    Column("name_en", "Name"),
    Column("name_zh", "名称"),
    Column("retired", "Retired"),
)
SUMS: Final = (
    Column("reason_code", "Reason"),
    Column("condition", "Condition"),
    Column("lines", "Lines", Kind.COUNT),
    Column("total_minor", "Given back", Kind.MONEY),
    Column("cost_minor", "Cost", Kind.MONEY),
)


@returns.command()
def reasons(database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """List the reasons of the chain."""
    with opened(database) as chain:
        found = chain.read(list_return_reasons, ListReturnReasons()).reasons
    rows = [[one.code, one.name_en, one.name_zh, one.retired] for one in found]
    show(Figures("Reasons for returns", REASONS, rows), form)


@returns.command()
def reason(
    code: Annotated[str, typer.Argument(help="Code of the reason, up to 64 characters.")],
    name_en: Annotated[str, typer.Option("--en", help="What cashiers read in English.")],
    name_zh: Annotated[str, typer.Option("--zh", help="What cashiers read in Chinese.")],
    retired: Annotated[bool, typer.Option("--retired", help="No longer taken with a refund.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Add a reason, or replace the one with this code."""
    with opened(database) as chain:
        put = chain.write(put_return_reasons, PutReturnReasons((ReturnReason(code, name_en, name_zh, retired),)))
    notes.print(f"Reason {code}: {'new' if put.created else 'replaced'}.", markup=False)


@returns.command()
def report(
    store: Annotated[str, typer.Option("--store", help="The store, by its code.")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First business date, YYYY-MM-DD.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last business date, YYYY-MM-DD.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what a store took back in a period, by reason and condition."""
    with opened(database) as chain:
        found = chain.read(report_returns, ReportReturns(first, last, store))
    rows = [[one.reason_code, one.condition or "", one.lines, one.total_minor, one.cost_minor] for one in found.sums]
    show(Figures(f"Returned to {found.store_code}", SUMS, rows, found.currency), form)
