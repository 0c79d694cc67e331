"""The tickets of a member are found by an index, however many there are in the draw."""

import sqlite3
from typing import Any

import pytest
from sqlalchemy.dialects import sqlite

from adapters.sql import draws


@pytest.mark.parametrize(
    ("statement", "index"),
    [(draws._NEXT_TICKET, "ix_draw_tickets_unused"), (draws._CLAIMED, "uq_draw_tickets_document")],
)
def test_a_plan_that_is_kept_uses_the_index_of_some_rows(sqlite_url: str, statement: Any, index: str):
    sql = str(statement.compile(dialect=sqlite.dialect()))
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    # Whatever the parameters are: an index that depended on one would not be found with another.
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [1] * sql.count("?")).fetchall()
    connection.close()
    assert index in plan[0][3]
