"""Data keys of members, without which what is encrypted about them is gone; erased files; consent by purpose."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Bytes, Code, Id, Instant, Key, Name, amount, metadata, required

member_data_keys = Table(
    "member_data_keys",
    metadata,
    Column("member_id", Id, primary_key=True, autoincrement=False),
    # Which key-encryption key it is wrapped under.
    required("wrapping_version", Integer),
    required("wrapped_key", Bytes),
)
# Those under an older key are found without reading the others.
Index("ix_member_data_keys_wrapping_version", member_data_keys.c.wrapping_version, member_data_keys.c.member_id)

member_erasures = Table(
    "member_erasures",
    metadata,
    # The file, one of several where the person had several.
    Column("member_id", Id, primary_key=True, autoincrement=False),
    amount("points"),
    amount("coupons"),
    required("reason", Name),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("request_id", Key),
    required("erased_at", Instant),
)

# What a member consents to now, as the last entry left it.
consents = Table(
    "consents",
    metadata,
    required("member_id", Id),
    required("purpose", Code),
    amount("number"),
    required("given", Boolean),
    PrimaryKeyConstraint("member_id", "purpose"),
)

consent_entries = Table(
    "consent_entries",
    metadata,
    required("member_id", Id),
    required("purpose", Code),
    amount("number"),
    required("given", Boolean),
    # 0 for a withdrawal.
    amount("text_version"),
    required("channel", Code),
    required("evidence", Name),
    required("by_guardian", Boolean),
    required("by_member", Boolean),
    # The merge that brought the decision, or its undoing; 0 for none.
    required("merge_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("decided_at", Instant),
    PrimaryKeyConstraint("member_id", "purpose", "number"),
    CheckConstraint("number >= 1", name="numbered_from_one"),
)
Index(
    "ix_consent_entries_member_id",
    consent_entries.c.member_id,
    consent_entries.c.decided_at,
    consent_entries.c.purpose,
    consent_entries.c.number,
)
