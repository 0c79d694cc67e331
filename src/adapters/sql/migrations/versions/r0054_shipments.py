"""Shipments, and where orders go.

Revision ID: 0054
Revises: 0052
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import BYTEA, UUID

revision = "0054"
down_revision = "0052"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
CODE = sa.String(64)
NAME = sa.String(200)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
KEY = sa.String(36).with_variant(UUID(as_uuid=False), "postgresql")
BYTES = sa.LargeBinary().with_variant(BYTEA, "postgresql")


def upgrade() -> None:
    op.create_table(
        "order_addresses",
        sa.Column("order_id", ID, primary_key=True, autoincrement=False),
        sa.Column("member_id", ID),
        sa.Column("address_cipher", BYTES, nullable=False),
    )
    _partial("order_addresses", "ix_order_addresses_member_id", ["member_id", "order_id"], "member_id IS NOT NULL")
    _shipments()
    op.create_table(
        "shipment_parcels",
        sa.Column("shipment_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=False),
        sa.Column("length_mm", sa.Integer(), nullable=False),
        sa.Column("width_mm", sa.Integer(), nullable=False),
        sa.Column("height_mm", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("shipment_id", "number", name="pk_shipment_parcels"),
    )
    op.create_table(
        "shipment_events",
        sa.Column("shipment_id", ID, nullable=False),
        sa.Column("entry_id", ID, nullable=False),
        sa.Column("event_key", CODE, nullable=False),
        sa.Column("kind", CODE, nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("place", NAME, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.PrimaryKeyConstraint("shipment_id", "entry_id", name="pk_shipment_events"),
        sa.UniqueConstraint("shipment_id", "event_key", name="uq_shipment_events_shipment_id_event_key"),
    )


def _shipments() -> None:
    op.create_table(
        "shipments",
        sa.Column("shipment_id", ID, primary_key=True, autoincrement=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("order_id", ID),
        sa.Column("transfer_id", ID),
        sa.Column("member_id", ID),
        sa.Column("carrier", CODE, nullable=False),
        sa.Column("service", CODE, nullable=False),
        sa.Column("state", CODE, nullable=False),
        sa.Column("waybill_number", CODE, nullable=False),
        sa.Column("currency", CODE, nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("promised_at", INSTANT, nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("note", NAME, nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("late_at", INSTANT),
        sa.Column("tracked_at", INSTANT),
        sa.Column("signed_at", INSTANT),
        sa.Column("damaged", sa.Boolean(), nullable=False),
        sa.Column("problem", CODE, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("carrier_step", CODE, nullable=False),
        sa.Column("carrier_due_at", INSTANT),
        sa.Column("carrier_attempts", sa.Integer(), nullable=False),
        sa.Column("carrier_note", NAME, nullable=False),
        sa.Column("cancellation_id", ID),
        sa.Column("cancelled_on", sa.Date()),
        sa.Column("late_told_at", INSTANT),
        sa.Column("request_id", KEY),
        sa.Column("address_cipher", BYTES, nullable=False),
        sa.Column("label_cipher", BYTES, nullable=False),
    )
    op.create_index("ix_shipments_store_id", "shipments", ["store_id", "created_at", "shipment_id"])
    op.create_index("ix_shipments_created_at", "shipments", ["created_at", "shipment_id"])
    op.create_index(
        "ix_shipments_promised_on",
        "shipments",
        ["promised_on", "store_id", "carrier", "state", "damaged", "promised_at", "signed_at"],
    )
    for name in ("order_id", "transfer_id", "member_id"):
        _partial("shipments", f"ix_shipments_{name}", [name, "shipment_id"], f"{name} IS NOT NULL")
    _partial("shipments", "uq_shipments_waybill", ["waybill_number", "carrier"], "waybill_number <> ''", unique=True)
    _partial("shipments", "uq_shipments_request", ["caller_id", "request_id"], "request_id IS NOT NULL", unique=True)
    _partial("shipments", "ix_shipments_problem", ["created_at", "shipment_id"], "problem <> ''")
    _partial(
        "shipments",
        "ix_shipments_open",
        ["created_at", "shipment_id"],
        "state NOT IN ('cancelled', 'lost', 'returned', 'signed')",
    )
    for name in ("late_at", "carrier_due_at"):
        _partial("shipments", f"ix_shipments_{name}", [name, "shipment_id"], f"{name} IS NOT NULL")


def _partial(table: str, name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
