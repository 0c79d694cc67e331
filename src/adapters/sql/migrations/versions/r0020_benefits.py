"""Benefits of tiers: cards of a type, birthdays by the day, launches, invitations, service cases, times cards.

Revision ID: 0020
Revises: 0016
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0016"

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


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
