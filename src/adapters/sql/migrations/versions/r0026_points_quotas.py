"""What sales have issued under quotas of points, and paid memberships with the revenue that waits for their days.

Revision ID: 0026
Revises: 0025
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "points_quota_uses",
        sa.Column("sale_id", Id, nullable=False),
        sa.Column("place", Code, nullable=False),
        sa.Column("code", Code, nullable=False),
        sa.Column("month", Code, nullable=False),
        sa.Column("points", Amount, nullable=False),
        sa.Column("withheld", Amount, nullable=False),
        sa.Column("quota_points", Amount, nullable=False),
        sa.Column("beyond", sa.Boolean(), nullable=False),
        sa.Column("posted_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("sale_id", "place", name=op.f("pk_points_quota_uses")),
    )
    _keep_paid_memberships()


def _keep_paid_memberships() -> None:
    table = "paid_memberships"
    op.create_table(
        table,
        sa.Column("membership_id", Id, primary_key=True, autoincrement=False),
        _required("member_id", Id),
        _required("plan_code", Code),
        _required("tier", Code),
        _required("sale_id", Id),
        _required("line_number", Amount),
        _required("currency", Code),
        _required("store_id", Id),
        _required("unit_months", sa.Integer()),
        _required("unit_days", sa.Integer()),
        _required("units", Amount),
        _required("starts_on", sa.Date()),
        _required("ends_on", sa.Date()),
        _required("value_minor", Amount),
        _required("released_minor", Amount),
        _required("released_to", sa.Date()),
        _required("ended", sa.Boolean()),
        _required("earned_tier", Code),
        sa.Column("earned_until", sa.Date()),
        _required("sold_at", Instant),
        sa.UniqueConstraint("sale_id", "line_number", name=op.f("uq_paid_memberships_sale_id_line_number")),
        sa.CheckConstraint(
            "released_minor >= 0 AND released_minor <= value_minor",
            name=op.f("ck_paid_memberships_released_within_value"),
        ),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_paid_memberships_member_id", table, ["member_id", "membership_id"])
    op.create_index(
        "ix_paid_memberships_released_to",
        table,
        ["released_to", "membership_id"],
        sqlite_where=sa.text("NOT ended"),
        postgresql_where=sa.text("NOT ended"),
    )
    op.create_table(
        "membership_entries",
        sa.Column("entry_id", Id, primary_key=True, autoincrement=False),
        _required("membership_id", Id),
        _required("reason", Code),
        _required("value_minor", Amount),
        _required("document_id", Id),
        _required("currency", Code),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("business_date", sa.Date()),
        _required("posted_at", Instant),
    )


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
