"""Prints of receipts.

Revision ID: 0035
Revises: 0028
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0028"

# As the types were then: a migration does not change when the program does.
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


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
