"""Stored value: what members hold, and every movement of it."""

from sqlalchemy import CheckConstraint, Column, Date, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

stored_value_accounts = Table(
    "stored_value_accounts",
    metadata,
    required("member_id", Id),
    required("currency", Code),
    # The sums of the account's entries; the row is locked by every use case that moves stored value.
    amount("principal_minor"),
    amount("bonus_minor"),
    amount("frozen"),
    PrimaryKeyConstraint("member_id", "currency"),
    CheckConstraint("principal_minor >= 0", name="principal_not_negative"),
    CheckConstraint("bonus_minor >= 0", name="bonus_not_negative"),
    CheckConstraint("frozen >= 0 AND frozen <= 1", name="frozen_once"),
    postgresql_with={"fillfactor": "80"},
)

stored_value_entries = Table(
    "stored_value_entries",
    metadata,
    required("member_id", Id),
    required("currency", Code),
    required("entry_id", Id),
    required("reason", Code),
    amount("principal_minor"),
    amount("bonus_minor"),
    amount("frozen"),
    required("document_id", Id),
    required("tender", Code),
    required("reference", Name),
    required("note", Name),
    required("store_id", Id),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("business_date", Date),
    required("posted_at", Instant),
    # The order of a statement; ids of several processes are not in the order of time.
    PrimaryKeyConstraint("member_id", "posted_at", "entry_id"),
)
Index("ix_stored_value_entries_document_id", stored_value_entries.c.document_id)
