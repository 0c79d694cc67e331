"""Roles know whether they are as the program defines them; stock movements are found by day.

Revision ID: 0012
Revises: 0011
"""

import json
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# What built-in roles have been, until now: the name, what they began with, and what later versions added at once.
_COUPONS: Final = {"coupons.claim", "coupons.read", "coupons.redeem"}
_BY_HAND: Final = {"sales.price_override", "sales.price_above_list", "sales.below_floor"}
_TERMINAL: Final = {
    "catalog.read", "inventory.read", "loyalty.read", "membership.read", "membership.register", "pricing.read",
    "sales.checkout", "sales.quote", "sales.read", "sales.upload",
}  # fmt: skip
_CASHIER: Final = {"membership.register", "sales.manual_discount", "sales.refund", "sales.void"}
_HQ: Final = {
    *_TERMINAL, *_CASHIER, "catalog.manage", "finance.read", "identity.read", "inventory.receive",
    "membership.personal", "pricing.manage", "sales.terminal_pricing",
}  # fmt: skip
_BUILTIN: Final[dict[str, tuple[str, set[str], tuple[set[str], ...]]]] = {
    "admin": ("Administrator", {"*"}, ()),
    "hq": (
        "Head office",
        _HQ,
        (
            {"membership.segment"},
            {*_COUPONS, "coupons.manage", "coupons.codes"},
            {"pricing.figures"},
            {"pricing.draft", "pricing.review", "pricing.publish"},
            _BY_HAND,
        ),
    ),
    "terminal": ("Terminal", _TERMINAL, (_COUPONS,)),
    "pricing_terminal": ("Terminal that states prices", {*_TERMINAL, "sales.terminal_pricing"}, (_COUPONS,)),
    "cashier": ("Cashier", _CASHIER, ({"sales.price_override"},)),
    "manager": ("Store manager", {*_CASHIER, "finance.read", "identity.read", "inventory.receive"}, (_BY_HAND,)),
}
_CASHIER_LIMITS: Final = [
    {
        "permission": permission,
        "line_share_bp_max": 500,
        "line_minor_max": 0,
        "sale_share_bp_max": 500,
        "sale_minor_max": 0,
    }
    for permission in ("sales.manual_discount", "sales.price_override")
]


def upgrade() -> None:
    op.add_column("roles", sa.Column("builtin", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_stock_movements_business_date_sku_id",
        "stock_movements",
        ["business_date", "sku_id"],
        postgresql_include=["location_id", "reason", "quantity_milli"],
    )
    connection = op.get_bind()
    stored = connection.execute(sa.text("SELECT code, name, permissions, limits FROM roles")).all()
    for code in [row.code for row in stored if unchanged(row)]:
        connection.execute(sa.text("UPDATE roles SET builtin = true WHERE code = :code"), {"code": code})


def unchanged(row: Any) -> bool:
    """Whether some version of the program may have left the role as it is."""
    if row.code not in _BUILTIN:
        return False
    name, first, added = _BUILTIN[row.code]
    permissions = set(_document(row.permissions))
    rest = permissions - first
    for group in added:
        if group <= rest:
            rest -= group
    limits = _document(row.limits)
    known = [] if not limits else _CASHIER_LIMITS if row.code == "cashier" else None
    return row.name == name and first <= permissions and not rest and limits == known


def _document(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored
