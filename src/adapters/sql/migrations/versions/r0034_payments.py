"""Payments that providers take, with their history, what is given back of them, and the messages of providers.

Revision ID: 0034
Revises: 0028
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0028"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Code = sa.String(64)
Name = sa.String(200)
Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    _create_intents()
    op.create_table(
        "payment_events",
        _required("event_id", Id),
        _required("payment_id", Id),
        _required("kind", Code),
        _required("state", Code),
        _required("note", Name),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("happened_at", Instant),
        sa.PrimaryKeyConstraint("payment_id", "event_id", name=op.f("pk_payment_events")),
    )
    op.create_table(
        "payment_refunds",
        sa.Column("refund_id", Id, primary_key=True, autoincrement=False),
        _required("payment_id", Id),
        _required("sale_id", Id),
        _required("key", Code),
        _required("amount_minor", sa.BigInteger()),
        _required("total_minor", sa.BigInteger()),
        _required("asked_at", Instant),
        sa.Column("done_at", Instant),
        sa.UniqueConstraint("key", name=op.f("uq_payment_refunds_key")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_refunds_amount_above_zero")),
    )
    op.create_index("ix_payment_refunds_payment_id", "payment_refunds", ["payment_id"])
    op.create_table(
        "payment_settlements",
        sa.Column("settlement_id", Id, primary_key=True, autoincrement=False),
        _required("provider", Code),
        _required("store_id", Id),
        _required("currency", Code),
        _required("business_date", sa.Date()),
        *[_required(name, sa.BigInteger()) for name in ("payments", "card_minor", "wallet_minor", "fee_minor")],
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("settled_at", Instant),
    )
    op.create_table(
        "payment_notices",
        _required("provider", Code),
        _required("event_id", Name),
        _required("key", Code),
        _required("received_at", Instant),
        sa.PrimaryKeyConstraint("provider", "event_id", name=op.f("pk_payment_notices")),
    )


def _create_intents() -> None:
    op.create_table(
        "payment_intents",
        sa.Column("payment_id", Id, primary_key=True, autoincrement=False),
        _required("key", Code),
        _required("terminal_id", Id),
        _required("request_id", Key),
        _required("store_id", Id),
        _required("provider", Code),
        _required("kind", Code),
        _required("amount_minor", sa.BigInteger()),
        _required("currency", Code),
        _required("state", Code),
        _required("captured_minor", sa.BigInteger()),
        _required("refunded_minor", sa.BigInteger()),
        _required("refund_asked_minor", sa.BigInteger()),
        _required("settled_minor", sa.BigInteger()),
        _required("cancelling", sa.Boolean()),
        sa.Column("sale_id", Id),
        _required("tender_number", sa.BigInteger()),
        _required("reference", Code),
        _required("reason", Code),
        _required("hint", Code),
        _required("opened_at", Instant),
        _required("asked_at", Instant),
        sa.Column("due_at", Instant),
        sa.UniqueConstraint("key", name=op.f("uq_payment_intents_key")),
        sa.UniqueConstraint("terminal_id", "request_id", name=op.f("uq_payment_intents_terminal_id_request_id")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_intents_amount_above_zero")),
        sa.CheckConstraint("captured_minor >= 0 AND refunded_minor >= 0", name=op.f("ck_payment_intents_not_negative")),
        postgresql_with={"fillfactor": "80"},
    )
    for name, columns, unique, where in (
        ("ix_payment_intents_due_at", ["due_at", "payment_id"], False, "due_at IS NOT NULL"),
        ("ix_payment_intents_sale_id", ["sale_id", "tender_number"], True, "sale_id IS NOT NULL"),
        (
            "ix_payment_intents_unsettled",
            ["provider", "store_id", "payment_id"],
            False,
            "captured_minor - refunded_minor != settled_minor",
        ),
    ):
        condition = sa.text(where)
        op.create_index(
            name, "payment_intents", columns, unique=unique, sqlite_where=condition, postgresql_where=condition
        )
