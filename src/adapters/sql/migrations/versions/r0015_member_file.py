"""The member file: where members came from, basic data with its history, attributes of the chain's own, cards.

Revision ID: 0015
Revises: 0014
"""

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Code = sa.String(64)
Name = sa.String(200)
Document = sa.Text().with_variant(postgresql.JSONB, "postgresql")
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

MEMBERS_AT_ONCE: Final = 10_000


def upgrade() -> None:
    _tell_where_members_came_from()
    _keep_basic_data()
    _keep_attributes()
    _keep_cards()


def _keep_basic_data() -> None:
    _add("members", "sex", Code, "")
    op.add_column("members", sa.Column("occupation_cipher", Bytes))
    op.add_column("members", sa.Column("email_cipher", Bytes))
    op.create_table(
        "member_changes",
        sa.Column("change_id", Id, primary_key=True, autoincrement=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("field", Code, nullable=False),
        sa.Column("before_cipher", Bytes),
        sa.Column("after_cipher", Bytes),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("caller_id", Id, nullable=False),
        sa.Column("staff_id", Id),
        _to_member("member_changes"),
    )
    op.create_index("ix_member_changes_member_id", "member_changes", ["member_id", "changed_at", "change_id"])


def _keep_attributes() -> None:
    op.create_table(
        "member_attributes",
        sa.Column("code", Code, primary_key=True),
        sa.Column("name", Name, nullable=False),
        sa.Column("kind", Code, nullable=False),
        sa.Column("choices", Document, nullable=False),
    )
    op.create_table(
        "member_attribute_values",
        sa.Column("value_id", Id, primary_key=True, autoincrement=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("attribute_code", Code, nullable=False),
        sa.Column("value_cipher", Bytes, nullable=False),
        sa.Column("set_at", Instant, nullable=False),
        sa.Column("replaced_at", Instant),
        sa.Column("caller_id", Id, nullable=False),
        sa.Column("staff_id", Id),
        _to_member("member_attribute_values"),
        sa.ForeignKeyConstraint(
            ["attribute_code"],
            ["member_attributes.code"],
            name=op.f("fk_member_attribute_values_attribute_code_member_attributes"),
        ),
    )
    op.create_index(
        "ix_member_attribute_values_member_id",
        "member_attribute_values",
        ["member_id", "attribute_code", "set_at", "value_id"],
    )
    known_now = sa.text("replaced_at IS NULL")
    op.create_index(
        "uq_member_attribute_values_current",
        "member_attribute_values",
        ["member_id", "attribute_code"],
        unique=True,
        sqlite_where=known_now,
        postgresql_where=known_now,
    )


def _keep_cards() -> None:
    op.create_table(
        "member_cards",
        sa.Column("card_digest", Bytes, primary_key=True),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("card_cipher", Bytes, nullable=False),
        sa.Column("state", Code, nullable=False),
        sa.Column("reason", Name, nullable=False),
        sa.Column("issued_at", Instant, nullable=False),
        _to_member("member_cards"),
    )
    op.create_index("ix_member_cards_member_id", "member_cards", ["member_id"])
    op.create_table(
        "member_card_events",
        sa.Column("event_id", Id, primary_key=True, autoincrement=False),
        sa.Column("card_digest", Bytes, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("kind", Code, nullable=False),
        sa.Column("reason", Name, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("caller_id", Id, nullable=False),
        sa.Column("staff_id", Id),
        sa.ForeignKeyConstraint(
            ["card_digest"], ["member_cards.card_digest"], name=op.f("fk_member_card_events_card_digest_member_cards")
        ),
    )
    op.create_index("ix_member_card_events_card_digest", "member_card_events", ["card_digest"])
    op.create_index("ix_member_card_events_member_id", "member_card_events", ["member_id", "at", "event_id"])
    # Cards of before are active; when they were handed out, other than at the registration, nobody has noted.
    op.execute(
        """
        INSERT INTO member_cards (card_digest, member_id, card_cipher, state, reason, issued_at)
        SELECT k.key_digest, k.member_id, k.value_cipher, 'active', '', m.registered_at
        FROM member_keys k JOIN members m ON m.member_id = k.member_id WHERE k.kind = 'card'
        """
    )


def _to_member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["member_id"], ["members.member_id"], name=op.f(f"fk_{table}_member_id_members"))


def _tell_where_members_came_from() -> None:
    _add("members", "channel", Code, "")
    _add("members", "campaign_code", Code, "")
    _add("members", "registered_on", sa.Date(), "1970-01-01")
    _date_registrations()
    op.create_index(
        "ix_members_registered_on_store_id",
        "members",
        ["registered_on", "store_id", "source", "channel", "campaign_code"],
    )


def _date_registrations() -> None:
    """The business date of every registration, by the clock and the end of day of its store."""
    connection = op.get_bind()
    days = {
        row.store_id: (ZoneInfo(row.time_zone), row.day_cutoff_minutes)
        for row in connection.execute(sa.text("SELECT store_id, time_zone, day_cutoff_minutes FROM stores"))
    }
    page = sa.text(
        "SELECT member_id, store_id, registered_at FROM members"
        " WHERE member_id > :after ORDER BY member_id LIMIT :limit"
    )
    put = sa.text("UPDATE members SET registered_on = :day WHERE member_id = :member_id").bindparams(
        sa.bindparam("day", type_=sa.Date())
    )
    after = -1
    while rows := connection.execute(page, {"after": after, "limit": MEMBERS_AT_ONCE}).all():
        connection.execute(put, [{"member_id": row.member_id, "day": _day(row, days)} for row in rows])
        after = rows[-1].member_id


def _day(row: Any, days: dict[int, tuple[ZoneInfo, int]]) -> date:
    at = row.registered_at
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    zone, cutoff_minutes = days.get(row.store_id, (ZoneInfo("UTC"), 0))
    return (at.astimezone(zone).replace(tzinfo=None) - timedelta(minutes=cutoff_minutes)).date()


def _add(table: str, name: str, kind: sa.types.TypeEngine[Any], value: str) -> None:
    """A required column that holds `value` in every row that is there, and in those of programs that do not know it."""
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=value))
