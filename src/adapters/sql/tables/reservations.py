"""Stock that is kept: reservations for outside references, and the entries of these and of orders."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, amount, metadata, required

stock_reservations = Table(
    "stock_reservations",
    metadata,
    # The order or the reservation.
    required("document_id", Id),
    required("entry_id", Id),
    required("location_id", Id),
    required("sku_id", Id),
    amount("quantity_milli"),
    required("entered_at", Instant),
    PrimaryKeyConstraint("document_id", "entry_id"),
)
Index("ix_stock_reservations_location_id", stock_reservations.c.location_id, stock_reservations.c.sku_id)

reservations = Table(
    "reservations",
    metadata,
    Column("reservation_id", Id, primary_key=True, autoincrement=False),
    required("store_id", Id),
    required("reference", Code),
    required("state", Code),
    required("reserved_at", Instant),
    required("expires_at", Instant),
    required("caller_id", Id),
    Column("staff_id", Id),
    Column("ended_at", Instant),
    Column("document_id", Id),
)
_OPEN = reservations.c.state == "open"
Index(
    "ix_reservations_reference_open",
    reservations.c.store_id,
    reservations.c.reference,
    unique=True,
    sqlite_where=_OPEN,
    postgresql_where=_OPEN,
)
# What is due is what the minute's job and every new reservation ask.
Index("ix_reservations_expires_at", reservations.c.expires_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_reservations_store_id", reservations.c.store_id, reservations.c.reservation_id)
Index("ix_reservations_reference", reservations.c.reference, reservations.c.reservation_id)
Index("ix_reservations_state", reservations.c.state, reservations.c.reservation_id)

reservation_lines = Table(
    "reservation_lines",
    metadata,
    required("reservation_id", Id),
    required("line_number", Integer),
    required("sku_id", Id),
    amount("asked_milli"),
    amount("quantity_milli"),
    PrimaryKeyConstraint("reservation_id", "line_number"),
)
Index("ix_reservation_lines_sku_id", reservation_lines.c.sku_id, reservation_lines.c.reservation_id)
