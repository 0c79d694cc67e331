"""Goods made out of others, and what sales took of the components of what is made when it is sold."""

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Id, Instant, Name, amount, metadata, required

assemblies = Table(
    "assemblies",
    metadata,
    Column("assembly_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("sku_id", Id),
    amount("quantity_milli"),
    amount("cost_minor"),
    amount("cost_correction_minor"),
    required("reference", Name),
    required("business_date", Date),
    required("made_at", Instant),
)

# Beside the lines of sales: few products are made when they are sold.
sale_components = Table(
    "sale_components",
    metadata,
    required("sale_id", Id),
    required("line_number", Integer),
    required("sku_id", Id),
    amount("quantity_milli"),
    amount("cost_minor"),
    required("of_sale_id", Id),
    required("of_line_number", Integer),
    amount("line_quantity_milli"),
    PrimaryKeyConstraint("sale_id", "line_number", "sku_id"),
)
Index("ix_sale_components_of_sale_id", sale_components.c.of_sale_id)
