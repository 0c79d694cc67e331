"""Who may pay with the points of a pool, and whose points paid for a sale of somebody else in it.

Revision ID: 0027
Revises: 0026
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

# As the types were then: a migration does not change when the program does.
Amount = sa.BigInteger()
Code = sa.String(64)
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "points_pool_rules",
        _required("owner_id", Id),
        _required("version", sa.Integer()),
        _required("spending", Code),
        _required("points_per_day_max", Amount),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("posted_at", Instant),
        sa.PrimaryKeyConstraint("owner_id", "version"),
    )
    op.create_table(
        "points_pool_spendings",
        _required("sale_id", Id),
        _required("member_id", Id),
        _required("spender_id", Id),
        _required("owner_id", Id),
        _required("spent_on", sa.Date()),
        _required("points", Amount),
        sa.PrimaryKeyConstraint("sale_id", "member_id"),
    )
    op.create_index("ix_points_pool_spendings_spender_id", "points_pool_spendings", ["spender_id", "spent_on"])


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
