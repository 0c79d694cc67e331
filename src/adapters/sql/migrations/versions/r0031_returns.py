"""Goods that come back in any store: what the store that sold them owes, and what was paid by another kind of tender.

Revision ID: 0031
Revises: 0030
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

# As the types were then: a migration does not change when the program does.
Amount = sa.BigInteger()
Code = sa.String(64)
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.add_column("sale_tenders", sa.Column("paid_kind", Code))
    op.create_table(
        "returns_elsewhere",
        sa.Column("sale_id", Id, primary_key=True, autoincrement=False),
        _required("selling_store_id", Id),
        _required("store_id", Id),
        _required("business_date", sa.Date()),
        _required("posted_at", Instant),
        *[_required(name, Amount) for name in ("owed_minor", "revenue_minor", "tax_minor", "cost_minor")],
    )
    op.create_index("ix_returns_elsewhere_posted_at", "returns_elsewhere", ["posted_at"])
    op.add_column("settlement_pairs", _none_yet("returns_minor"))
    for table in ("settlement_movements", "settlement_documents"):
        for name in ("revenue_minor", "tax_minor", "cost_minor"):
            op.add_column(table, _none_yet(name))


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _none_yet(name: str) -> sa.Column[Any]:
    return sa.Column(name, Amount, nullable=False, server_default="0")
