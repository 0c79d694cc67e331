"""Data keys of members, which files were erased, and what members consent to.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Amount = sa.BigInteger()
Code = sa.String(64)
Name = sa.String(200)
Key = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    # Keys of members who are here are made by `liansuo keys reseal`: a migration has none.
    op.create_table(
        "member_data_keys",
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        sa.Column("wrapping_version", sa.Integer, nullable=False),
        sa.Column("wrapped_key", Bytes, nullable=False),
    )
    op.create_index("ix_member_data_keys_wrapping_version", "member_data_keys", ["wrapping_version", "member_id"])
    op.add_column("members", sa.Column("erased_at", Instant))
    op.create_table(
        "member_erasures",
        sa.Column("member_id", Id, primary_key=True, autoincrement=False),
        sa.Column("points", Amount, nullable=False),
        sa.Column("coupons", Amount, nullable=False),
        sa.Column("reason", Name, nullable=False),
        sa.Column("caller_id", Id, nullable=False),
        sa.Column("staff_id", Id),
        sa.Column("request_id", Key, nullable=False),
        sa.Column("erased_at", Instant, nullable=False),
    )
    op.create_table(
        "consents",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("purpose", Code, nullable=False),
        sa.Column("number", Amount, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "purpose"),
    )
    op.create_table(
        "consent_entries",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("purpose", Code, nullable=False),
        sa.Column("number", Amount, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("text_version", Amount, nullable=False),
        sa.Column("channel", Code, nullable=False),
        sa.Column("evidence", Name, nullable=False),
        sa.Column("by_guardian", sa.Boolean, nullable=False),
        sa.Column("by_member", sa.Boolean, nullable=False),
        sa.Column("merge_id", Id, nullable=False),
        sa.Column("caller_id", Id, nullable=False),
        sa.Column("staff_id", Id),
        sa.Column("decided_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "purpose", "number"),
        sa.CheckConstraint("number >= 1", name=op.f("ck_consent_entries_numbered_from_one")),
    )
    op.create_index("ix_consent_entries_member_id", "consent_entries", ["member_id", "decided_at", "purpose", "number"])
