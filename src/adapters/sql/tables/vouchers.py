"""Vouchers of others that have paid."""

from sqlalchemy import Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, metadata, required

voucher_entries = Table(
    "voucher_entries",
    metadata,
    required("issuer", Code),
    required("voucher_number", Code),
    required("number", Integer),
    required("kind", Code),
    required("sale_id", Id),
    required("tender_number", Integer),
    required("document_id", Id),
    required("holding", Integer),
    required("store_id", Id),
    required("posted_at", Instant),
    # Entries of a voucher come one after the other, so none pays twice unseen: the same number would be taken.
    PrimaryKeyConstraint("voucher_number", "issuer", "number"),
)
Index("ix_voucher_entries_sale_id", voucher_entries.c.sale_id)
Index(
    "ix_voucher_entries_doubled",
    voucher_entries.c.posted_at,
    postgresql_where=voucher_entries.c.holding > 1,
    sqlite_where=voucher_entries.c.holding > 1,
)
