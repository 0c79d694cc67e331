"""Versions of the tier programme, and the history of members' tiers, and the benefits that they use.

Revision ID: 0016
Revises: 0015
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Document = sa.Text().with_variant(postgresql.JSONB, "postgresql")

_DAY: Final = {
    "sqlite": "substr(registered_at, 1, 10)",
    "postgresql": "CAST(registered_at AT TIME ZONE 'UTC' AS date)",
}


def upgrade() -> None:
    op.create_table(
        "tier_programmes",
        sa.Column("version", Amount, primary_key=True, autoincrement=False),
        _required("terms", Document),
        _required("put_at", Instant),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
    )
    op.create_table(
        "tier_entries",
        _required("member_id", Id),
        _required("number", Amount),
        _required("from_tier", Code),
        _required("to_tier", Code),
        _required("cause", Code),
        _required("reason", Name),
        sa.Column("valid_until", sa.Date()),
        _required("spend_minor", Amount),
        _required("visits", Amount),
        _required("points", Amount),
        _required("score", Amount),
        _required("programme_version", Amount),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("decided_on", sa.Date()),
        _required("entered_at", Instant),
        sa.PrimaryKeyConstraint("member_id", "number", name=op.f("pk_tier_entries")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_tier_entries_numbered_from_one")),
    )
    _create_benefits()
    op.add_column("members", sa.Column("tier_entries", Amount, nullable=False, server_default="0"))
    op.add_column("members", sa.Column("tier_until", sa.Date()))
    _begin_histories()
    _index("members", "ix_members_tier_until", ["tier_until", "member_id"], "tier_until IS NOT NULL")
    _index("members", "ix_members_tier_without_end", ["tier", "member_id"], "tier_until IS NULL AND tier != ''")
    _index("event_entries", "ix_event_entries_member_id", ["member_id", "business_date"], "checked_in > 0")


def _create_benefits() -> None:
    op.create_table(
        "benefit_counts",
        _required("member_id", Id),
        _required("benefit_code", Code),
        _required("month", sa.Date()),
        _required("used", Amount),
        sa.PrimaryKeyConstraint("member_id", "benefit_code", "month", name=op.f("pk_benefit_counts")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_benefit_counts_not_negative")),
    )
    op.create_table(
        "benefit_uses",
        sa.Column("use_id", Id, primary_key=True, autoincrement=False),
        _required("member_id", Id),
        _required("benefit_code", Code),
        _required("month", sa.Date()),
        _required("note_cipher", Bytes),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("used_at", Instant),
    )
    op.create_index("ix_benefit_uses_member_id", "benefit_uses", ["member_id", "month", "used_at"])


def _begin_histories() -> None:
    """Members who have a tier have it since their registration, as far as anybody knows."""
    day = _DAY[op.get_bind().dialect.name]
    op.execute(
        "INSERT INTO tier_entries (member_id, number, from_tier, to_tier, cause, reason, valid_until, spend_minor,"
        " visits, points, score, programme_version, caller_id, staff_id, decided_on, entered_at)"
        f" SELECT member_id, 1, '', tier, 'registration', '', NULL, 0, 0, 0, 0, 0, 0, NULL, {day}, registered_at"
        " FROM members WHERE tier <> ''"
    )
    op.execute("UPDATE members SET tier_entries = 1 WHERE tier <> ''")


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _index(table: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
