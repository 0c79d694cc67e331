"""What tiers are decided by is found by indexes, however long the history is."""

import json
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from adapters.sql import tiers
from adapters.sql.engine import open_engine

INDEXES = {
    "_FIGURES": "ix_sales_member_id",
    "_CHECK_INS": "ix_event_entries_member_id",
    "_SOLD": "ix_sales_business_date",
    "_WITHOUT_END": "ix_members_tier_without_end",
    "_FIRST_DUE": "ix_members_tier_until",
    "_DUE": "ix_members_tier_until",
}


@pytest.mark.parametrize("name", INDEXES)
def test_what_decides_about_tiers_is_found_by_an_index(name: str, furnished_file: Path):
    statement = getattr(tiers, name).compile(dialect=sqlite.dialect())
    values = tuple(json.dumps([1]) if key in ("member_ids", "codes") else 1 for key in statement.positiontup)
    engine = open_engine(f"sqlite:///{furnished_file}")
    with engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    engine.dispose()
    assert plan[0].startswith("SEARCH")
    assert f"INDEX {INDEXES[name]} (" in plan[0]
