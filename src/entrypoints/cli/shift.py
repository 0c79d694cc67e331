"""`liansuo shift`: shifts of tills, their reports, and the close of a store's day."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from application.paging import PAGE_SIZE_MAX
from application.sales.closing_day import CloseDay, DayReport, GetDayClose, close_day, get_day_close
from application.sales.shift_views import ShiftReport
from application.sales.shifts import GetShift, ListShifts, get_shift, list_shifts
from application.sales.staff_purchases import ListStaffPurchases, list_staff_purchases
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, major, notes, show, show_all

SHOWN_DEFAULT: Final = 50

shift = typer.Typer(help="Shifts of tills, their X and Z reports, and the close of a day.", no_args_is_help=True)

StoreOption = Annotated[str, typer.Option("--store", help="Code of the store; not needed where there is one.")]

SHIFTS: Final = (
    Column("shift_id", "Shift"),
    Column("store_code", "Store"),
    Column("terminal_code", "Terminal"),
    Column("number", "Number", Kind.COUNT),
    Column("business_date", "Date"),
    Column("opened_by", "Opened by"),
    Column("opened_at", "Opened at"),
    Column("closed_at", "Closed at"),
)
TENDERS: Final = (
    Column("tender", "Tender"),
    Column("sales_minor", "Sales", Kind.MONEY),
    Column("reversed_minor", "Taken back", Kind.MONEY),
    Column("other_minor", "Other", Kind.MONEY),
    Column("expected_minor", "Expected", Kind.MONEY),
    Column("counted_minor", "Counted", Kind.MONEY),
    Column("unsent_minor", "Unsent", Kind.MONEY),
    Column("variance_minor", "Difference", Kind.MONEY),
)
CASHIERS: Final = (
    Column("staff_code", "Cashier"),
    Column("sales", "Sales", Kind.COUNT),
    Column("refunds", "Refunds", Kind.COUNT),
    Column("voids", "Voids", Kind.COUNT),
    Column("others", "Other documents", Kind.COUNT),
    Column("taken_minor", "Taken", Kind.MONEY),
    Column("cash_minor", "Of it cash", Kind.MONEY),
)
TIPS: Final = (
    Column("staff_code", "Staff"),
    Column("given_minor", "Tips", Kind.MONEY),
)
PURCHASES: Final = (
    Column("staff_code", "Staff"),
    Column("currency", "Currency"),
    Column("bought_minor", "Bought", Kind.COUNT),
    Column("discount_minor", "Discount", Kind.COUNT),
    Column("limit_minor", "Limit", Kind.COUNT),
    Column("beyond", "Sales beyond it", Kind.COUNT),
)
DAY_TENDERS: Final = (
    Column("tender", "Tender"),
    Column("counted_minor", "Counted", Kind.MONEY),
    Column("books_minor", "Books", Kind.MONEY),
    Column("difference_minor", "Difference", Kind.MONEY),
    Column("unexplained_minor", "Unexplained", Kind.MONEY),
)
CAUSES: Final = (
    Column("kind", "Cause"),
    Column("terminal_code", "Terminal"),
    Column("shift_id", "Shift"),
    Column("tender", "Tender"),
    Column("amount_minor", "Amount", Kind.MONEY),
    Column("documents", "Documents", Kind.COUNT),
    Column("receipts", "Receipts"),
    Column("missing", "Missing receipts"),
    Column("staff", "Staff"),
)


@shift.command("list")
def list_all(
    store: StoreOption = "",
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First business date, YYYY-MM-DD.")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last business date, YYYY-MM-DD.")] = "",
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List shifts, newest first."""
    with opened(database) as chain:
        found = chain.read(list_shifts, ListShifts(store, first, last, shown))
    show(Figures("Shifts", SHIFTS, _rows(SHIFTS, found.shifts)), form)


