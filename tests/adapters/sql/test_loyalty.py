"""An expiry run finds what expires by an index of its own: what was spent or is still valid costs it nothing."""

from datetime import date
from typing import Any

from sqlalchemy import event, insert

from adapters.sql.tables.loyalty import points_lots
from adapters.sql.unit_of_work import SqlUnits
from tests.adapters.sql.conftest import NOW, writing

LOTS = 3_000


def test_a_run_reads_what_expires_by_index(units: SqlUnits):
    rows = [
        {
            "lot_id": n, "member_id": n, "sale_id": n, "earned_on": date(2026, 1, 1), "value_minor": 0,
            "points": int(n % 2 == 0), "expires_on": date(2027 + n % 3, 1, 1),
        }
        for n in range(LOTS)
    ]  # fmt: skip
    with units.engine.begin() as connection:
        connection.execute(insert(points_lots), rows)
        if units.engine.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE points_lots")
    asked: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with writing(units) as uow:
        event.listen(units.engine, "before_cursor_execute", listen)
        found = uow.points.lock_expired(by=date(2026, 12, 31), at=NOW, start=(date(2026, 1, 1), 0), limit=10)
        event.remove(units.engine, "before_cursor_execute", listen)
    assert (found.lots, found.next) == ([], None)
    explain = "EXPLAIN QUERY PLAN" if units.engine.dialect.name == "sqlite" else "EXPLAIN"
    with units.engine.connect() as connection:
        plan = str(connection.exec_driver_sql(f"{explain} {asked[0][0]}", asked[0][1]).all())
    assert "ix_points_lots_expiring" in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
