"""Leases of jobs: who runs which, until when, and what came of the last run.

Revision ID: 0023
Revises: 0022
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

# As the types were then: a migration does not change when the program does.
Amount = sa.BigInteger()
Code = sa.String(64)
Instant = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("name", Code, primary_key=True),
        _required("holder", Code),
        _required("lease_until", Instant),
        _required("started_at", Instant),
        sa.Column("finished_at", Instant),
        _required("result", sa.String(200)),
        _required("done", Amount),
        _required("due_at", Instant),
    )


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
