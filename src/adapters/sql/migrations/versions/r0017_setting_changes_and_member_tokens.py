"""Who has changed which setting when, and tokens of members.

Revision ID: 0017
Revises: 0016
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

# As the types were then: a migration does not change when the program does.
Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Code = sa.String(64)
Name = sa.String(200)
Bytes = sa.LargeBinary().with_variant(postgresql.BYTEA, "postgresql")
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "setting_changes",
        sa.Column("change_id", Id, primary_key=True, autoincrement=False),
        _required("name", Code),
        _required("scope_kind", Code),
        _required("scope_id", Id),
        _required("before", Name),
        _required("after", Name),
        _required("changed_at", Instant),
        _required("caller_id", Id),
        sa.Column("staff_id", Id),
    )
    op.create_index("ix_setting_changes_name", "setting_changes", ["name", "changed_at", "change_id"])
    op.create_table(
        "member_tokens",
        sa.Column("token_digest", Bytes, primary_key=True),
        _required("member_id", Id),
        _required("caller_id", Id),
        _required("issued_at", Instant),
        _required("expires_at", Instant),
    )
    op.create_index("ix_member_tokens_member_id", "member_tokens", ["member_id"])


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
