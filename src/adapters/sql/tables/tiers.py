"""Versions of the tier programme, and the history of members' tiers."""

from sqlalchemy import CheckConstraint, Column, Date, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Amount, Code, Document, Id, Instant, Name, amount, metadata, required

tier_programmes = Table(
    "tier_programmes",
    metadata,
    Column("version", Amount, primary_key=True, autoincrement=False),
    required("terms", Document),
    required("put_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
)

tier_entries = Table(
    "tier_entries",
    metadata,
    required("member_id", Id),
    required("number", Amount),
    required("from_tier", Code),
    required("to_tier", Code),
    required("cause", Code),
    required("reason", Name),
    # The first day on which it no longer holds, days of grace aside; null for no end.
    Column("valid_until", Date),
    amount("spend_minor"),
    amount("visits"),
    amount("points"),
    amount("score"),
    amount("programme_version"),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("decided_on", Date),
    required("entered_at", Instant),
    PrimaryKeyConstraint("member_id", "number"),
    CheckConstraint("number >= 1", name="numbered_from_one"),
)
