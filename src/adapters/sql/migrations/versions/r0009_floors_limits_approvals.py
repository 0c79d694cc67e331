"""A least price beside each price, limits of roles, and approvals with their uses.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_DOCUMENT = sa.Text().with_variant(postgresql.JSONB, "postgresql")
_BYTES = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
_KEY = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
_INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")
_CASHIER = (
    '[{"permission": "sales.manual_discount", "line_share_bp_max": 500, "line_minor_max": 0,'
    ' "sale_share_bp_max": 500, "sale_minor_max": 0},'
    ' {"permission": "sales.price_override", "line_share_bp_max": 500, "line_minor_max": 0,'
    ' "sale_share_bp_max": 500, "sale_minor_max": 0}]'
)


def upgrade() -> None:
    minimum = sa.Column("minimum_unit_price_minor", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("prices", minimum)
    op.add_column("roles", sa.Column("limits", _DOCUMENT, nullable=False, server_default="[]"))
    # As in a new chain. A chain whose cashiers may do more says so once, by PutRoles.
    op.execute(sa.text(f"UPDATE roles SET limits = '{_CASHIER}' WHERE code = 'cashier'".replace(":", "\\:")))
    _approvals()


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("approval_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("token_digest", _BYTES, nullable=False, unique=True),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("sale_request_id", _KEY, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("bounds", _DOCUMENT, nullable=False),
        sa.Column("approver_id", _ID, nullable=False),
        sa.Column("terminal_id", _ID, nullable=False),
        sa.Column("seller_id", _ID),
        sa.Column("approved_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "approval_uses",
        sa.Column("approval_id", _ID, primary_key=True, autoincrement=False),
        sa.Column("sale_id", _ID, nullable=False),
        sa.Column("terminal_id", _ID, nullable=False),
        sa.Column("seller_id", _ID),
        sa.Column("used_at", _INSTANT, nullable=False),
    )
    op.create_index("ix_approvals_store_id", "approvals", ["store_id", "approved_at", "approval_id"])
