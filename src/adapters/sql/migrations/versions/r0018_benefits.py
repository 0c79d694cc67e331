"""Benefits of tiers: cards of a type, birthdays by the day, launches, invitations, service cases, times cards.

Revision ID: 0018
Revises: 0017
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Document = sa.Text().with_variant(postgresql.JSONB, "postgresql")


def upgrade() -> None:
    op.add_column("member_cards", sa.Column("card_type", Code, nullable=False, server_default=""))
    for name in ("launch", "times_card"):
        op.add_column("products", sa.Column(name, Document, nullable=False, server_default="{}"))
    _find_birthdays()
    _invite()
    _keep_cases()
    _keep_times_cards()


def _keep_times_cards() -> None:
    cards = "times_cards"
    op.create_table(
        cards,
        sa.Column("card_id", Id, primary_key=True, autoincrement=False),
        *[_required(name, Id) for name in ("member_id", "sku_id", "sale_id")],
        _required("line_number", Amount),
        _required("currency", Code),
        _required("store_id", Id),
        *[_required(name, Amount) for name in ("uses_total", "uses_left", "value_left_minor")],
        sa.Column("expires_on", sa.Date()),
        _required("sold_at", Instant),
        sa.UniqueConstraint("sale_id", "line_number", name=op.f("uq_times_cards_sale_id_line_number")),
        sa.CheckConstraint("uses_left >= 0 AND uses_left <= uses_total", name=op.f("ck_times_cards_uses_within_total")),
        sa.CheckConstraint("uses_left > 0 OR value_left_minor = 0", name=op.f("ck_times_cards_no_value_without_uses")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("ix_times_cards_member_id", cards, ["member_id", "card_id"])
    _index(cards, "ix_times_cards_usable", ["member_id", "sku_id"], "uses_left > 0")
    _index(cards, "ix_times_cards_expires_on", ["expires_on", "card_id"], "uses_left > 0")
    op.create_table(
        "times_card_entries",
        *[_required(name, Id) for name in ("card_id", "entry_id")],
        _required("reason", Code),
        *[_required(name, Amount) for name in ("uses", "value_minor")],
        _required("document_id", Id),
        _required("currency", Code),
        *[_required(name, Id) for name in ("store_id", "caller_id")],
        sa.Column("staff_id", Id),
        _required("business_date", sa.Date()),
        _required("posted_at", Instant),
        sa.PrimaryKeyConstraint("card_id", "entry_id", name=op.f("pk_times_card_entries")),
    )


def _keep_cases() -> None:
    op.create_table(
        "service_cases",
        sa.Column("case_id", Id, primary_key=True, autoincrement=False),
        _required("member_id", Id),
        _required("tier", Code),
        sa.Column("store_id", Id),
        _required("subject_cipher", Bytes),
        _required("priority", Amount),
        _required("state", Code),
        _required("entries", Amount),
        _required("opened_at", Instant),
        _required("due_at", Instant),
        sa.Column("first_answered_at", Instant),
        sa.Column("closed_at", Instant),
    )
    _index("service_cases", "ix_service_cases_due_at", ["due_at", "case_id"], "closed_at IS NULL")
    op.create_index("ix_service_cases_member_id", "service_cases", ["member_id", "due_at", "case_id"])
    op.create_table(
        "case_entries",
        _required("case_id", Id),
        _required("number", Amount),
        _required("kind", Code),
        _required("text_cipher", Bytes),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("at", Instant),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_case_entries")),
    )


def _invite() -> None:
    _index("members", "ix_members_tier", ["tier", "member_id"], "tier != ''")
    op.drop_index("ix_members_tier_without_end", "members")
    _index(
        "members",
        "ix_members_tier_without_end",
        ["tier", "tier_until", "member_id"],
        "tier_until IS NULL AND tier != ''",
    )
    op.create_table(
        "event_invitations",
        _required("event_id", Id),
        _required("member_id", Id),
        _required("answer", Code),
        _required("invited_at", Instant),
        sa.Column("answered_at", Instant),
        sa.PrimaryKeyConstraint("event_id", "member_id", name=op.f("pk_event_invitations")),
    )
    op.create_index(
        "ix_event_invitations_answer", "event_invitations", ["event_id", "answer", "answered_at", "member_id"]
    )


def _find_birthdays() -> None:
    """Digests of the birthdays of before are made by the first run, which holds the key."""
    op.add_column("members", sa.Column("birthday_digest", Bytes))
    _index("members", "ix_members_birthday_digest", ["birthday_digest", "member_id"], "birthday_digest IS NOT NULL")
    unmarked = "birthday_digest IS NULL AND birthday_cipher IS NOT NULL"
    _index("members", "ix_members_birthday_unmarked", ["member_id"], unmarked)
    op.create_table(
        "birthday_coupons",
        _required("member_id", Id),
        _required("year", Amount),
        _required("coupon_id", Id),
        _required("issued_on", sa.Date()),
        _required("issued_at", Instant),
        sa.PrimaryKeyConstraint("member_id", "year", name=op.f("pk_birthday_coupons")),
        sa.UniqueConstraint("coupon_id", name=op.f("uq_birthday_coupons_coupon_id")),
    )


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _index(table: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
