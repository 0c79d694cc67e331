"""The schema: one file of SQLAlchemy Core tables per module, all on one MetaData."""

from adapters.sql.tables import (
    care,
    catalog,
    coupons,
    credit,
    finance,
    identity,
    inventory,
    kernel,
    loyalty,
    marketing,
    membership,
    pricing,
    promotion_lives,
    sales,
    settlement,
    tiers,
    wallet,
)
from adapters.sql.tables.columns import metadata

__all__ = [
    "care",
    "catalog",
    "coupons",
    "credit",
    "finance",
    "identity",
    "inventory",
    "kernel",
    "loyalty",
    "marketing",
    "membership",
    "metadata",
    "pricing",
    "promotion_lives",
    "sales",
    "settlement",
    "tiers",
    "wallet",
]
