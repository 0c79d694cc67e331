"""The lives of promotions. Those that are there count as put when they are migrated, by the system.

Revision ID: 0010
Revises: 0009
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

DOCUMENT = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
INSTANT = sa.String(27).with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    lives, steps, places = _create()
    op.create_table(
        "promotion_templates",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("template", DOCUMENT, nullable=False),
    )
    connection = op.get_bind()
    at: Any = datetime.now(UTC)
    if connection.dialect.name == "sqlite":
        at = at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    for code, stored in connection.execute(sa.text("SELECT code, terms FROM promotions")).all():
        terms = json.loads(stored) if isinstance(stored, str) else stored
        paused = bool(terms.get("paused"))
        starts_on, over_on = _lasts(terms)
        connection.execute(
            lives.insert(),
            {
                "code": code,
                "standing": "paused" if paused else "published",
                "draft_state": "none",
                "revision": 1,
                "published_revision": 1,
                "draft_revision": 0,
                "steps": 1,
                "draft": sa.JSON.NULL if connection.dialect.name == "postgresql" else "null",
                "theme": "",
                "starts_on": starts_on,
                "over_on": over_on,
            },
        )
        connection.execute(
            steps.insert(),
            {"code": code, "number": 1, "revision": 1, "kind": "put", "at": at, "caller_id": 0, "note": ""},
        )
        connection.execute(places.insert(), [{"code": code, **place} for place in _places(terms)])


def _create() -> tuple[sa.Table, sa.Table, sa.Table]:
    lives = op.create_table(
        "promotion_lives",
        sa.Column("code", sa.String(64), primary_key=True),
        sa.Column("standing", sa.String(64), nullable=False),
        sa.Column("draft_state", sa.String(64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("published_revision", sa.Integer(), nullable=False),
        sa.Column("draft_revision", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("writer_id", ID),
        sa.Column("writer_staff_id", ID),
        sa.Column("draft", DOCUMENT, nullable=False),
        sa.Column("theme", sa.String(64), nullable=False),
        sa.Column("starts_on", sa.String(64), nullable=False),
        sa.Column("over_on", sa.String(64), nullable=False),
    )
    op.create_index("ix_promotion_lives_starts_on", "promotion_lives", ["starts_on", "code"])
    op.create_index("ix_promotion_lives_theme", "promotion_lives", ["theme", "starts_on", "code"])
    op.create_index("ix_promotion_lives_draft_state", "promotion_lives", ["draft_state", "starts_on", "code"])
    steps = op.create_table(
        "promotion_steps",
        _of_promotion("promotion_steps"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("caller_id", ID, nullable=False),
        sa.Column("staff_id", ID),
        sa.Column("note", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("code", "number", name="pk_promotion_steps"),
    )
    places = op.create_table(
        "promotion_places",
        _of_promotion("promotion_places"),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("place_code", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("code", "kind", "place_code", name="pk_promotion_places"),
    )
    return lives, steps, places


def _of_promotion(table: str) -> sa.Column[str]:
    key = sa.ForeignKey("promotion_lives.code", name=f"fk_{table}_code_promotion_lives")
    return sa.Column("code", sa.String(64), key, nullable=False)


def _lasts(terms: dict[str, Any]) -> tuple[str, str]:
    over_on = terms.get("until_date", "9999-12-31")
    if over_on < "9999-12-31" and 0 < terms.get("until_minute", 0) < terms.get("from_minute", 0):
        over_on = (date.fromisoformat(over_on) + timedelta(days=1)).isoformat()
    return terms.get("from_date", "0001-01-01"), over_on


def _places(terms: dict[str, Any]) -> list[dict[str, str]]:
    stores, regions = terms.get("store_codes", ()), terms.get("region_codes", ())
    places = [{"kind": "store", "place_code": code} for code in stores]
    if not stores:
        places = [{"kind": "region", "place_code": code} for code in regions]
    if not (stores or regions):
        places = [{"kind": "everywhere", "place_code": ""}]
    return places + [{"kind": "except", "place_code": code} for code in terms.get("excluded_store_codes", ())]
