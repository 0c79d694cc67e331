"""Settlements between stores: periods, the movements that they settle, who owes whom, and what each store posts."""

from sqlalchemy import CheckConstraint, Column, Date, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, amount, metadata, required

settlements = Table(
    "settlements",
    metadata,
    Column("settlement_id", Id, primary_key=True, autoincrement=False),
    required("from_date", Date),
    # A period is settled once.
    required("to_date", Date, unique=True),
    amount("movements"),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("settled_at", Instant),
)

settlement_movements = Table(
    "settlement_movements",
    metadata,
    required("kind", Code),
    required("entry_id", Id),
    required("issuer_id", Id),
    required("settlement_id", Id),
    required("document_id", Id),
    required("redeemer_id", Id),
    required("currency", Code),
    amount("amount_minor"),
    amount("liability_minor"),
    amount("bonus_minor"),
    amount("revenue_minor", server_default="0"),
    amount("tax_minor", server_default="0"),
    amount("cost_minor", server_default="0"),
    # An entry is settled once, with each of those who owe for it.
    PrimaryKeyConstraint("kind", "entry_id", "issuer_id"),
)
Index("ix_settlement_movements_document_id", settlement_movements.c.document_id)

settlement_pairs = Table(
    "settlement_pairs",
    metadata,
    required("settlement_id", Id),
    required("currency", Code),
    required("debtor_id", Id),
    required("creditor_id", Id),
    required("basis", Code),
    amount("points_minor"),
    amount("stored_value_minor"),
    amount("gift_card_minor"),
    amount("times_card_minor", server_default="0"),
    amount("returns_minor", server_default="0"),
    amount("net_minor"),
    PrimaryKeyConstraint("settlement_id", "currency", "debtor_id", "creditor_id"),
    CheckConstraint("net_minor >= 0", name="owed_by_the_debtor"),
)

settlement_documents = Table(
    "settlement_documents",
    metadata,
    Column("document_id", Id, primary_key=True, autoincrement=False),
    required("settlement_id", Id),
    required("store_id", Id),
    required("business_date", Date),
    required("currency", Code),
    amount("net_minor"),
    amount("points_minor"),
    amount("promotion_minor"),
    amount("principal_minor"),
    amount("bonus_minor"),
    amount("marketing_minor"),
    amount("gift_card_minor"),
    amount("times_card_minor", server_default="0"),
    amount("revenue_minor", server_default="0"),
    amount("tax_minor", server_default="0"),
    amount("cost_minor", server_default="0"),
)

# What is left of what members have paid in, as far as settlements have followed it. Rows with nothing left stay: they
# tell that the entry has been followed.
stored_value_paid_in = Table(
    "stored_value_paid_in",
    metadata,
    required("entry_id", Id),
    required("store_id", Id),
    required("member_id", Id),
    required("currency", Code),
    required("paid_at", Instant),
    amount("principal_minor"),
    amount("bonus_minor"),
    PrimaryKeyConstraint("entry_id", "store_id"),
    CheckConstraint("principal_minor >= 0 AND bonus_minor >= 0", name="not_negative"),
)
Index(
    "ix_stored_value_paid_in_left",
    stored_value_paid_in.c.member_id,
    sqlite_where=(stored_value_paid_in.c.principal_minor > 0) | (stored_value_paid_in.c.bonus_minor > 0),
    postgresql_where=(stored_value_paid_in.c.principal_minor > 0) | (stored_value_paid_in.c.bonus_minor > 0),
)
