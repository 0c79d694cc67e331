"""Layers and lots of stock, standard costs, and how categories are costed.

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

OPEN = "quantity_milli > 0"


def upgrade() -> None:
    # Until now every level was valued at its moving average, and no goods were told apart.
    op.add_column("stock_levels", sa.Column("costing", sa.Integer(), nullable=False, server_default="0"))
    _create_layers()
    _create_entries()
    op.create_table(
        "standard_costs",
        sa.Column("location_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("standard_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("location_id", "sku_id", "number", name="pk_standard_costs"),
        sa.CheckConstraint(
            "quantity_milli > 0 AND standard_minor >= 0", name=op.f("ck_standard_costs_is_of_a_quantity")
        ),
    )
    op.create_table(
        "category_costings",
        sa.Column("category_id", ID, sa.ForeignKey("categories.category_id"), primary_key=True, autoincrement=False),
        sa.Column("costing_method", CODE, nullable=False),
    )
    op.create_table(
        "lot_products",
        sa.Column("sku_id", ID, sa.ForeignKey("products.sku_id"), primary_key=True, autoincrement=False),
        sa.Column("lot_tracked", sa.Boolean(), nullable=False),
        sa.Column("shelf_life_days", sa.Integer(), nullable=False),
    )


def _create_layers() -> None:
    op.create_table(
        "stock_layers",
        sa.Column("location_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("layer_id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("lot_code", CODE, nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_milli", sa.BigInteger(), nullable=False),
        sa.Column("received_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("location_id", "sku_id", "layer_id", name="pk_stock_layers"),
        sa.CheckConstraint(
            "quantity_milli > 0 OR (quantity_milli = 0 AND value_minor = 0)",
            name=op.f("ck_stock_layers_nothing_left_is_worth_nothing"),
        ),
        sa.CheckConstraint("value_minor >= 0", name=op.f("ck_stock_layers_is_worth_something")),
    )
    for name, columns, where in (
        ("open", ["location_id", "sku_id"], OPEN),
        ("expiring", ["location_id", "expires_on", "layer_id"], f"{OPEN} AND expires_on IS NOT NULL"),
        ("sku_id_lot_code", ["sku_id", "lot_code"], "lot_code <> ''"),
    ):
        op.create_index(
            f"ix_stock_layers_{name}",
            "stock_layers",
            columns,
            postgresql_where=sa.text(where),
            sqlite_where=sa.text(where),
        )


def _create_entries() -> None:
    op.create_index("ix_stock_layers_document_id", "stock_layers", ["document_id"])
    op.create_table(
        "stock_layer_entries",
        sa.Column("location_id", ID, nullable=False),
        sa.Column("sku_id", ID, nullable=False),
        sa.Column("layer_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("movement_id", ID, nullable=False),
        sa.Column("document_id", ID, nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("location_id", "sku_id", "layer_id", "entry_id", name="pk_stock_layer_entries"),
    )
    op.create_index("ix_stock_layer_entries_document_id", "stock_layer_entries", ["document_id"])
    op.create_table(
        "cost_documents",
        sa.Column("document_id", ID, primary_key=True, autoincrement=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("stock_minor", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", INSTANT, nullable=False),
    )
