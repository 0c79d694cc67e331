"""Shifts of tills, what happened at their drawers, how they and their days were closed; payments at the counter.

Revision ID: 0036
Revises: 0035
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
AMOUNT = sa.BigInteger()
CODE = sa.String(64)
NAME = sa.String(200)
KEY = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
DOCUMENT = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
OPEN = sa.text("closed_at IS NULL")
PAID = sa.text("tender != ''")


def upgrade() -> None:
    _shifts()
    op.create_table(
        "shift_entries",
        _required("entry_id", ID),
        _required("shift_id", ID),
        _required("kind", CODE),
        _required("amount_minor", AMOUNT),
        _required("account_code", CODE),
        _required("reason", CODE),
        _required("reference", NAME),
        _required("note", NAME),
        *_who(),
        sa.PrimaryKeyConstraint("shift_id", "entry_id", name=op.f("pk_shift_entries")),
    )
    op.create_table(
        "shift_closes",
        sa.Column("shift_id", ID, primary_key=True, autoincrement=False),
        _required("counts", DOCUMENT),
        _required("report", DOCUMENT),
        _required("last_receipt_sequence", AMOUNT),
        _required("note", NAME),
        *_who(),
    )
    op.create_table(
        "shift_totals",
        _required("shift_id", ID),
        _required("tender", CODE),
        _required("taken_minor", AMOUNT),
        _required("expected_minor", AMOUNT),
        _required("counted", sa.Boolean()),
        _required("counted_minor", AMOUNT),
        _required("unsent_minor", AMOUNT),
        _required("variance_minor", AMOUNT),
        sa.PrimaryKeyConstraint("shift_id", "tender", name=op.f("pk_shift_totals")),
    )
    _days()
    for table in ("stored_value_entries", "gift_card_entries", "credit_entries"):
        op.create_index(
            f"ix_{table}_paid", table, ["store_id", "business_date"], sqlite_where=PAID, postgresql_where=PAID
        )


def _shifts() -> None:
    op.create_table(
        "shifts",
        sa.Column("shift_id", ID, primary_key=True, autoincrement=False),
        _required("terminal_id", ID),
        _required("store_id", ID),
        _required("number", sa.Integer()),
        _required("currency", CODE),
        _required("business_date", sa.Date()),
        _required("float_minor", AMOUNT),
        _required("caller_id", ID),
        sa.Column("staff_id", ID),
        _required("opened_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.UniqueConstraint("terminal_id", "number", name=op.f("uq_shifts_terminal_id_number")),
    )
    op.create_index("uq_shifts_open", "shifts", ["terminal_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_shifts_terminal_id", "shifts", ["terminal_id", "opened_at"])
    op.create_index("ix_shifts_store_id", "shifts", ["store_id", "business_date", "opened_at", "shift_id"])


def _days() -> None:
    op.create_table(
        "day_closes",
        _required("store_id", ID),
        _required("business_date", sa.Date()),
        _required("currency", CODE),
        _required("documents", AMOUNT),
        _required("causes", DOCUMENT),
        _required("note", NAME),
        _required("caller_id", ID),
        sa.Column("staff_id", ID),
        _required("posted_at", INSTANT),
        sa.PrimaryKeyConstraint("store_id", "business_date", name=op.f("pk_day_closes")),
    )
    op.create_table(
        "day_totals",
        _required("store_id", ID),
        _required("business_date", sa.Date()),
        _required("tender", CODE),
        _required("counted_minor", AMOUNT),
        _required("books_minor", AMOUNT),
        _required("named_minor", AMOUNT),
        _required("unexplained_minor", AMOUNT),
        sa.PrimaryKeyConstraint("store_id", "business_date", "tender", name=op.f("pk_day_totals")),
    )


def _who() -> list[sa.Column[Any]]:
    return [
        _required("store_id", ID),
        _required("currency", CODE),
        _required("business_date", sa.Date()),
        _required("request_id", KEY),
        _required("caller_id", ID),
        sa.Column("staff_id", ID),
        _required("posted_at", INSTANT),
    ]


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
