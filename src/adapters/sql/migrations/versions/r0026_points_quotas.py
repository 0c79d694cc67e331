"""What sales have issued under the quotas of points of their stores and regions.

Revision ID: 0026
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0023"

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
