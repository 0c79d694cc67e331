"""`liansuo count`: what is to be counted, what was found, and what the books make of it."""

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from application.inventory.counting import (
    ENTRIES_MAX,
    CloseCount,
    CountedLine,
    EnterCount,
    GetCount,
    ListCounts,
    OpenCount,
    PlanCounts,
    close_count,
    enter_count,
    get_count,
    list_counts,
    open_count,
    plan_counts,
)
from application.paging import PAGE_SIZE_MAX
from domain.inventory.stock_count import CountKind, Uncounted
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show
from entrypoints.cli.problems import Exit, Problem

count = typer.Typer(help="What is to be counted, and what was found.", no_args_is_help=True)

StoreOption = Annotated[str, typer.Option("--store", help="Code of the store; not needed where there is one.")]
CountArgument = Annotated[int, typer.Argument(metavar="COUNT", help="Its id, as `count list` shows it.")]
ShownOption = Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")]

DUE: Final = (Column("sku", "SKU"), Column("abc", "Class"), Column("last_counted", "Counted last"))
COUNTS: Final = (
    Column("count_id", "Count"),
    Column("store_code", "Store"),
    Column("kind", "Kind"),
    Column("state", "State"),
    Column("skus", "SKUs", Kind.COUNT),
    Column("opened_at", "Opened"),
    Column("opened_by", "By"),
    Column("lost_minor", "Lost", Kind.COUNT),
    Column("found_minor", "Found", Kind.COUNT),
    Column("reference", "Reference"),
)
LINES: Final = (
    Column("sku", "SKU"),
    Column("counted", "Counted"),
    Column("counted_milli", "Found", Kind.QUANTITY),
    Column("expected_milli", "Expected", Kind.QUANTITY),
    Column("difference_milli", "Difference", Kind.QUANTITY),
)


@count.command("plan")
def plan(store: StoreOption = "", database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show what a store is to count today."""
    with opened(database) as chain:
        found = chain.read(plan_counts, PlanCounts(store))
    show(Figures(f"{found.store_code}: {found.due} due, {found.per_day} a day", DUE, rows_of(DUE, found.items)), form)


@count.command("open")
def open_(
    kind: Annotated[CountKind, typer.Argument(metavar="KIND", help=", ".join(CountKind))],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME…]", help="Codes of categories, or SKUs, as the kind is.")
    ] = None,
    store: StoreOption = "",
    blind: Annotated[bool, typer.Option("--blind", help="Do not tell who counts what should be there.")] = False,
    zero: Annotated[bool, typer.Option("--zero", help="What nobody counts is gone.")] = False,
    reference: Annotated[str, typer.Option("--reference", help="For whoever reads it later.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Open a count: full, category, list, or cycle for what is due."""
    given = tuple(names or ())
    command = OpenCount(
        kind,
        store,
        given if kind is CountKind.CATEGORY else (),
        given if kind is CountKind.LIST else (),
        blind,
        Uncounted.ZERO if zero else Uncounted.LEAVE,
        reference,
    )
    with opened(database) as chain:
        done = chain.write(open_count, command)
    notes.print(f"Count {done.count_id} of {done.skus} SKUs is open.", markup=False)


@count.command("enter")
def enter(
    count_id: CountArgument,
    file: Annotated[
        Path,
        typer.Argument(help="CSV: sku, quantity and, where they matter, section and counted_at.", exists=True),
    ],
    database: DatabaseOption = None,
) -> None:
    """Enter what was found, as CSV. What cannot be entered is told line by line, and nothing of its batch is."""
    lines = _lines(file)
    entered = 0
    recount: list[str] = []
    with opened(database) as chain:
        for start in range(0, len(lines), ENTRIES_MAX):
            done = chain.write(enter_count, EnterCount(count_id, tuple(lines[start : start + ENTRIES_MAX])))
            entered += done.entered
            recount += done.recount
    notes.print(f"{entered} lines entered.", markup=False)
    for sku in recount:
        notes.print(f"Count {sku} again: it differs much.", markup=False)


@count.command("show")
def show_one(
    count_id: CountArgument,
    differences: Annotated[bool, typer.Option("--differences", help="Only what differs.")] = False,
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show the lines of a count."""
    with opened(database) as chain:
        found = chain.read(get_count, GetCount(count_id, differences, shown))
    title = f"{count_id}: {found.count.store_code}, {found.count.state}, {found.count.counted} of {found.count.skus}"
    show(Figures(title, LINES, rows_of(LINES, found.lines)), form)


@count.command("list")
def list_(
    store: StoreOption = "",
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List counts, newest first; amounts in minor units."""
    with opened(database) as chain:
        found = chain.read(list_counts, ListCounts(store, shown))
    show(Figures("Counts", COUNTS, rows_of(COUNTS, found.counts)), form)


@count.command("close")
def close(
    count_id: CountArgument,
    cancel: Annotated[bool, typer.Option("--cancel", help="Post nothing.")] = False,
    approval: Annotated[str, typer.Option("--approval", help="Token of a second person's approval.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Post the differences of a count, or cancel it."""
    with opened(database) as chain:
        done = chain.write(close_count, CloseCount(count_id, approval, cancel))
    notes.print(
        f"{done.counted} counted, {done.differing} differ: lost {done.lost_minor}, found {done.found_minor}.",
        markup=False,
    )


def _lines(file: Path) -> list[CountedLine]:
    with file.open(encoding="utf-8-sig", newline="") as opened_file:
        reader = csv.DictReader(opened_file)
        if not {"sku", "quantity"} <= set(reader.fieldnames or ()):
            raise Problem(
                f"{file} has no columns sku and quantity.", advice="Name them in the first line.", code=Exit.REFUSED
            )
        return [_line(number, row) for number, row in enumerate(reader, start=2)]


def _line(number: int, row: dict[str, Any]) -> CountedLine:
    try:
        milli = Decimal(row["quantity"]) * 1000
        when = datetime.fromisoformat(row["counted_at"]) if row.get("counted_at") else None
    except (ArithmeticError, ValueError, TypeError):
        milli, when = Decimal("0.5"), None
    if milli != milli.to_integral_value() or (when is not None and when.tzinfo is None):
        raise Problem(f"Line {number} has no quantity such as 2 or 0.350, or a time without zone.", code=Exit.REFUSED)
    return CountedLine(row["sku"], int(milli), row.get("section") or "", when)
