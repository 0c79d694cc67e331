"""The life cycle of members: their state, its history, notes of what the next run has to look at, and follow-ups.

Revision ID: 0024
Revises: 0023
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.add_column("points_accounts", sa.Column("watched", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "member_lifecycles",
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        _required("state", Code),
        _required("since_on", sa.Date),
        sa.Column("until_on", sa.Date),
        _required("entries", Amount),
        _required("as_of_on", sa.Date),
        sa.Column("first_on", sa.Date),
        sa.Column("last_on", sa.Date),
        _required("rule", Amount),
        sa.Column("store_id", Id),
    )
    some = sa.text("until_on IS NOT NULL")
    op.create_index(
        "ix_member_lifecycles_until_on",
        "member_lifecycles",
        ["until_on", "member_id"],
        sqlite_where=some,
        postgresql_where=some,
    )
    op.create_index("ix_member_lifecycles_rule", "member_lifecycles", ["rule", "member_id"])
    op.create_index("ix_member_lifecycles_store_id", "member_lifecycles", ["store_id", "state", "rule"])
    op.create_table(
        "lifecycle_entries",
        _required("member_id", Id),
        _required("number", Amount),
        _required("from_state", Code),
        _required("to_state", Code),
        _required("cause", Code),
        _required("since_on", sa.Date),
        sa.Column("last_purchase_on", sa.Date),
        sa.Column("store_id", Id),
        _required("decided_on", sa.Date),
        _required("entered_at", Instant),
        sa.PrimaryKeyConstraint("member_id", "number", name=op.f("pk_lifecycle_entries")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_lifecycle_entries_numbered_from_one")),
    )
    op.create_index(
        "ix_lifecycle_entries_since_on", "lifecycle_entries", ["since_on", "store_id", "from_state", "to_state"]
    )
    op.create_table(
        "lifecycle_notes",
        sa.Column("note_id", Id, primary_key=True, autoincrement=False),
        _required("member_id", Id),
        _required("noted_on", sa.Date),
    )
    op.create_index("ix_lifecycle_notes_noted_on", "lifecycle_notes", ["noted_on", "note_id"])
    # Whoever is a member already is taken in by the first run. An id of a member is that of no note.
    op.execute(
        "INSERT INTO lifecycle_notes (note_id, member_id, noted_on)"
        " SELECT member_id, member_id, registered_on FROM members WHERE merged_into IS NULL"
    )
    _follow_ups()


def _follow_ups() -> None:
    op.create_table(
        "follow_up_plans",
        sa.Column("code", Code, primary_key=True),
        _required("trigger", Code),
        _required("days", Amount),
        _required("text_en", Name),
        _required("text_zh", Name),
        _required("place", Code),
        _required("ended", sa.Boolean),
    )
    op.create_table(
        "follow_ups",
        sa.Column("follow_up_id", Id, primary_key=True, autoincrement=False),
        _required("member_id", Id),
        _required("plan_code", Code),
        _required("occurred_on", sa.Date),
        sa.Column("store_id", Id),
        sa.Column("staff_id", Id),
        _required("state", Code),
        _required("outcome", Code),
        _required("due_on", sa.Date),
        _required("entries", Amount),
        _required("opened_at", Instant),
        sa.Column("closed_at", Instant),
    )
    planned, taken = sa.text("plan_code != ''"), sa.text("staff_id IS NOT NULL")
    op.create_index(
        "uq_follow_ups_occasion",
        "follow_ups",
        ["member_id", "plan_code", "occurred_on"],
        unique=True,
        sqlite_where=planned,
        postgresql_where=planned,
    )
    day = ["state", "due_on", "follow_up_id"]
    op.create_index("ix_follow_ups_state", "follow_ups", day)
    op.create_index("ix_follow_ups_store_id", "follow_ups", ["store_id", *day])
    op.create_index(
        "ix_follow_ups_staff_id", "follow_ups", ["staff_id", *day], sqlite_where=taken, postgresql_where=taken
    )
    op.create_index("ix_follow_ups_member_id", "follow_ups", ["member_id", "due_on", "follow_up_id"])
    op.create_table(
        "follow_up_entries",
        _required("follow_up_id", Id),
        _required("number", Amount),
        _required("kind", Code),
        _required("text_cipher", Bytes),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("at", Instant),
        sa.PrimaryKeyConstraint("follow_up_id", "number", name=op.f("pk_follow_up_entries")),
    )


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
