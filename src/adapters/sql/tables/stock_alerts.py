"""Alerts of goods that run low, the reorder points that they go by, and how far the job is that raises them."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table

from adapters.sql.tables.columns import Code, Document, Id, Instant, Name, amount, metadata, required

stock_alerts = Table(
    "stock_alerts",
    metadata,
    Column("alert_id", Id, primary_key=True, autoincrement=False),
    required("location_id", Id),
    required("sku_id", Id),
    required("kind", Code),
    amount("available_milli"),
    amount("reorder_milli"),
    required("raised_at", Instant),
    Column("low_at", Instant),
    Column("out_at", Instant),
    Column("acknowledged_at", Instant),
    Column("caller_id", Id),
    Column("staff_id", Id),
    required("note", Name),
    Column("closed_at", Instant),
)
_OPEN = stock_alerts.c.closed_at.is_(None)
# One open alert of a SKU in a store; the job asks by SKU.
Index(
    "ix_stock_alerts_sku_id",
    stock_alerts.c.sku_id,
    stock_alerts.c.location_id,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
Index("ix_stock_alerts_open", stock_alerts.c.alert_id, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_stock_alerts_location_id", stock_alerts.c.location_id, stock_alerts.c.alert_id)

# Of every SKU one row with the points of all stores: {store id: thousandths}, those above zero.
stock_reorder_points = Table(
    "stock_reorder_points",
    metadata,
    Column("sku_id", Id, primary_key=True, autoincrement=False),
    required("points", Document),
)

stock_alert_runs = Table(
    "stock_alert_runs",
    metadata,
    # Always 1.
    Column("run_id", Integer, primary_key=True, autoincrement=False),
    required("swept_on", Date),
    required("next_sku_id", Id),
    required("whole", Boolean),
    required("moved_until", Instant),
)
