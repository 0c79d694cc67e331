"""Members are merged: where a file leads, what a merge brought, by what duplicates are found, counts net of merges.

Revision ID: 0022
Revises: 0021
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
Document = sa.Text().with_variant(postgresql.JSONB, "postgresql")


def upgrade() -> None:
    op.add_column("members", sa.Column("merged_into", Id))
    _index("members", "ix_members_merged_into", ["merged_into"], "merged_into IS NOT NULL")
    # Digests of members who are here are made by `liansuo member duplicates`: a migration has no keys.
    for name in ("email_digest", "person_digest"):
        op.add_column("members", sa.Column(name, Bytes))
        _index("members", f"ix_members_{name}", [name, "member_id"], f"{name} IS NOT NULL")
    op.drop_index("ix_members_registered_on_store_id", "members")
    op.create_index(
        "ix_members_registered_on_store_id",
        "members",
        ["registered_on", "store_id", "source", "channel", "campaign_code", "merged_into"],
    )
    op.create_table(
        "member_merges",
        sa.Column("merge_id", Id, primary_key=True, autoincrement=False),
        _required("survivor_id", Id),
        _required("merged_id", Id),
        _required("points", Amount),
        _required("visits", Amount),
        _required("merged_tier", Code),
        _required("tier_number", Amount),
        _required("filled", Document),
        _required("reason", Name),
        _required("store_id", Id),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
        _required("request_id", Key),
        _required("merged_at", Instant),
        sa.Column("undone_at", Instant),
        sa.Column("undo_id", Id),
        sa.Column("undone_request_id", Key),
        _required("undone_reason", Name),
        _required("undone_by_caller_id", Id),
        sa.Column("undone_by_staff_id", Id),
    )
    op.create_index("ix_member_merges_survivor_id", "member_merges", ["survivor_id", "merged_at", "merge_id"])
    _index("member_merges", "uq_member_merges_merged_id", ["merged_id"], "undone_at IS NULL", unique=True)
    op.create_table(
        "member_merge_keys",
        sa.Column("merge_id", Id, nullable=False),
        sa.Column("key_digest", Bytes, nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "key_digest", name=op.f("pk_member_merge_keys")),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["member_merges.merge_id"], name=op.f("fk_member_merge_keys_merge_id_member_merges")
        ),
    )


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _index(table: str, name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
