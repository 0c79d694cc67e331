"""Points that are not free: what members owe, what is pending and what is held.

Revision ID: 0019
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0016"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

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
    where = sa.text("points < 0")
    op.create_index("ix_points_lots_owed", "points_lots", ["member_id"], sqlite_where=where, postgresql_where=where)
