"""What promotions ask for: brand, supplier and tags of products, segments of members, and how often they have come.

Revision ID: 0005
Revises: 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    document = sa.Text().with_variant(postgresql.JSONB, "postgresql")
    _add("products", "brand", sa.String(64), "")
    _add("products", "supplier_code", sa.String(64), "")
    _add("products", "tags", document, "[]")
    _add("members", "segments", document, "[]")
    _add("points_accounts", "visits", sa.BigInteger(), "0")
    op.execute(
        """
        UPDATE points_accounts SET visits = counted.visits
        FROM (
            SELECT member_id, SUM(CASE kind WHEN 'sale' THEN 1 WHEN 'void' THEN -1 ELSE 0 END) AS visits
            FROM sales WHERE member_id IS NOT NULL GROUP BY member_id
        ) AS counted
        WHERE counted.member_id = points_accounts.member_id
        """
    )


def _add(table: str, name: str, kind: sa.types.TypeEngine[Any], value: str) -> None:
    """A required column that holds `value` in every row that is there, and in those of programs that do not know it."""
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=value))
