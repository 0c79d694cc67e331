"""Coupon batches, coupons and their ledger. Codes are kept encrypted, and found by keyed digests."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import (
    Amount,
    Bytes,
    Code,
    Document,
    Id,
    Instant,
    Key,
    Name,
    amount,
    metadata,
    required,
)

coupon_batches = Table(
    "coupon_batches",
    metadata,
    Column("batch_id", Id, primary_key=True, autoincrement=False),
    required("code", Code, unique=True),
    # Members of it hold the shared code; empty for the other batches.
    required("audience", Code),
    # What bounds each member, beside the document so that it can be proven.
    amount("uses_per_member_max"),
    amount("claims_per_member_max"),
    required("terms", Document),
)
Index(
    "ix_coupon_batches_audience",
    coupon_batches.c.audience,
    coupon_batches.c.batch_id,
    sqlite_where=coupon_batches.c.audience != "",
    postgresql_where=coupon_batches.c.audience != "",
)

coupon_counts = Table(
    "coupon_counts",
    metadata,
    Column("batch_id", Id, primary_key=True, autoincrement=False),
    # 0 is no bound.
    amount("total_max"),
    amount("issued"),
    CheckConstraint("total_max = 0 OR issued <= total_max", name="no_more_than_there_may_be"),
    postgresql_with={"fillfactor": "80"},
)

coupon_audiences = Table(
    "coupon_audiences",
    metadata,
    required("audience", Code),
    required("member_id", Id),
    PrimaryKeyConstraint("audience", "member_id"),
)
Index("ix_coupon_audiences_member_id", coupon_audiences.c.member_id)

coupons = Table(
    "coupons",
    metadata,
    Column("coupon_id", Id, primary_key=True, autoincrement=False),
    required("batch_id", Id),
    # HMAC-SHA-256 of the code under a key that is not in the database.
    required("code_digest", Bytes, unique=True),
    required("code_cipher", Bytes),
    # 0 for nobody.
    required("member_id", Id),
    # 0 for a shared code without end: its uses are counted in its events only.
    amount("uses_max"),
    amount("uses"),
    amount("held"),
    # 1 expired, 2 voided.
    amount("ended"),
    Column("from_date", Date),
    Column("until_date", Date),
    required("issued_at", Instant),
    CheckConstraint("uses >= 0 AND held >= 0", name="not_negative"),
    CheckConstraint("uses_max = 0 OR uses + held <= uses_max", name="used_no_more_than_allowed"),
    CheckConstraint("ended >= 0 AND ended <= 2", name="ended_once"),
    postgresql_with={"fillfactor": "80"},
)
Index("ix_coupons_batch_id", coupons.c.batch_id, coupons.c.coupon_id)
Index(
    "ix_coupons_member_id",
    coupons.c.member_id,
    coupons.c.coupon_id,
    sqlite_where=coupons.c.member_id != 0,
    postgresql_where=coupons.c.member_id != 0,
)
_LIVING = (coupons.c.ended == 0) & ((coupons.c.uses_max == 0) | (coupons.c.uses < coupons.c.uses_max))
Index(
    "ix_coupons_until_date", coupons.c.until_date, coupons.c.coupon_id, sqlite_where=_LIVING, postgresql_where=_LIVING
)

coupon_holds = Table(
    "coupon_holds",
    metadata,
    Column("hold_id", Id, primary_key=True, autoincrement=False),
    required("coupon_id", Id),
    required("caller_id", Id),
    required("request_id", Key),
    required("member_id", Id),
    required("until_at", Instant),
    amount("open_uses"),
    CheckConstraint("open_uses >= 0", name="not_negative"),
)
Index(
    "ix_coupon_holds_open",
    coupon_holds.c.coupon_id,
    sqlite_where=coupon_holds.c.open_uses > 0,
    postgresql_where=coupon_holds.c.open_uses > 0,
)
Index("ix_coupon_holds_request", coupon_holds.c.caller_id, coupon_holds.c.request_id)

coupon_allowances = Table(
    "coupon_allowances",
    metadata,
    Column("batch_id", Id, ForeignKey("coupon_batches.batch_id"), nullable=False),
    required("member_id", Id),
    amount("claims"),
    amount("uses"),
    PrimaryKeyConstraint("batch_id", "member_id"),
    CheckConstraint("claims >= 0 AND uses >= 0", name="not_negative"),
    postgresql_with={"fillfactor": "80"},
)

coupon_events = Table(
    "coupon_events",
    metadata,
    required("coupon_id", Id),
    required("event_id", Id),
    required("batch_id", Id),
    required("kind", Code),
    required("member_id", Id),
    amount("issued"),
    amount("uses"),
    amount("held"),
    amount("ended"),
    required("hold_id", Id),
    # The sale in which it was used or given back; 0 for none.
    required("document_id", Id),
    required("store_id", Id),
    required("caller_id", Id),
    required("reason", Name),
    required("happened_at", Instant),
    required("posted_at", Instant),
    # The order of a coupon's history; ids of several processes are not in the order of time.
    PrimaryKeyConstraint("coupon_id", "posted_at", "event_id"),
)
Index(
    "ix_coupon_events_document_id",
    coupon_events.c.document_id,
    sqlite_where=coupon_events.c.document_id != 0,
    postgresql_where=coupon_events.c.document_id != 0,
)

birthday_coupons = Table(
    "birthday_coupons",
    metadata,
    required("member_id", Id),
    # Of the birthday, not of the issue.
    required("year", Amount),
    required("coupon_id", Id, unique=True),
    required("issued_on", Date),
    required("issued_at", Instant),
    PrimaryKeyConstraint("member_id", "year"),
)
