"""Prints of receipts, and those that are sent by e-mail.

Revision ID: 0035
Revises: 0034
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"

# As the types were then: a migration does not change when the program does.
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Code = sa.String(64)
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    op.create_table(
        "receipt_prints",
        _required("sale_id", Id),
        _required("number", sa.Integer()),
        _required("print_id", Key),
        _required("format", Code),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("printed_at", Instant),
        sa.PrimaryKeyConstraint("sale_id", "number"),
        sa.CheckConstraint("number >= 1", name="numbered_from_one"),
    )
    op.create_table(
        "receipt_mails",
        sa.Column("mail_id", Id, primary_key=True, autoincrement=False),
        _required("sale_id", Id),
        _required("print_number", sa.Integer()),
        _required("language", Code),
        _required("address_cipher", Bytes),
        _required("state", Code),
        _required("attempts", sa.Integer()),
        _required("due_at", Instant),
        _required("reply_code", sa.Integer()),
        _required("requested_at", Instant),
        sa.Column("finished_at", Instant),
    )
    op.create_index("ix_receipt_mails_sale_id", "receipt_mails", ["sale_id"])
    op.create_index(
        "ix_receipt_mails_due_at",
        "receipt_mails",
        ["due_at", "mail_id"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
