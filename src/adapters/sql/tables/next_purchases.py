"""When members will buy again, told anew every week in the same rows."""

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Code, Id, Instant, amount, metadata, required

next_purchases = Table(
    "next_purchases",
    metadata,
    required("member_id", Id),
    required("department_id", Id),
    # The home store; null for head office.
    Column("store_id", Id),
    required("last_on", Date),
    required("purchase_days", Integer),
    required("interval_days", Integer),
    required("next_on", Date),
    required("from_on", Date),
    required("until_on", Date),
    required("confidence_bp", Integer),
    required("told_on", Date),
    PrimaryKeyConstraint("member_id", "department_id"),
)
_next = next_purchases.c
Index("ix_next_purchases_department_id", _next.department_id, _next.next_on, _next.member_id)
Index("ix_next_purchases_store_id", _next.store_id, _next.department_id, _next.next_on, _next.member_id)

# What intervals between purchases sum to in each department, as the newest run has learned.
purchase_rhythms = Table(
    "purchase_rhythms",
    metadata,
    Column("department_id", Id, primary_key=True, autoincrement=False),
    amount("members"),
    amount("intervals"),
    amount("means_micro"),
    amount("squares_micro"),
    amount("parts_micro"),
    amount("within_micro"),
)

# The newest run alone.
purchase_runs = Table(
    "purchase_runs",
    metadata,
    Column("run_id", Id, primary_key=True, autoincrement=False),
    required("state", Code),
    required("as_of_on", Date),
    required("next_member_id", Id),
    amount("members"),
    amount("purchases"),
    required("started_at", Instant),
    Column("finished_at", Instant),
)
