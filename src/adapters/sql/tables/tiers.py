"""Versions of the tier programme, and the history of members' tiers, and the benefits that they use."""

from sqlalchemy import CheckConstraint, Column, Date, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Amount, Bytes, Code, Document, Id, Instant, Name, amount, metadata, required

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

benefit_counts = Table(
    "benefit_counts",
    metadata,
    required("member_id", Id),
    required("benefit_code", Code),
    # The first day of the month.
    required("month", Date),
    amount("used"),
    PrimaryKeyConstraint("member_id", "benefit_code", "month"),
    CheckConstraint("used >= 0", name="not_negative"),
)

benefit_uses = Table(
    "benefit_uses",
    metadata,
    Column("use_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    required("benefit_code", Code),
    required("month", Date),
    # For what, such as a plate number: it tells about a person, so it is encrypted.
    required("note_cipher", Bytes),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("used_at", Instant),
)
Index("ix_benefit_uses_member_id", benefit_uses.c.member_id, benefit_uses.c.month, benefit_uses.c.used_at)
