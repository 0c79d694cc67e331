"""The life cycle of members: their state, its history, and notes of what the next run has to look at.

Revision ID: 0024
Revises: 0023
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
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


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
