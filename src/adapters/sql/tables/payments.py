"""Payments that providers take: what is known of each, its history, its refunds, and what providers have told."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from adapters.sql.tables.columns import Code, Id, Instant, Key, Name, amount, metadata, required

payment_intents = Table(
    "payment_intents",
    metadata,
    Column("payment_id", Id, primary_key=True, autoincrement=False),
    # Ours and the provider's: whatever happened, it can be asked after by this.
    required("key", Code, unique=True),
    required("terminal_id", Id),
    required("request_id", Key),
    required("store_id", Id),
    required("provider", Code),
    required("kind", Code),
    amount("amount_minor"),
    required("currency", Code),
    required("state", Code),
    amount("captured_minor"),
    amount("refunded_minor"),
    amount("refund_asked_minor"),
    amount("settled_minor"),
    required("cancelling", Boolean),
    # The sale that it pays, for ever.
    Column("sale_id", Id),
    amount("tender_number"),
    required("reference", Code),
    required("reason", Code),
    required("hint", Code),
    required("opened_at", Instant),
    required("asked_at", Instant),
    Column("due_at", Instant),
    # The order that it was paid in for, for ever.
    Column("order_id", Id),
    required("to_pay", Text),
    UniqueConstraint("terminal_id", "request_id"),
    CheckConstraint("amount_minor > 0", name="amount_above_zero"),
    CheckConstraint("captured_minor >= 0 AND refunded_minor >= 0", name="not_negative"),
    postgresql_with={"fillfactor": "80"},
)
# Only what is still to be done: the history does not make it longer.
Index(
    "ix_payment_intents_due_at",
    payment_intents.c.due_at,
    payment_intents.c.payment_id,
    sqlite_where=payment_intents.c.due_at.is_not(None),
    postgresql_where=payment_intents.c.due_at.is_not(None),
)
_UNSETTLED = payment_intents.c.captured_minor - payment_intents.c.refunded_minor != payment_intents.c.settled_minor
Index(
    "ix_payment_intents_unsettled",
    payment_intents.c.provider,
    payment_intents.c.store_id,
    payment_intents.c.payment_id,
    sqlite_where=_UNSETTLED,
    postgresql_where=_UNSETTLED,
)
Index(
    "ix_payment_intents_sale_id",
    payment_intents.c.sale_id,
    payment_intents.c.tender_number,
    unique=True,
    sqlite_where=payment_intents.c.sale_id.is_not(None),
    postgresql_where=payment_intents.c.sale_id.is_not(None),
)

payment_events = Table(
    "payment_events",
    metadata,
    required("event_id", Id),
    required("payment_id", Id),
    required("kind", Code),
    required("state", Code),
    required("note", Name),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("happened_at", Instant),
    PrimaryKeyConstraint("payment_id", "event_id"),
)

payment_refunds = Table(
    "payment_refunds",
    metadata,
    Column("refund_id", Id, primary_key=True, autoincrement=False),
    required("payment_id", Id),
    # The refund or void that gives it back.
    required("sale_id", Id),
    required("key", Code, unique=True),
    amount("amount_minor"),
    amount("total_minor"),
    required("asked_at", Instant),
    Column("done_at", Instant),
    CheckConstraint("amount_minor > 0", name="amount_above_zero"),
)
Index("ix_payment_refunds_payment_id", payment_refunds.c.payment_id)

payment_settlements = Table(
    "payment_settlements",
    metadata,
    Column("settlement_id", Id, primary_key=True, autoincrement=False),
    required("provider", Code),
    required("store_id", Id),
    required("currency", Code),
    required("business_date", Date),
    amount("payments"),
    amount("card_minor"),
    amount("wallet_minor"),
    amount("fee_minor"),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("settled_at", Instant),
)

payment_notices = Table(
    "payment_notices",
    metadata,
    required("provider", Code),
    required("event_id", Name),
    required("key", Code),
    required("received_at", Instant),
    # Whatever a provider repeats counts once.
    PrimaryKeyConstraint("provider", "event_id"),
)
