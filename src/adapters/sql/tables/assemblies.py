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
