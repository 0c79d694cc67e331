"""What products are made of, what sales took for it, and goods made by a recipe.

Revision ID: 0052
Revises: 0051
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0052"
down_revision = "0051"

# As the types were then: a migration does not change when the program does.
Amount = sa.BigInteger()
Code = sa.String(64)
Document = sa.Text().with_variant(JSONB(none_as_null=False), "postgresql")
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Name = sa.String(200)


def upgrade() -> None:
    op.add_column("products", sa.Column("recipe", Document, nullable=False, server_default="{}"))
    op.create_table(
        "assemblies",
        sa.Column("assembly_id", Id, autoincrement=False, nullable=False),
        sa.Column("store_id", Id, nullable=False),
        sa.Column("sku_id", Id, nullable=False),
        sa.Column("quantity_milli", Amount, nullable=False),
        sa.Column("cost_minor", Amount, nullable=False),
        sa.Column("cost_correction_minor", Amount, nullable=False),
        sa.Column("reference", Name, nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("assembly_id", name=op.f("pk_assemblies")),
    )
    op.create_table(
        "sale_components",
        sa.Column("sale_id", Id, nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("sku_id", Id, nullable=False),
        sa.Column("quantity_milli", Amount, nullable=False),
        sa.Column("cost_minor", Amount, nullable=False),
        sa.Column("of_sale_id", Id, nullable=False),
        sa.Column("of_line_number", sa.Integer(), nullable=False),
        sa.Column("line_quantity_milli", Amount, nullable=False),
        sa.PrimaryKeyConstraint("sale_id", "line_number", "sku_id", name=op.f("pk_sale_components")),
    )
    op.create_index("ix_sale_components_of_sale_id", "sale_components", ["of_sale_id"])
