"""Baskets that are put aside, what the till has to ask for, pieces with serial numbers, and what device a terminal is.

Revision ID: 0030
Revises: 0029
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0030"
down_revision = "0029"

# As the types were then: a migration does not change when the program does.
Amount = sa.BigInteger()
Code = sa.String(64)
Document = sa.Text().with_variant(JSONB(none_as_null=False), "postgresql")
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Key = sa.String(36).with_variant(UUID(as_uuid=False), "postgresql")
Name = sa.String(200)


def upgrade() -> None:
    op.add_column("callers", sa.Column("device_type", Code, nullable=False, server_default=""))
    op.execute("UPDATE callers SET device_type = 'fixed' WHERE kind = 'terminal'")
    op.add_column("products", sa.Column("selling", Document, nullable=False, server_default="{}"))
    op.create_table(
        "parked_baskets",
        sa.Column("basket_id", Id, primary_key=True, autoincrement=False),
        _required("store_id", Id),
        _required("label", Name),
        _required("member_number", Code),
        _required("lines", sa.Integer()),
        _required("quantity_milli", Amount),
        _required("total_minor", Amount),
        _required("content", Document),
        sa.Column("split_from", Id),
        _required("business_date", sa.Date()),
        _required("expires_at", Instant),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("request_id", Key),
        _required("parked_at", Instant),
    )
    op.create_index("ix_parked_baskets_store_id", "parked_baskets", ["store_id", "expires_at", "basket_id"])
    op.create_table(
        "parked_basket_ends",
        sa.Column("basket_id", Id, primary_key=True, autoincrement=False),
        _required("reason", Code),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("request_id", Key),
        _required("ended_at", Instant),
    )
    op.create_table(
        "serial_entries",
        _required("sku_id", Id),
        _required("serial_number", Code),
        _required("number", sa.Integer()),
        _required("kind", Code),
        _required("sale_id", Id),
        _required("line_number", sa.Integer()),
        _required("store_id", Id),
        _required("posted_at", Instant),
        sa.PrimaryKeyConstraint("sku_id", "serial_number", "number"),
    )
    op.create_index("ix_serial_entries_sale_id", "serial_entries", ["sale_id"])


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
