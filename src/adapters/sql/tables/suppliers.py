"""Suppliers, what they deliver, and the history of their prices. Contacts are encrypted."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Bytes, Code, Document, Id, Instant, Name, amount, metadata, required

suppliers = Table(
    "suppliers",
    metadata,
    Column("supplier_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("name", Name),
    required("currency", Code),
    amount("payment_days"),
    required("from_month_end", Boolean),
    amount("discount_days"),
    amount("discount_bp"),
    amount("lead_days"),
    # Days of the week, Monday is 1; an empty list is every day.
    required("order_weekdays", Document),
    required("delivery_weekdays", Document),
    amount("minimum_order_minor"),
    amount("over_delivery_bp"),
    required("tax_number", Code),
    required("blocked", Boolean),
    # Name, phone and e-mail of a person; empty for none.
    required("contact_cipher", Bytes),
)

supplier_products = Table(
    "supplier_products",
    metadata,
    Column("supplier_id", Id, ForeignKey("suppliers.supplier_id"), nullable=False),
    Column("sku_id", Id, ForeignKey("products.sku_id"), nullable=False),
    required("supplier_sku", Code),
    amount("pack_milli"),
    amount("moq_milli"),
    # Zero where the supplier's own counts.
    amount("lead_days"),
    required("preferred", Boolean),
    PrimaryKeyConstraint("supplier_id", "sku_id"),
)
Index("ix_supplier_products_sku_id", supplier_products.c.sku_id, supplier_products.c.supplier_id)
# Two at the same time cannot both become the supplier that is preferred.
Index(
    "uq_supplier_products_preferred",
    supplier_products.c.sku_id,
    unique=True,
    sqlite_where=supplier_products.c.preferred,
    postgresql_where=supplier_products.c.preferred,
)

supplier_prices = Table(
    "supplier_prices",
    metadata,
    required("supplier_id", Id),
    required("sku_id", Id),
    required("valid_from", Date),
    Column("price_id", Id, primary_key=True, autoincrement=False),
    amount("price_minor"),
    amount("price_quantity_milli"),
    # A list of quantities with their prices, ascending.
    required("breaks", Document),
    required("recorded_at", Instant),
)
# In this order the price of a day is the last one of its product up to that day.
Index(
    "ix_supplier_prices_valid_from",
    supplier_prices.c.supplier_id,
    supplier_prices.c.sku_id,
    supplier_prices.c.valid_from,
    supplier_prices.c.price_id,
)
