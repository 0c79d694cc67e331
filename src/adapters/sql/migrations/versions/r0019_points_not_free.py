"""Points that are not free: what members owe, what is pending, what is held, and pools.

Revision ID: 0019
Revises: 0018
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

Code = sa.String(64)
Name = sa.String(200)
Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")

_DEBT = "points >= 0 OR (value_minor = 0 AND expires_on IS NULL)"


def upgrade() -> None:
    op.add_column("points_accounts", sa.Column("points_debt", Amount, nullable=False, server_default="0"))
    with op.batch_alter_table("points_accounts") as accounts:
        accounts.create_check_constraint(op.f("ck_points_accounts_debt_not_negative"), "points_debt >= 0")
    with op.batch_alter_table("points_lots") as lots:
        lots.add_column(sa.Column("free_on", sa.Date()))
        lots.add_column(sa.Column("held_until", Instant))
        lots.add_column(sa.Column("held_from", Id))
        lots.drop_constraint(op.f("ck_points_lots_ck_points_lots_points_not_negative"), type_="check")
        lots.create_check_constraint(op.f("ck_points_lots_debt_carries_nothing"), _DEBT)
    _create_holds()
    _create_pools()
    where = sa.text("points < 0")
    op.create_index("ix_points_lots_owed", "points_lots", ["member_id"], sqlite_where=where, postgresql_where=where)


def _create_holds() -> None:
    op.create_table(
        "points_holds",
        sa.Column("hold_id", Id, primary_key=True, autoincrement=False),
        _required("member_id", Id),
        _required("store_id", Id),
        _required("business_date", sa.Date()),
        _required("points", Amount),
        _required("reference", Name),
        _required("expires_at", Instant),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("request_id", Key),
        _required("posted_at", Instant),
    )
    op.create_index("ix_points_holds_member_id", "points_holds", ["member_id", "expires_at"])
    op.create_table(
        "points_hold_ends",
        sa.Column("hold_id", Id, primary_key=True, autoincrement=False),
        _required("end_id", Id),
        _required("store_id", Id),
        _required("business_date", sa.Date()),
        _required("points", Amount),
        _required("value_minor", Amount),
        _required("paid_minor", Amount),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("request_id", Key),
        _required("posted_at", Instant),
    )


def _create_pools() -> None:
    op.create_table(
        "points_transfers",
        sa.Column("transfer_id", Id, primary_key=True, autoincrement=False),
        _required("member_id", Id),
        _required("to_member_id", Id),
        _required("store_id", Id),
        _required("business_date", sa.Date()),
        _required("points", Amount),
        _required("value_minor", Amount),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("request_id", Key),
        _required("posted_at", Instant),
    )
    op.create_table(
        "points_pool_members",
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        _required("owner_id", Id),
    )
    op.create_index("ix_points_pool_members_owner_id", "points_pool_members", ["owner_id"])
    op.create_table(
        "points_pool_events",
        sa.Column("event_id", Id, primary_key=True, autoincrement=False),
        _required("owner_id", Id),
        _required("member_id", Id),
        _required("kind", Code),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("posted_at", Instant),
    )


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
