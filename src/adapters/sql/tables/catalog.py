"""Categories, units, products and barcodes."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from adapters.sql.tables.columns import Code, Document, Id, Name, amount, metadata, required

categories = Table(
    "categories",
    metadata,
    Column("category_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("name", Name),
    Column("parent_id", Id, ForeignKey("categories.category_id")),
    # Top-level ancestor, itself for a department: takings are grouped by it.
    required("department_id", Id),
    # Value of versions['chain'] when the category last changed.
    amount("changed_version", default=0, server_default="0"),
)
Index("ix_categories_changed_version", categories.c.changed_version, categories.c.category_id)

units = Table(
    "units",
    metadata,
    Column("unit_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    required("name", Name),
    required("decimals", Integer),
)

products = Table(
    "products",
    metadata,
    Column("sku_id", Id, primary_key=True, autoincrement=False),
    required("sku", Code, unique=True),
    required("name", Name),
    Column("category_id", Id, ForeignKey("categories.category_id"), nullable=False, index=True),
    Column("unit_id", Id, ForeignKey("units.unit_id"), nullable=False),
    required("tax_category", Code),
    required("weighed_item_code", Code),
    required("weighed_by_price", Boolean),
    required("unstocked", Boolean),
    required("excluded_from_points", Boolean),
    required("status", Code),
    # Value of versions['prices'] when the product or one of its prices last changed: readers fetch what is newer.
    amount("changed_version"),
    required("brand", Code),
    required("supplier_code", Code),
    # A list of codes: promotions and reports name goods by them.
    required("tags", Document),
    # When it begins to be sold, to whom; an empty object where it always was.
    required("launch", Document, server_default="{}"),
    # What a times card says; an empty object for other products.
    required("times_card", Document, server_default="{}"),
    # What the till has to ask for; an empty object for most products.
    required("selling", Document, server_default="{}"),
    # What it is made of; an empty object for most products.
    required("recipe", Document, server_default="{}"),
)
Index("ix_products_changed_version", products.c.changed_version, products.c.sku_id)
Index(
    "uq_products_weighed_item_code",
    products.c.weighed_item_code,
    unique=True,
    sqlite_where=products.c.weighed_item_code != "",
    postgresql_where=products.c.weighed_item_code != "",
)

barcodes = Table(
    "barcodes",
    metadata,
    Column("barcode", Code, primary_key=True),
    Column("sku_id", Id, ForeignKey("products.sku_id"), nullable=False, index=True),
)
