"""Birthdays are found by an index over digests, and the digest tells nobody a birthday."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from adapters.privacy.keys import Keys
from adapters.sql import birthdays
from adapters.sql.birthdays import birthday_digest
from adapters.sql.engine import open_engine

INDEXES = {"_UNMARKED": "ix_members_birthday_unmarked", "_COMING": "ix_members_birthday_digest"}


@pytest.mark.parametrize("name", INDEXES)
def test_members_whose_birthday_comes_are_found_by_an_index(name: str, furnished_file: Path):
    given = {"digests": [b"1", b"2"], "limit": 1, "after": 0, "year": 2026, "none_since": date(2026, 1, 1)}
    statement = getattr(birthdays, name).params(**given)
    compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    values = tuple(b"1" if "digests" in key else 1 for key in compiled.positiontup)
    engine = open_engine(f"sqlite:///{furnished_file}")
    with engine.connect() as connection:
        plan = " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", values))
    engine.dispose()
    assert f"INDEX {INDEXES[name]}" in plan
    # Of the table itself nothing is walked.
    assert "SCAN members USING INDEX" in plan or "SCAN members" not in plan


def test_a_digest_is_of_month_and_day_and_needs_the_key():
    one, other = Keys(bytes(32)), Keys(bytes(range(32)))
    assert birthday_digest(one, "1990-11-24") == birthday_digest(one, "2001-11-24")
    assert birthday_digest(one, "1990-11-24") != birthday_digest(one, "1990-11-25")
    assert birthday_digest(one, "1990-11-24") != birthday_digest(other, "1990-11-24")
    assert birthday_digest(one, "") is None
