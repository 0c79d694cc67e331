"""Sales keep their terminal's own number and the installation that gave it, so that gaps and copies of a terminal show.

Sales that were stored before have neither.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0032"
down_revision = "0031"

NUMBERED = sa.text("receipt_sequence IS NOT NULL")


def upgrade() -> None:
    op.add_column("sales", sa.Column("receipt_sequence", sa.BigInteger()))
    op.add_column("sales", sa.Column("install_id", sa.String(36).with_variant(UUID(as_uuid=False), "postgresql")))
    op.create_index(
        "ix_sales_receipt_sequence",
        "sales",
        ["terminal_id", "receipt_sequence"],
        sqlite_where=NUMBERED,
        postgresql_where=NUMBERED,
    )
