"""Stores settle what they owe each other; members buy on account.

Revision ID: 0021
Revises: 0020
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "settlements",
        sa.Column("settlement_id", Id, primary_key=True, autoincrement=False),
        _required("from_date", sa.Date()),
        _required("to_date", sa.Date()),
        _required("movements", Amount),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("settled_at", Instant),
        sa.UniqueConstraint("to_date", name=op.f("uq_settlements_to_date")),
    )
    _create_movements()
    _create_pairs()
    _create_paid_in()
    _create_credit()
    _index("points_entries", "ix_points_entries_paying", "reason IN ('redeemed', 'redeem_reversed')")
    _index("gift_card_entries", "ix_gift_card_entries_paying", "reason IN ('spent', 'spend_reversed')")
    op.create_index("ix_stored_value_entries_posted_at", "stored_value_entries", ["posted_at"])


def _create_movements() -> None:
    op.create_table(
        "settlement_movements",
        _required("kind", Code),
        _required("entry_id", Id),
        _required("issuer_id", Id),
        _required("settlement_id", Id),
        _required("document_id", Id),
        _required("redeemer_id", Id),
        _required("currency", Code),
        *[_required(name, Amount) for name in ("amount_minor", "liability_minor", "bonus_minor")],
        sa.PrimaryKeyConstraint("kind", "entry_id", "issuer_id", name=op.f("pk_settlement_movements")),
    )
    op.create_index("ix_settlement_movements_document_id", "settlement_movements", ["document_id"])


def _create_pairs() -> None:
    op.create_table(
        "settlement_pairs",
        _required("settlement_id", Id),
        _required("currency", Code),
        _required("debtor_id", Id),
        _required("creditor_id", Id),
        _required("basis", Code),
        *[_required(f"{name}_minor", Amount) for name in ("points", "stored_value", "gift_card", "net")],
        sa.PrimaryKeyConstraint(
            "settlement_id", "currency", "debtor_id", "creditor_id", name=op.f("pk_settlement_pairs")
        ),
        sa.CheckConstraint("net_minor >= 0", name=op.f("ck_settlement_pairs_owed_by_the_debtor")),
    )
    amounts = ("net", "points", "promotion", "principal", "bonus", "marketing", "gift_card")
    op.create_table(
        "settlement_documents",
        sa.Column("document_id", Id, primary_key=True, autoincrement=False),
        _required("settlement_id", Id),
        _required("store_id", Id),
        _required("business_date", sa.Date()),
        _required("currency", Code),
        *[_required(f"{name}_minor", Amount) for name in amounts],
    )


def _create_paid_in() -> None:
    op.create_table(
        "stored_value_paid_in",
        _required("entry_id", Id),
        _required("store_id", Id),
        _required("member_id", Id),
        _required("currency", Code),
        _required("paid_at", Instant),
        _required("principal_minor", Amount),
        _required("bonus_minor", Amount),
        sa.PrimaryKeyConstraint("entry_id", "store_id", name=op.f("pk_stored_value_paid_in")),
        sa.CheckConstraint(
            "principal_minor >= 0 AND bonus_minor >= 0", name=op.f("ck_stored_value_paid_in_not_negative")
        ),
    )
    left = sa.text("principal_minor > 0 OR bonus_minor > 0")
    op.create_index(
        "ix_stored_value_paid_in_left",
        "stored_value_paid_in",
        ["member_id"],
        sqlite_where=left,
        postgresql_where=left,
    )


def _create_credit() -> None:
    op.create_table(
        "credit_accounts",
        _required("member_id", Id),
        _required("currency", Code),
        _required("limit_minor", Amount),
        _required("owed_minor", Amount),
        sa.PrimaryKeyConstraint("member_id", "currency", name=op.f("pk_credit_accounts")),
        sa.CheckConstraint("limit_minor >= 0", name=op.f("ck_credit_accounts_limit_not_negative")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "credit_entries",
        _required("member_id", Id),
        _required("currency", Code),
        _required("entry_id", Id),
        _required("reason", Code),
        *[_required(f"{name}_minor", Amount) for name in ("owed", "limit", "beyond")],
        _required("document_id", Id),
        _required("tender", Code),
        _required("reference", Name),
        _required("note", Name),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("business_date", sa.Date()),
        _required("posted_at", Instant),
        sa.PrimaryKeyConstraint("member_id", "posted_at", "entry_id", name=op.f("pk_credit_entries")),
    )
    op.create_index("ix_credit_entries_document_id", "credit_entries", ["document_id"])


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _index(table: str, name: str, where: str) -> None:
    op.create_index(name, table, ["posted_at"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
