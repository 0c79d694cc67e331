"""Sales, refunds and voids with their lines and tenders, and what they were priced from."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint

from adapters.sql.tables.columns import Amount, Code, Document, Id, Instant, Key, Name, amount, metadata, required

sales = Table(
    "sales",
    metadata,
    Column("sale_id", Id, primary_key=True, autoincrement=False),
    required("terminal_id", Id),
    required("request_id", Key),
    required("kind", Code),
    Column("original_sale_id", Id),
    required("receipt_number", Code),
    required("store_id", Id),
    Column("cashier_id", Id),
    required("channel", Code),
    required("currency", Code),
    required("business_date", Date),
    required("sold_at", Instant),
    required("stored_at", Instant),
    required("uploaded", Boolean),
    Column("member_id", Id),
    amount("gross_minor"),
    amount("discount_minor"),
    amount("net_minor"),
    amount("tax_minor"),
    amount("rounding_minor"),
    amount("total_minor"),
    amount("change_minor"),
    amount("points_earned"),
    amount("points_redeemed"),
    amount("points_balance"),
    required("reason", Name),
    Column("receipt_sequence", Amount),
    Column("install_id", Key),
    # Null for none.
    Column("tip_minor", Amount),
    # The identity of a sale for ever: made by the terminal, unique in the database, not only in code.
    UniqueConstraint("terminal_id", "request_id"),
)
# Lists are read newest first by time: ids of several processes are not in the order of time.
Index("ix_sales_store_id", sales.c.store_id, sales.c.business_date, sales.c.sold_at, sales.c.sale_id)
Index("ix_sales_business_date", sales.c.business_date, sales.c.sold_at, sales.c.sale_id)
Index(
    "ix_sales_member_id",
    sales.c.member_id,
    sales.c.business_date,
    sales.c.sold_at,
    sales.c.sale_id,
    sqlite_where=sales.c.member_id.is_not(None),
    postgresql_where=sales.c.member_id.is_not(None),
)
Index(
    "ix_sales_original_sale_id",
    sales.c.original_sale_id,
    sqlite_where=sales.c.original_sale_id.is_not(None),
    postgresql_where=sales.c.original_sale_id.is_not(None),
)

# Not unique: a terminal that was copied gives numbers twice, and none of its sales is lost for that.
Index(
    "ix_sales_receipt_sequence",
    sales.c.terminal_id,
    sales.c.receipt_sequence,
    sqlite_where=sales.c.receipt_sequence.is_not(None),
    postgresql_where=sales.c.receipt_sequence.is_not(None),
)

sale_lines = Table(
    "sale_lines",
    metadata,
    required("sale_id", Id),
    required("line_number", Integer),
    required("sku_id", Id),
    required("department_id", Id),
    amount("quantity_milli"),
    amount("unit_price_minor"),
    amount("gross_minor"),
    amount("discount_minor"),
    amount("net_minor"),
    amount("tax_minor"),
    amount("total_minor"),
    amount("cost_minor"),
    amount("points_earned"),
    amount("deferred_minor"),
    required("original_line_number", Integer),
    # How each discount and each tax came about: part of the line, never changed, read with it.
    required("discounts", Document),
    required("taxes", Document),
    PrimaryKeyConstraint("sale_id", "line_number"),
)

sale_tenders = Table(
    "sale_tenders",
    metadata,
    required("sale_id", Id),
    required("tender_number", Integer),
    required("kind", Code),
    amount("amount_minor"),
    amount("points"),
    required("reference", Name),
    Column("paid_kind", Code),
    PrimaryKeyConstraint("sale_id", "tender_number"),
)

# Sales without taxes. Few: a plain sale has none.
tax_exemptions = Table(
    "tax_exemptions",
    metadata,
    Column("sale_id", Id, primary_key=True, autoincrement=False),
    required("certificate", Code),
    required("reason", Name),
    amount("exempt_minor"),
)

# What sales and their voids, and cash paid out, did to the tips that a store owes its staff. Few: most sales have none.
tip_entries = Table(
    "tip_entries",
    metadata,
    Column("document_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    Column("staff_id", Id),
    required("currency", Code),
    amount("given_minor"),
    amount("paid_out_minor"),
    required("business_date", Date),
    required("posted_at", Instant),
)
Index("ix_tip_entries_store_id", tip_entries.c.store_id, tip_entries.c.business_date)

# Sales to members of staff, and what of them came back. Few: a plain sale has none.
staff_purchases = Table(
    "staff_purchases",
    metadata,
    Column("document_id", Id, primary_key=True, autoincrement=False),
    required("staff_id", Id),
    required("store_id", Id),
    required("currency", Code),
    required("month", Code),
    amount("bought_minor"),
    amount("discount_minor"),
    amount("limit_minor"),
    required("beyond", Boolean),
    required("posted_at", Instant),
)
Index("ix_staff_purchases_month", staff_purchases.c.month, staff_purchases.c.staff_id)

# Refunds in another store than the sale, with what the store that sold owes for them. Few: a plain refund has none.
returns_elsewhere = Table(
    "returns_elsewhere",
    metadata,
    Column("sale_id", Id, primary_key=True, autoincrement=False),
    required("selling_store_id", Id),
    required("store_id", Id),
    required("business_date", Date),
    required("posted_at", Instant),
    amount("owed_minor"),
    amount("revenue_minor"),
    amount("tax_minor"),
    amount("cost_minor"),
)
# A settlement reads what was posted since the last one.
Index("ix_returns_elsewhere_posted_at", returns_elsewhere.c.posted_at)

# Refunds whose goods pay for a sale, and what the customer had really paid by what that sale names as EXCHANGE. Few: a
# plain sale has none.
exchanges = Table(
    "exchanges",
    metadata,
    Column("refund_id", Id, primary_key=True, autoincrement=False),
    required("sale_id", Id),
    required("returned_sale_id", Id),
    amount("exchanged_minor"),
    UniqueConstraint("sale_id"),
)
Index("ix_exchanges_returned_sale_id", exchanges.c.returned_sale_id)

exchange_tenders = Table(
    "exchange_tenders",
    metadata,
    required("sale_id", Id),
    required("tender_number", Integer),
    required("paid_sale_id", Id),
    required("paid_tender_number", Integer),
    PrimaryKeyConstraint("sale_id", "tender_number"),
)
Index("ix_exchange_tenders_paid_sale_id", exchange_tenders.c.paid_sale_id)

# Only where the lines do not say it all: a plain sale has none.
sale_facts = Table(
    "sale_facts",
    metadata,
    Column("sale_id", Id, primary_key=True, autoincrement=False),
    required("engine_version", Integer),
    amount("promotions_version"),
    required("facts", Document),
)
