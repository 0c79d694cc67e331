"""Stored value of members, principal and bonus, and gift cards, with their entries.

Revision ID: 0014
Revises: 0013
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
ROOM = {"fillfactor": "80"}


def upgrade() -> None:
    _create_stored_value()
    _create_gift_cards()


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=op.f(f"pk_{table}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _create_stored_value() -> None:
    accounts, entries = "stored_value_accounts", "stored_value_entries"
    op.create_table(
        accounts,
        _required("member_id", Id),
        _required("currency", Code),
        *[_required(name, Amount) for name in ("principal_minor", "bonus_minor", "frozen")],
        _primary(accounts, "member_id", "currency"),
        _check(accounts, "principal_not_negative", "principal_minor >= 0"),
        _check(accounts, "bonus_not_negative", "bonus_minor >= 0"),
        _check(accounts, "frozen_once", "frozen >= 0 AND frozen <= 1"),
        postgresql_with=ROOM,
    )
    op.create_table(
        entries,
        _required("member_id", Id),
        _required("currency", Code),
        _required("entry_id", Id),
        _required("reason", Code),
        *[_required(name, Amount) for name in ("principal_minor", "bonus_minor", "frozen")],
        _required("document_id", Id),
        _required("tender", Code),
        _required("reference", Name),
        _required("note", Name),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("business_date", sa.Date()),
        _required("posted_at", Instant),
        _primary(entries, "member_id", "posted_at", "entry_id"),
    )
    op.create_index("ix_stored_value_entries_document_id", entries, ["document_id"])


def _create_gift_cards() -> None:
    cards, entries = "gift_cards", "gift_card_entries"
    op.create_table(
        cards,
        sa.Column("card_id", Id, primary_key=True, autoincrement=False),
        _required("code_digest", Bytes),
        _required("pin_digest", Bytes),
        *[_required(name, Code) for name in ("hint", "batch", "currency")],
        *[_required(name, Amount) for name in ("face_minor", "balance_minor", "sold", "blocked", "wrong_pins")],
        _required("issued_at", Instant),
        sa.UniqueConstraint("code_digest", name=op.f("uq_gift_cards_code_digest")),
        _check(cards, "balance_not_negative", "balance_minor >= 0"),
        _check(cards, "sold_once", "sold >= 0 AND sold <= 1"),
        _check(cards, "blocked_once", "blocked >= 0 AND blocked <= 1"),
        postgresql_with=ROOM,
    )
    op.create_index("ix_gift_cards_batch", cards, ["batch", "card_id"])
    op.create_table(
        entries,
        _required("card_id", Id),
        _required("entry_id", Id),
        _required("reason", Code),
        *[_required(name, Amount) for name in ("amount_minor", "sold", "blocked")],
        _required("document_id", Id),
        _required("tender_number", Amount),
        _required("tender", Code),
        _required("reference", Name),
        _required("note", Name),
        _required("currency", Code),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("business_date", sa.Date()),
        _required("posted_at", Instant),
        _primary(entries, "card_id", "posted_at", "entry_id"),
    )
    op.create_index("ix_gift_card_entries_document_id", entries, ["document_id"])
