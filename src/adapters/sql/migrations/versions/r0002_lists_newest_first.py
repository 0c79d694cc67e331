"""Lists are read newest first by time, because ids of several processes are not in the order of time.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _order_sales()
    _order_journal_entries()
    _order_points_entries()
    _leave_room_for_balances()


def _order_sales() -> None:
    op.create_index("ix_sales_store_id", "sales", ["store_id", "business_date", "sold_at", "sale_id"])
    op.create_index("ix_sales_business_date", "sales", ["business_date", "sold_at", "sale_id"])
    op.drop_index("ix_sales_store_id_business_date", "sales")
    op.drop_index("ix_sales_member_id", "sales")
    op.create_index(
        "ix_sales_member_id",
        "sales",
        ["member_id", "business_date", "sold_at", "sale_id"],
        sqlite_where=sa.text("member_id IS NOT NULL"),
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )


def _order_journal_entries() -> None:
    columns = ["business_date", "posted_at", "entry_id"]
    op.create_index("ix_journal_entries_store_id", "journal_entries", ["store_id", *columns])
    op.create_index("ix_journal_entries_business_date", "journal_entries", columns)
    op.drop_index("ix_journal_entries_store_id_business_date", "journal_entries")


def _order_points_entries() -> None:
    with op.batch_alter_table("points_entries") as table:
        table.drop_constraint("pk_points_entries", type_="primary")
        table.create_primary_key("pk_points_entries", ["member_id", "posted_at", "entry_id"])


def _leave_room_for_balances() -> None:
    """PostgreSQL then writes a new balance beside the old one, and need not touch the index."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("stock_levels", "points_accounts"):
            op.execute(f"ALTER TABLE {table} SET (fillfactor = 80)")