@shift.command("show")
def show_shift(
    shift_id: Annotated[int, typer.Argument(metavar="SHIFT", help="As `liansuo shift list` names it.")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show the report of a shift: X while it is open, then Z as it was at the close."""
    with opened(database) as chain:
        found = chain.read(get_shift, GetShift(shift_id))
    currency = found.shift.currency
    tenders = Figures(_title(found), TENDERS, _rows(TENDERS, found.tenders), currency)
    cashiers = Figures("Cashiers", CASHIERS, _rows(CASHIERS, found.cashiers), currency)
    shown = {"tenders": tenders, "cashiers": cashiers}
    if found.tips:
        shown["tips"] = Figures("Tips", TIPS, _rows(TIPS, found.tips), currency)
    beside = {
        "late_documents": found.late_documents,
        "missing_receipts": found.missing_receipts,
        "tips_minor": found.tips_minor,
        "tips_paid_out_minor": found.tips_paid_out_minor,
    }
    show_all(shown, form, beside=beside)
    if found.missing_receipts or found.late_documents:
        notes.print(
            f"{found.missing_receipts:,} receipts are missing; {found.late_documents:,} documents came later.",
            markup=False,
        )


@shift.command("close-day")
def close_the_day(
    business_date: Annotated[str, typer.Argument(metavar="DATE", help="The business date, YYYY-MM-DD.")],
    store: StoreOption = "",
    note: Annotated[str, typer.Option("--note", help="For whoever reads it later.")] = "",
    only_show: Annotated[bool, typer.Option("--show", help="Show the day as it is now, and close nothing.")] = False,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Close the day of a store, whose shifts are closed, and name the cause of every difference."""
    with opened(database) as chain:
        if only_show:
            found = chain.read(get_day_close, GetDayClose(business_date, store))
        else:
            found = chain.write(close_day, CloseDay(business_date, store, note)).report
    _show_day(found, form)


@shift.command("staff-purchases")
def staff_purchases(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The month of business dates, YYYY-MM.")],
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what members of staff bought at their discount, who went beyond their limit first."""
    with opened(database) as chain:
        found = chain.read(list_staff_purchases, ListStaffPurchases(month, shown))
    # Amounts in minor units: a chain may sell in several currencies.
    show(Figures(f"Staff purchases in {month}", PURCHASES, _rows(PURCHASES, found.rows)), form)


def _show_day(found: DayReport, form: Format) -> None:
    state = f"closed at {found.closed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if found.closed_at else "not closed"
    title = f"{found.store_code} on {found.business_date}, {state}"
    causes = [
        [
            one.kind, one.terminal_code, one.shift_id or "", one.tender or "", one.amount_minor, one.documents,
            ", ".join(one.receipts), ", ".join(f"{gap.first}-{gap.last}" for gap in one.gaps),
            ", ".join(one.staff_codes),
        ]
        for one in found.causes
    ]  # fmt: skip
    shown = {
        "tenders": Figures(title, DAY_TENDERS, _rows(DAY_TENDERS, found.tenders), found.currency),
        "causes": Figures("Causes of differences", CAUSES, causes, found.currency),
    }
    beside = {
        "changed": found.changed,
        "documents": found.documents,
        "open_terminals": list(found.open_terminals),
        "tips_minor": found.tips_minor,
        "tips_paid_out_minor": found.tips_paid_out_minor,
        "tips_owed_minor": found.tips_owed_minor,
    }
    show_all(shown, form, beside=beside)
    if found.tips_minor or found.tips_owed_minor:
        tips = [major(one, found.currency) for one in (found.tips_minor, found.tips_owed_minor)]
        notes.print(f"Tips of the day: {tips[0]}; owed to the staff now: {tips[1]}.", markup=False)
    if found.changed:
        notes.print("The day has changed since it was closed: something came late.", markup=False)


def _title(found: ShiftReport) -> str:
    head = found.shift
    kind = "Z report" if head.closed_at else "X report"
    return f"{kind} {head.number} of {head.terminal_code}, {head.store_code}, {head.business_date}"


def _rows(columns: tuple[Column, ...], found: Any) -> list[list[Any]]:
    """The values of the columns, which are named as the fields; instants as texts."""
    return [[_text(getattr(one, column.name)) for column in columns] for one in found]


def _text(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else "" if value is None else value
