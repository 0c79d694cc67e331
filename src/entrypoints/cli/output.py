"""Figures as people read them (tables) and as programs do (JSON, CSV): one definition of columns for all three.

Figures go to standard output, everything else (progress, notes, problems) to standard error.
"""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated, Any, TextIO, TypeAlias

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table as RichTable

from domain.shared.money import minor_digits


class Format(StrEnum):
    """How figures are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How figures are printed.")]

notes = Console(stderr=True, highlight=False, soft_wrap=True)
"""For people: notes and progress on standard error. Lines are never broken: what they quote can be copied."""


Advance: TypeAlias = Callable[[int], None]
"""Called with how much more is done."""

Step: TypeAlias = Callable[[str, int | None], Advance]
"""Begins a step with its title and how much there is to do, if that is known."""


class Kind(Enum):
    """What a column holds; it decides how a table shows it."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    """Minor units; a table shows major units."""
    QUANTITY = "quantity"
    """Thousandths; a table shows units."""


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the key in JSON and the heading in CSV, `title` the heading in a table."""

    name: str
    title: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows with a value per column, in the columns' order.

    `currency` is that of all amounts; where it is empty, a column named "currency" says it for each row.
    """

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    currency: str = ""
    note: str = ""


def rows_of(columns: Sequence[Column], found: Iterable[Any]) -> list[list[Any]]:
    """The values of these columns, which are named as the fields of what was found."""
    return [[getattr(one, column.name) for column in columns] for one in found]


def show(figures: Figures, form: Format, *, file: TextIO | None = None) -> None:
    """Prints figures; amounts in JSON and CSV are the exact integers in minor units."""
    out = file or sys.stdout
    if form is Format.JSON:
        json.dump(records(figures), out, ensure_ascii=False, indent=2)
        out.write("\n")
    elif form is Format.CSV:
        write_csv(figures, out)
    else:
        _show_table(figures, out)


def show_all(shown: Mapping[str, Figures], form: Format, *, beside: Mapping[str, Any] | None = None) -> None:
    """Prints several figures: tables or CSV one after the other, JSON as one object by name, `beside` in it."""
    if form is Format.JSON:
        document = {name: records(figures) for name, figures in shown.items()} | dict(beside or {})
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
        return
    for figures in shown.values():
        show(figures, form)
        sys.stdout.write("\n")


@contextmanager
def progress() -> Iterator[Step]:
    """Bars on standard error, one per step; none when nobody looks at it."""
    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=notes,
        disable=not notes.is_terminal,
    )

    def step(title: str, total: int | None) -> Advance:
        task = bars.add_task(title, total=total)
        return lambda count: bars.update(task, advance=count)

    with bars:
        yield step


def records(figures: Figures) -> list[dict[str, Any]]:
    """The rows as objects keyed by column name."""
    return [
        {column.name: _plain(value) for column, value in zip(figures.columns, row, strict=True)} for row in figures.rows
    ]


def write_csv(figures: Figures, out: TextIO, *, headed: bool = True) -> None:
    """The rows as CSV that no spreadsheet takes for formulas; without the line of names what goes on with others."""
    writer = csv.writer(out, lineterminator="\n")
    if headed:
        writer.writerow([column.name for column in figures.columns])
    writer.writerows([[csv_cell(value) for value in row] for row in figures.rows])


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet evaluate a text cell (OWASP: CSV injection), full-width forms included."""


def csv_cell(value: object) -> object:
    """A number as it is; a text that a spreadsheet would evaluate with an apostrophe before it, which stops that."""
    plain = _plain(value)
    if isinstance(plain, str) and plain.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{plain}"
    return plain


def major(amount_minor: int, currency: str) -> str:
    """An amount in major units with grouped thousands: 123456 USD cents are "1,234.56"."""
    digits = minor_digits(currency) if currency else 2
    whole, part = divmod(abs(amount_minor), 10**digits)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}" + (f".{part:0{digits}d}" if digits else "")


def units(quantity_milli: int) -> str:
    """A quantity in units, without zeros at its end: 1500 is "1.5"."""
    whole, part = divmod(abs(quantity_milli), 1000)
    sign = "-" if quantity_milli < 0 else ""
    return f"{sign}{whole:,}" + (f".{part:03d}".rstrip("0") if part else "")


def _show_table(figures: Figures, out: TextIO) -> None:
    # A table that is piped into a file is as wide as it needs to be, never cut at 80 characters.
    console = Console(file=out, highlight=False, width=None if out.isatty() else WIDTH_WITHOUT_TERMINAL)
    table = RichTable(title=escape(figures.title), title_justify="left")
    for column in figures.columns:
        right = column.kind is not Kind.TEXT
        table.add_column(escape(column.title), justify="right" if right else "left", no_wrap=right)
    names = [column.name for column in figures.columns]
    place = names.index("currency") if "currency" in names else None
    for row in figures.rows:
        currency = figures.currency or (str(row[place]) if place is not None else "")
        table.add_row(*_cells(figures.columns, row, currency))
    console.print(table)
    if figures.note:
        console.print(figures.note, markup=False, soft_wrap=True)


WIDTH_WITHOUT_TERMINAL = 200


def _cells(columns: Sequence[Column], row: Sequence[Any], currency: str) -> Iterable[str]:
    for column, value in zip(columns, row, strict=True):
        if value is None:
            yield ""
        elif column.kind is Kind.MONEY:
            yield major(value, currency)
        elif column.kind is Kind.QUANTITY:
            yield units(value)
        elif column.kind is Kind.COUNT:
            yield f"{value:,}"
        else:
            yield escape(str(_plain(value)))


def _plain(value: object) -> object:
    """What JSON and CSV can hold: a member of an enum is its value, anything unknown its text."""
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
