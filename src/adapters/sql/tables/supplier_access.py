"""What suppliers have announced."""

from typing import Final

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, Table, text

from adapters.sql.tables.columns import Code, Id, Instant, Name, amount, metadata, required

OPEN_NOTICE: Final = "state = 'announced'"

delivery_notices = Table(
    "delivery_notices",
    metadata,
    Column("notice_id", Id, primary_key=True, autoincrement=False),
    required("order_id", Id),
    required("supplier_id", Id),
    required("store_id", Id),
    required("reference", Code),
    required("state", Code),
    required("dispatched_on", Date),
    required("expected_on", Date),
    required("carrier", Name),
    required("tracking", Code),
    required("line_count", Integer),
    Column("receipt_id", Id),
    required("caller_id", Id),
    required("announced_at", Instant),
)
Index("ix_delivery_notices_order_id", delivery_notices.c.order_id, delivery_notices.c.notice_id)
Index(
    "ix_delivery_notices_store_id",
    delivery_notices.c.store_id,
    delivery_notices.c.announced_at,
    delivery_notices.c.notice_id,
)
Index("ix_delivery_notices_announced_at", delivery_notices.c.announced_at, delivery_notices.c.notice_id)
# However many there have been, what is on its way is little.
Index(
    "ix_delivery_notices_open",
    delivery_notices.c.announced_at,
    delivery_notices.c.notice_id,
    sqlite_where=text(OPEN_NOTICE),
    postgresql_where=text(OPEN_NOTICE),
)

delivery_notice_lines = Table(
    "delivery_notice_lines",
    metadata,
    required("notice_id", Id),
    required("line_number", Integer),
    amount("quantity_milli"),
    required("lot_code", Code),
    required("expiry_date", Code),
    PrimaryKeyConstraint("notice_id", "line_number"),
)
