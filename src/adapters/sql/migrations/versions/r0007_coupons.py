"""Coupons: batches, codes, holds, and the ledger.

Revision ID: 0007
Revises: 0006
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
Code = sa.String(64)
Name = sa.String(200)
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Document = sa.Text().with_variant(postgresql.JSONB, "postgresql")


def upgrade() -> None:
    _create_batches()
    _create_coupons()
    _create_ledger()


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _index(table: str, suffix: str, columns: list[str], where: str = "") -> None:
    condition = sa.text(where) if where else None
    op.create_index(f"ix_{table}_{suffix}", table, columns, sqlite_where=condition, postgresql_where=condition)


def _create_batches() -> None:
    op.create_table(
        "coupon_batches",
        _key("batch_id", Id),
        _required("code", Code),
        _required("audience", Code),
        _required("uses_per_member_max", Amount),
        _required("claims_per_member_max", Amount),
        _required("terms", Document),
        sa.UniqueConstraint("code", name=op.f("uq_coupon_batches_code")),
    )
    _index("coupon_batches", "audience", ["audience", "batch_id"], "audience != ''")
    op.create_table(
        "coupon_counts",
        _key("batch_id", Id),
        _required("total_max", Amount),
        _required("issued", Amount),
        sa.CheckConstraint(
            "total_max = 0 OR issued <= total_max", name=op.f("ck_coupon_counts_no_more_than_there_may_be")
        ),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "coupon_audiences",
        _required("audience", Code),
        _required("member_id", Id),
        sa.PrimaryKeyConstraint("audience", "member_id", name=op.f("pk_coupon_audiences")),
    )
    _index("coupon_audiences", "member_id", ["member_id"])
    op.create_table(
        "coupon_allowances",
        _required("batch_id", Id),
        _required("member_id", Id),
        _required("claims", Amount),
        _required("uses", Amount),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["coupon_batches.batch_id"], name=op.f("fk_coupon_allowances_batch_id_coupon_batches")
        ),
        sa.PrimaryKeyConstraint("batch_id", "member_id", name=op.f("pk_coupon_allowances")),
        sa.CheckConstraint("claims >= 0 AND uses >= 0", name=op.f("ck_coupon_allowances_not_negative")),
        postgresql_with={"fillfactor": "80"},
    )


def _create_coupons() -> None:
    op.create_table(
        "coupons",
        _key("coupon_id", Id),
        _required("batch_id", Id),
        _required("code_digest", Bytes),
        _required("code_cipher", Bytes),
        _required("member_id", Id),
        _required("uses_max", Amount),
        _required("uses", Amount),
        _required("held", Amount),
        _required("ended", Amount),
        sa.Column("from_date", sa.Date(), nullable=True),
        sa.Column("until_date", sa.Date(), nullable=True),
        _required("issued_at", Instant),
        sa.UniqueConstraint("code_digest", name=op.f("uq_coupons_code_digest")),
        sa.CheckConstraint("uses >= 0 AND held >= 0", name=op.f("ck_coupons_not_negative")),
        sa.CheckConstraint(
            "uses_max = 0 OR uses + held <= uses_max", name=op.f("ck_coupons_used_no_more_than_allowed")
        ),
        sa.CheckConstraint("ended >= 0 AND ended <= 2", name=op.f("ck_coupons_ended_once")),
        postgresql_with={"fillfactor": "80"},
    )
    _index("coupons", "batch_id", ["batch_id", "coupon_id"])
    _index("coupons", "member_id", ["member_id", "coupon_id"], "member_id != 0")
    _index("coupons", "until_date", ["until_date", "coupon_id"], "ended = 0 AND (uses_max = 0 OR uses < uses_max)")


def _create_ledger() -> None:
    op.create_table(
        "coupon_holds",
        _key("hold_id", Id),
        _required("coupon_id", Id),
        _required("caller_id", Id),
        _required("request_id", Key),
        _required("member_id", Id),
        _required("until_at", Instant),
        _required("open_uses", Amount),
        sa.CheckConstraint("open_uses >= 0", name=op.f("ck_coupon_holds_not_negative")),
    )
    _index("coupon_holds", "open", ["coupon_id"], "open_uses > 0")
    _index("coupon_holds", "request", ["caller_id", "request_id"])
    op.create_table(
        "coupon_events",
        _required("coupon_id", Id),
        _required("event_id", Id),
        _required("batch_id", Id),
        _required("kind", Code),
        _required("member_id", Id),
        _required("issued", Amount),
        _required("uses", Amount),
        _required("held", Amount),
        _required("ended", Amount),
        _required("hold_id", Id),
        _required("document_id", Id),
        _required("store_id", Id),
        _required("caller_id", Id),
        _required("reason", Name),
        _required("happened_at", Instant),
        _required("posted_at", Instant),
        sa.PrimaryKeyConstraint("coupon_id", "posted_at", "event_id", name=op.f("pk_coupon_events")),
    )
    _index("coupon_events", "document_id", ["document_id"], "document_id != 0")
