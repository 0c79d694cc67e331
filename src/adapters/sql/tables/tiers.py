"""Versions of the tier programme, and the history of members' tiers, and the benefits that they use."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

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

# Written out, because a partial index is only used for a condition that is known to be its own.
OPEN_MEMBERSHIP = "NOT ended"

paid_memberships = Table(
    "paid_memberships",
    metadata,
    Column("membership_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    required("plan_code", Code),
    required("tier", Code),
    required("sale_id", Id),
    amount("line_number"),
    required("currency", Code),
    required("store_id", Id),
    required("unit_months", Integer),
    required("unit_days", Integer),
    amount("units"),
    required("starts_on", Date),
    # Exclusive, as released_to is.
    required("ends_on", Date),
    amount("value_minor"),
    amount("released_minor"),
    required("released_to", Date),
    required("ended", Boolean),
    required("earned_tier", Code),
    Column("earned_until", Date),
    required("sold_at", Instant),
    UniqueConstraint("sale_id", "line_number"),
    CheckConstraint("released_minor >= 0 AND released_minor <= value_minor", name="released_within_value"),
    postgresql_with={"fillfactor": "80"},
)
Index("ix_paid_memberships_member_id", paid_memberships.c.member_id, paid_memberships.c.membership_id)
Index(
    "ix_paid_memberships_released_to",
    paid_memberships.c.released_to,
    paid_memberships.c.membership_id,
    sqlite_where=text(OPEN_MEMBERSHIP),
    postgresql_where=text(OPEN_MEMBERSHIP),
)

membership_entries = Table(
    "membership_entries",
    metadata,
    Column("entry_id", Id, primary_key=True, autoincrement=False),
    # 0 for what a run has released of many.
    required("membership_id", Id),
    required("reason", Code),
    amount("value_minor"),
    required("document_id", Id),
    required("currency", Code),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("posted_at", Instant),
)
