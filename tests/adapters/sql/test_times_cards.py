"""Times cards are found by indexes that leave out what is used up, however many a member has had."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from adapters.sql import times_cards
from adapters.sql.engine import open_engine

INDEXES = {
    "_OF_MEMBER": "ix_times_cards_usable",
    "_OF_SALE": "sqlite_autoindex_times_cards",
    "_EXPIRED": "ix_times_cards_expires_on",
    "_LISTED": "ix_times_cards_member_id",
}


@pytest.mark.parametrize("name", INDEXES)
def test_cards_are_found_by_an_index(name: str, furnished_file: Path):
    statement = getattr(times_cards, name).compile(dialect=sqlite.dialect())
    values = tuple(date(2026, 1, 1).isoformat() if key == "on" else 1 for key in statement.positiontup)
    engine = open_engine(f"sqlite:///{furnished_file}")
    with engine.connect() as connection:
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))
    engine.dispose()
    assert f"INDEX {INDEXES[name]}" in plan
    assert "SCAN times_cards" not in plan
