"""Journal entries and postings."""

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, amount, metadata, required

journal_entries = Table(
    "journal_entries",
    metadata,
    Column("entry_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("business_date", Date),
    required("currency", Code),
    required("channel", Code),
    required("document_kind", Code),
    required("document_id", Id),
    required("posted_at", Instant),
)
Index(
    "ix_journal_entries_store_id",
    journal_entries.c.store_id,
    journal_entries.c.business_date,
    journal_entries.c.posted_at,
    journal_entries.c.entry_id,
)
Index(
    "ix_journal_entries_business_date",
    journal_entries.c.business_date,
    journal_entries.c.posted_at,
    journal_entries.c.entry_id,
)
Index("ix_journal_entries_document_id", journal_entries.c.document_id)

postings = Table(
    "postings",
    metadata,
    required("entry_id", Id),
    required("posting_number", Integer),
    required("account_code", Code),
    amount("amount_minor"),
    PrimaryKeyConstraint("entry_id", "posting_number"),
)
