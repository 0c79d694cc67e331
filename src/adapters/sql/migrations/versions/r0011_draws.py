"""Lucky draws with tickets and plays, and experience events.

Revision ID: 0011
Revises: 0010
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Document = sa.Text().with_variant(postgresql.JSONB, "postgresql")
ROOM = {"fillfactor": "80"}


def upgrade() -> None:
    _create_draws()
    _create_balances()
    _create_tickets()
    _create_plays()
    _create_events()


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, Id, primary_key=True, autoincrement=False)


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _index(table: str, name: str, columns: list[str], where: str = "", *, unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _create_draws() -> None:
    op.create_table(
        "draws",
        _key("draw_id"),
        _required("code", Code),
        _required("from_at", Instant),
        _required("until_at", Instant),
        _required("plays_per_member_max", Amount),
        _required("plays_per_member_day_max", Amount),
        _required("terms", Document),
        sa.Column("seed_cipher", Bytes),
        sa.Column("seed_commitment", Bytes),
        sa.Column("terms_digest", Bytes),
        sa.Column("published_at", Instant),
        sa.Column("publisher_id", Id),
        sa.Column("publisher_staff_id", Id),
        sa.UniqueConstraint("code", name=op.f("uq_draws_code")),
    )
    op.create_table(
        "draw_places",
        _required("draw_id", Id),
        _required("kind", Code),
        _required("place_code", Code),
        sa.ForeignKeyConstraint(["draw_id"], ["draws.draw_id"], name=op.f("fk_draw_places_draw_id_draws")),
        _primary("draw_places", "draw_id", "kind", "place_code"),
    )


def _create_balances() -> None:
    op.create_table(
        "draw_counts",
        _key("draw_id"),
        _required("plays", Amount),
        _check("draw_counts", "not_negative", "plays >= 0"),
        postgresql_with=ROOM,
    )
    op.create_table(
        "draw_prizes",
        _required("draw_id", Id),
        _required("position", sa.Integer()),
        _required("code", Code),
        _required("kind", Code),
        _required("number", Amount),
        _required("remaining", Amount),
        _required("awarded", Amount),
        _required("quantity_milli", Amount),
        _required("points", Amount),
        _primary("draw_prizes", "draw_id", "position"),
        _check("draw_prizes", "never_more_than_there_are", "remaining >= 0 AND awarded >= 0"),
        postgresql_with=ROOM,
    )
    op.create_table(
        "draw_members",
        _required("draw_id", Id),
        _required("member_id", Id),
        _required("granted", Amount),
        _required("used", Amount),
        _primary("draw_members", "draw_id", "member_id"),
        _check("draw_members", "used_no_more_than_granted", "used >= 0 AND used <= granted"),
        postgresql_with=ROOM,
    )
    op.create_table(
        "draw_member_days",
        _required("draw_id", Id),
        _required("member_id", Id),
        _required("day", sa.Date()),
        _required("plays", Amount),
        _primary("draw_member_days", "draw_id", "member_id", "day"),
        postgresql_with=ROOM,
    )


def _create_tickets() -> None:
    op.create_table(
        "draw_tickets",
        _key("ticket_id"),
        _required("draw_id", Id),
        _required("member_id", Id),
        _required("source", Code),
        _required("document_id", Id),
        _required("number", sa.Integer()),
        _required("spend_minor", Amount),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("reason", Name),
        _required("granted_at", Instant),
        _required("used", Amount),
        _check("draw_tickets", "used_once", "used >= 0 AND used <= 1"),
        postgresql_with=ROOM,
    )
    unused = ["draw_id", "member_id", "granted_at", "ticket_id"]
    _index("draw_tickets", "ix_draw_tickets_unused", unused, "used = 0")
    once = ["draw_id", "document_id", "number"]
    _index("draw_tickets", "uq_draw_tickets_document", once, "document_id != 0", unique=True)


def _create_plays() -> None:
    op.create_table(
        "draw_plays",
        _required("draw_id", Id),
        _required("play_number", Id),
        _required("play_id", Id),
        _required("ticket_id", Id),
        _required("member_id", Id),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("channel", Code),
        _required("business_date", sa.Date()),
        _required("played_at", Instant),
        _required("roll_ppm", sa.Integer()),
        _required("drawn_position", sa.Integer()),
        _required("left_before", Amount),
        _required("available_milli", Amount),
        _required("outcome", Code),
        _required("prize_position", sa.Integer()),
        _required("taken", sa.Integer()),
        sa.UniqueConstraint("play_id", name=op.f("uq_draw_plays_play_id")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_draw_plays_ticket_id")),
        _primary("draw_plays", "draw_id", "play_number"),
        _check("draw_plays", "numbered_from_one", "play_number >= 1"),
    )
    _index("draw_plays", "ix_draw_plays_member_id", ["draw_id", "member_id", "play_number"])


def _create_events() -> None:
    op.create_table(
        "experience_events",
        _key("event_id"),
        _required("code", Code),
        _required("store_id", Id),
        _required("starts_at", Instant),
        _required("ends_at", Instant),
        _required("terms", Document),
        sa.UniqueConstraint("code", name=op.f("uq_experience_events_code")),
    )
    _index("experience_events", "ix_experience_events_starts_at", ["starts_at", "event_id"])
    _index("experience_events", "ix_experience_events_store_id", ["store_id", "starts_at", "event_id"])
    op.create_table(
        "event_counts",
        _key("event_id"),
        _required("seats", Amount),
        _required("taken", Amount),
        _check("event_counts", "never_overbooked", "taken >= 0 AND taken <= seats"),
        postgresql_with=ROOM,
    )
    op.create_table(
        "event_bookings",
        _required("event_id", Id),
        _required("member_id", Id),
        _required("booked", Amount),
        _required("checked_in", Amount),
        _primary("event_bookings", "event_id", "member_id"),
        _check("event_bookings", "one_seat", "booked >= 0 AND booked <= 1"),
        _check("event_bookings", "checked_in_once", "checked_in >= 0 AND checked_in <= booked"),
        postgresql_with=ROOM,
    )
    op.create_table(
        "event_entries",
        _required("event_id", Id),
        _required("entry_id", Id),
        _required("member_id", Id),
        _required("kind", Code),
        _required("booked", Amount),
        _required("checked_in", Amount),
        _required("tickets", Amount),
        _required("points", Amount),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("business_date", sa.Date()),
        _required("entered_at", Instant),
        _primary("event_entries", "event_id", "entry_id"),
    )
