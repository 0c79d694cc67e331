"""Plans of follow-ups, their tasks, and what was done about them. What was said is encrypted."""

from sqlalchemy import Boolean, Column, Date, Index, PrimaryKeyConstraint, Table

from adapters.sql.tables.columns import Bytes, Code, Id, Instant, Name, amount, metadata, required

follow_up_plans = Table(
    "follow_up_plans",
    metadata,
    Column("code", Code, primary_key=True),
    required("trigger", Code),
    amount("days"),
    required("text_en", Name),
    required("text_zh", Name),
    required("place", Code),
    required("ended", Boolean),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("follow_up_id", Id, primary_key=True, autoincrement=False),
    required("member_id", Id),
    # Empty for a task without a plan.
    required("plan_code", Code),
    required("occurred_on", Date),
    # Null for a task of head office.
    Column("store_id", Id),
    Column("staff_id", Id),
    required("state", Code),
    # Empty until it is closed.
    required("outcome", Code),
    required("due_on", Date),
    amount("entries"),
    required("opened_at", Instant),
    Column("closed_at", Instant),
)
_task = follow_ups.c
# A plan opens one task for a member and a day, however often it is tried.
Index(
    "uq_follow_ups_occasion",
    _task.member_id,
    _task.plan_code,
    _task.occurred_on,
    unique=True,
    sqlite_where=_task.plan_code != "",
    postgresql_where=_task.plan_code != "",
)
Index("ix_follow_ups_state", _task.state, _task.due_on, _task.follow_up_id)
Index("ix_follow_ups_store_id", _task.store_id, _task.state, _task.due_on, _task.follow_up_id)
Index(
    "ix_follow_ups_staff_id",
    _task.staff_id,
    _task.state,
    _task.due_on,
    _task.follow_up_id,
    sqlite_where=_task.staff_id.is_not(None),
    postgresql_where=_task.staff_id.is_not(None),
)
Index("ix_follow_ups_member_id", _task.member_id, _task.due_on, _task.follow_up_id)

follow_up_entries = Table(
    "follow_up_entries",
    metadata,
    required("follow_up_id", Id),
    amount("number"),
    required("kind", Code),
    required("text_cipher", Bytes),
    required("caller_id", Id),
    Column("staff_id", Id),
    required("at", Instant),
    PrimaryKeyConstraint("follow_up_id", "number"),
)
