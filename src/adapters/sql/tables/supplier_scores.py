"""What suppliers have delivered beside what was promised, and their score cards by month."""

from sqlalchemy import Column, Date, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Amount, Code, Id, Instant, amount, metadata, required

# In this order a period of a supplier is one stretch of the index.
supplier_deliveries = Table(
    "supplier_deliveries",
    metadata,
    required("supplier_id", Id),
    required("received_on", Date),
    required("receipt_id", Id),
    required("line_number", Integer),
    required("store_id", Id),
    required("order_id", Id),
    required("sku_id", Id),
    required("promised_on", Date),
    required("lead_days", Integer),
    amount("due_milli"),
    amount("accepted_milli"),
    amount("rejected_milli"),
    amount("paid_minor"),
    # Null where nothing had been paid, or nothing was agreed.
    Column("last_minor", Amount),
    Column("list_minor", Amount),
    PrimaryKeyConstraint("supplier_id", "received_on", "receipt_id", "line_number"),
)

supplier_score_cards = Table(
    "supplier_score_cards",
    metadata,
    required("supplier_id", Id),
    # Its first day.
    required("month", Date),
    required("currency", Code),
    required("grade", Code),
    required("score_bp", Integer),
    required("deliveries", Integer),
    required("on_time", Integer),
    required("in_full", Integer),
    required("overdue", Integer),
    amount("accepted_milli"),
    amount("rejected_milli"),
    amount("returned_milli"),
    amount("paid_minor"),
    amount("last_paid_minor"),
    amount("last_minor"),
    amount("list_paid_minor"),
    amount("list_minor"),
    amount("lead_days"),
    amount("lead_squares"),
    required("kept_at", Instant),
    PrimaryKeyConstraint("supplier_id", "month"),
)
