"""`liansuo terminals`: receipts that never arrived, and terminals that were copied."""

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final

import typer

from application.paging import PAGE_SIZE_MAX
from application.sales.terminal_series import ListTerminalSeries, TerminalSeriesView, list_terminal_series
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, show

PAGE_SIZE: Final = min(100, PAGE_SIZE_MAX)

terminals = typer.Typer(
    help="Receipt numbers of terminals: gaps, and terminals that were copied.", no_args_is_help=True
)

StoreOption = Annotated[str, typer.Option("--store", help="Only this store, by its code.")]
FromOption = Annotated[
    str, typer.Option("--from", metavar="DATE", help="First business date, YYYY-MM-DD; 31 days back unless it is said.")
]
ToOption = Annotated[str, typer.Option("--to", metavar="DATE", help="Last business date, YYYY-MM-DD.")]

GAPS: Final = (
    Column("store_code", "Store"),
    Column("terminal_code", "Terminal"),
    Column("first", "First missing", Kind.COUNT),
    Column("last", "Last missing", Kind.COUNT),
    Column("missing", "Missing", Kind.COUNT),
)
ALERTS: Final = (
    Column("store_code", "Store"),
    Column("terminal_code", "Terminal"),
    Column("alert", "Alert"),
    Column("sequence", "Number", Kind.COUNT),
    Column("sale_ids", "Sales"),
    Column("install_id", "Installation"),
)

Rows = Callable[[TerminalSeriesView], Iterator[Sequence[Any]]]


@terminals.command()
def gaps(
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List the receipt numbers of which no sale is stored: not uploaded yet, refused, or lost."""
    _list("Numbers that never arrived", GAPS, _gaps, ListTerminalSeries(store, first, last), database, form)


@terminals.command()
def alerts(
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List terminals that were copied: numbers that several sales have, and installations that sold at once."""
    _list("Terminals that were copied", ALERTS, _alerts, ListTerminalSeries(store, first, last), database, form)


def _list(
    title: str, columns: Sequence[Column], rows_of: Rows, query: ListTerminalSeries, database: Any, form: Format
) -> None:
    rows: list[Sequence[Any]] = []
    incomplete = False
    token = ""
    with opened(database) as chain:
        while True:
            asked = ListTerminalSeries(query.store_code, query.from_date, query.to_date, True, PAGE_SIZE, token)
            page = chain.read(list_terminal_series, asked)
            rows += [row for terminal in page.terminals for row in rows_of(terminal)]
            incomplete = incomplete or page.incomplete
            token = page.next_page_token
            if not token:
                break
    show(Figures(title, columns, rows), form)
    if incomplete:
        notes.print("There is more than could be listed: ask for one store, or for fewer days.")


def _gaps(terminal: TerminalSeriesView) -> Iterator[Sequence[Any]]:
    for gap in terminal.gaps:
        missing = gap.last - gap.first + 1
        yield terminal.store_code, terminal.terminal_code, gap.first, gap.last, missing


def _alerts(terminal: TerminalSeriesView) -> Iterator[Sequence[Any]]:
    named = (terminal.store_code, terminal.terminal_code)
    for number in terminal.repeated_numbers:
        yield *named, "number given twice", number.sequence, " ".join(map(str, number.sale_ids)), ""
    if terminal.cloned and len(terminal.installations) > 1:
        for installation in terminal.installations:
            yield *named, "installations at once", installation.last_sequence, "", installation.install_id
