"""Service cases and what was said and done about them. All of it is encrypted."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Bytes, Code, Id, Instant, amount, metadata, required

service_cases = Table(
    "service_cases",
    metadata,
    Column("case_id", Id, primary_key=True, autoincrement=False),
    # 0 for somebody who is no member.
    required("member_id", Id),
    required("tier", Code),
    # Null for a case of head office.
    Column("store_id", Id),
    required("subject_cipher", Bytes),
    amount("priority"),
    required("state", Code),
    amount("entries"),
    required("opened_at", Instant),
    required("due_at", Instant),
    Column("first_answered_at", Instant),
    Column("closed_at", Instant),
)
Index(
    "ix_service_cases_due_at",
    service_cases.c.due_at,
    service_cases.c.case_id,
    sqlite_where=service_cases.c.closed_at.is_(None),
    postgresql_where=service_cases.c.closed_at.is_(None),
)
Index(
    "ix_service_cases_member_id",
    service_cases.c.member_id,
    service_cases.c.due_at,
    service_cases.c.case_id,
)

case_entries = Table(
    "case_entries",
    metadata,
    required("case_id", Id),
    amount("number"),
    required("kind", Code),
    required("text_cipher", Bytes),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("at", Instant),
    PrimaryKeyConstraint("case_id", "number"),
)
