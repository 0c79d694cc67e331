"""Shifts of tills, what happened at their drawers, how they were closed, and the closes of days."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint

from adapters.sql.tables.columns import Code, Document, Id, Instant, Key, Name, amount, metadata, required

shifts = Table(
    "shifts",
    metadata,
    Column("shift_id", Id, primary_key=True, autoincrement=False),
    required("terminal_id", Id),
    required("store_id", Id),
    required("number", Integer),
    required("currency", Code),
    required("business_date", Date),
    amount("float_minor"),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("opened_at", Instant),
    # Null while it is open; the only column that changes, once.
    Column("closed_at", Instant),
    UniqueConstraint("terminal_id", "number"),
)
# A terminal has one open shift at most, whatever the program does.
Index(
    "uq_shifts_open",
    shifts.c.terminal_id,
    unique=True,
    sqlite_where=shifts.c.closed_at.is_(None),
    postgresql_where=shifts.c.closed_at.is_(None),
)
Index("ix_shifts_terminal_id", shifts.c.terminal_id, shifts.c.opened_at)
Index("ix_shifts_store_id", shifts.c.store_id, shifts.c.business_date, shifts.c.opened_at, shifts.c.shift_id)

shift_entries = Table(
    "shift_entries",
    metadata,
    required("entry_id", Id),
    required("shift_id", Id),
    required("kind", Code),
    amount("amount_minor"),
    required("account_code", Code),
    required("reason", Code),
    required("reference", Name),
    required("note", Name),
    required("store_id", Id),
    required("currency", Code),
    required("business_date", Date),
    required("request_id", Key),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("posted_at", Instant),
    PrimaryKeyConstraint("shift_id", "entry_id"),
)

shift_closes = Table(
    "shift_closes",
    metadata,
    Column("shift_id", Id, primary_key=True, autoincrement=False),
    required("counts", Document),
    required("report", Document),
    amount("last_receipt_sequence"),
    required("note", Name),
    required("store_id", Id),
    required("currency", Code),
    required("business_date", Date),
    required("request_id", Key),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("posted_at", Instant),
)

# A day is closed once; what changes it afterwards is told, and changes nothing here.
day_closes = Table(
    "day_closes",
    metadata,
    required("store_id", Id),
    required("business_date", Date),
    required("currency", Code),
    amount("documents"),
    required("causes", Document),
    required("note", Name),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("posted_at", Instant),
    PrimaryKeyConstraint("store_id", "business_date"),
)

day_totals = Table(
    "day_totals",
    metadata,
    required("store_id", Id),
    required("business_date", Date),
    required("tender", Code),
    amount("counted_minor"),
    amount("books_minor"),
    amount("named_minor"),
    amount("unexplained_minor"),
    PrimaryKeyConstraint("store_id", "business_date", "tender"),
)

shift_totals = Table(
    "shift_totals",
    metadata,
    required("shift_id", Id),
    required("tender", Code),
    amount("taken_minor"),
    amount("expected_minor"),
    required("counted", Boolean),
    amount("counted_minor"),
    amount("unsent_minor"),
    amount("variance_minor"),
    PrimaryKeyConstraint("shift_id", "tender"),
)
