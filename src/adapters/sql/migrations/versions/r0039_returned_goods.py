"""Reasons and conditions of goods that come back, and goods that are set aside.

Revision ID: 0039
Revises: 0038
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

# As the types were then: a migration does not change when the program does.
ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
AMOUNT = sa.BigInteger()
CODE = sa.String(64)
NAME = sa.String(200)
INSTANT = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# What every chain starts with.
REASONS = (
    ("changed_mind", "Changed their mind", "顾客改变主意"),
    ("damaged", "Damaged", "破损"),
    ("expired", "Expired or close to it", "过期或临期"),
    ("faulty", "Faulty", "质量问题"),
    ("not_as_described", "Not as described", "与描述不符"),
    ("other", "Another reason", "其他"),
    ("recall", "Called back", "召回"),
    ("wrong_item", "Wrong goods", "错发或错拿"),
    ("wrong_size", "Does not fit", "尺码不合适"),
)


def upgrade() -> None:
    reasons = op.create_table(
        "return_reasons",
        sa.Column("code", CODE, primary_key=True),
        _required("name_en", NAME),
        _required("name_zh", NAME),
        _required("retired", sa.Boolean()),
    )
    rows = [{"code": code, "name_en": en, "name_zh": zh, "retired": False} for code, en, zh in REASONS]
    op.bulk_insert(reasons, rows)
    op.create_table(
        "returned_lines",
        _required("sale_id", ID),
        _required("line_number", sa.Integer()),
        _required("store_id", ID),
        _required("business_date", sa.Date()),
        _required("sku_id", ID),
        _required("reason_code", CODE),
        sa.Column("condition", CODE),
        *[_required(name, AMOUNT) for name in ("quantity_milli", "total_minor", "cost_minor")],
        sa.PrimaryKeyConstraint("sale_id", "line_number", name=op.f("pk_returned_lines")),
    )
    op.create_index("ix_returned_lines_store_id", "returned_lines", ["store_id", "business_date"])
    _set_aside()


def _set_aside() -> None:
    op.create_table(
        "set_aside_levels",
        _required("location_id", ID),
        _required("sku_id", ID),
        _required("status", CODE),
        _required("quantity_milli", AMOUNT),
        _required("value_minor", AMOUNT),
        sa.PrimaryKeyConstraint("location_id", "sku_id", "status", name=op.f("pk_set_aside_levels")),
        sa.CheckConstraint(
            "quantity_milli >= 0 AND value_minor >= 0", name=op.f("ck_set_aside_levels_no_less_than_nothing")
        ),
    )
    op.create_table(
        "set_aside_entries",
        _required("location_id", ID),
        _required("sku_id", ID),
        _required("entry_id", ID),
        _required("status", CODE),
        _required("quantity_milli", AMOUNT),
        _required("value_minor", AMOUNT),
        _required("reason", CODE),
        _required("document_id", ID),
        _required("line_number", sa.Integer()),
        _required("business_date", sa.Date()),
        _required("posted_at", INSTANT),
        sa.PrimaryKeyConstraint("location_id", "sku_id", "entry_id", name=op.f("pk_set_aside_entries")),
    )


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
