"""Which errors mean that trying again is right, and which that nobody knows."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapters.sql import sqlite
from adapters.sql.levels import lock
from adapters.sql.tables import identity, inventory, kernel
from adapters.sql.tables import sales as tables
from adapters.sql.unit_of_work import SqlUnits
from application.ports.kernel import CommitUnknown, Contention, StorageFull
from tests.adapters.sql.conftest import count, open_units, reading, stored, writing
from tests.adapters.sql.samples import STORE, movement, put_levels, sale


def test_the_same_sale_twice_is_a_bug_not_contention(units: SqlUnits):
    for expected in (0, 1):
        if expected:
            with pytest.raises(Exception, match=r"(?i)unique"), writing(units) as uow:
                uow.add(sale(2, request_id=sale(1).request_id))
                uow.commit()
        else:
            with writing(units) as uow:
                uow.add(sale(1))
                uow.commit()
    assert count(units, tables.sales) == 1


def test_a_violated_constraint_of_a_statement_stays_what_it_is(units: SqlUnits):
    region = {"region_id": 1, "code": "EAST", "name": ""}
    with pytest.raises(IntegrityError), writing(units) as uow:
        uow.execute(insert(identity.regions), region)
        uow.execute(insert(identity.regions), region)


def test_levels_locked_in_any_order_never_deadlock(units: SqlUnits):
    keys = [(STORE, sku_id) for sku_id in range(1, 21)]
    put_levels(units, *keys)

    def sell(number: int) -> None:
        with writing(units) as uow:
            lock(uow, keys if number % 2 else keys[::-1])
            uow.add(*[movement(number * 100 + sku_id, -1, 0, sku_id=sku_id) for _, sku_id in keys])
            uow.commit()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(sell, range(40)))
    assert {row[2] for row in stored(units, inventory.stock_levels)} == {-40}


def test_a_deadlock_is_contention_for_one_and_nothing_for_the_other(postgres_units: SqlUnits):
    put_levels(postgres_units, (STORE, 1), (STORE, 2))
    both = Barrier(2)

    def cross(first: int, second: int) -> str:
        try:
            with writing(postgres_units) as uow:
                lock(uow, [(STORE, first)])
                both.wait()
                lock(uow, [(STORE, second)])
                return "went through"
        except Contention:
            return "contention"

    with ThreadPoolExecutor(2) as threads:
        outcomes = [threads.submit(cross, 1, 2), threads.submit(cross, 2, 1)]
        assert sorted(outcome.result() for outcome in outcomes) == ["contention", "went through"]


def test_a_lock_that_does_not_come_is_contention(postgres_units: SqlUnits):
    put_levels(postgres_units, (STORE, 1))
    with writing(postgres_units) as holder:
        lock(holder, [(STORE, 1)])
        with pytest.raises(Contention), writing(postgres_units) as uow:
            uow.execute(text("SET LOCAL lock_timeout = '50ms'"))
            lock(uow, [(STORE, 1)])


def test_another_process_that_writes_is_contention(sqlite_url: str, sqlite_units: SqlUnits):
    with writing(sqlite_units) as uow:
        uow.execute(text("PRAGMA busy_timeout = 20"))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Contention), writing(sqlite_units):
        pass
    other.execute("ROLLBACK")
    other.close()
    with writing(sqlite_units) as uow:
        uow.add(sale())
        uow.commit()


def test_a_thread_whose_turn_does_not_come_is_contention(sqlite_units: SqlUnits, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sqlite, "TURN_SECONDS_MAX", 0.02)
    refused: list[type] = []

    def late() -> None:
        try:
            with writing(sqlite_units):
                pass
        except Contention as error:
            refused.append(type(error))

    with writing(sqlite_units):
        thread = Thread(target=late)
        thread.start()
        thread.join()
    assert refused == [Contention]


def test_a_connection_lost_before_commit_is_contention_and_the_next_one_works(postgres_units: SqlUnits):
    with pytest.raises(Contention), writing(postgres_units) as uow:
        uow.add(sale())
        uow.flush()
        _terminate_others(postgres_units)
        lock(uow, [(STORE, 1)])
    assert count(postgres_units, tables.sales) == 0


def test_a_connection_lost_under_a_statement_is_contention(postgres_units: SqlUnits):
    with pytest.raises(Contention), writing(postgres_units) as uow:
        uow.execute(select(kernel.versions))
        _terminate_others(postgres_units)
        uow.execute(select(kernel.versions))
    with reading(postgres_units) as uow:
        assert uow.execute(text("SELECT 1")).scalar_one() == 1


def test_connections_lost_while_idle_cost_one_attempt_together(postgres_units: SqlUnits):
    with reading(postgres_units), reading(postgres_units), reading(postgres_units):
        pass
    _terminate_others(postgres_units)
    with pytest.raises(Contention), writing(postgres_units) as uow:
        lock(uow, [(STORE, 1)])
    with writing(postgres_units) as uow:
        lock(uow, [(STORE, 1)])


@pytest.mark.parametrize("flushed", [True, False])
def test_nobody_knows_what_became_of_a_commit_when_the_connection_broke(postgres_units: SqlUnits, flushed: bool):
    with pytest.raises(CommitUnknown), writing(postgres_units) as uow:
        uow.add(sale())
        if flushed:
            uow.flush()
        else:
            uow.execute(select(kernel.versions))
        _terminate_others(postgres_units)
        uow.commit()
    with writing(postgres_units) as uow:
        uow.add(sale())
        uow.commit()
    assert count(postgres_units, tables.sales) == 1


def test_a_database_that_is_not_there_is_contention(postgres_url: str):
    units = open_units(postgres_url.replace("/test_", "/absent_"))
    with pytest.raises(Contention), writing(units):
        pass
    units.close()


def test_a_commit_after_a_failed_statement_is_not_taken_for_one(postgres_units: SqlUnits):
    with pytest.raises(Exception, match="nothing was committed"), writing(postgres_units) as uow:
        with pytest.raises(DBAPIError):
            uow.execute(text("SELECT 1 / 0"))
        uow.commit()


def test_readers_see_one_state_while_others_write(units: SqlUnits):
    with reading(units) as before:
        assert before.execute(select(tables.sales)).all() == []
        with writing(units) as uow:
            uow.add(sale())
            uow.commit()
        assert before.execute(select(tables.sales)).all() == []
    assert count(units, tables.sales) == 1


def _terminate_others(units: SqlUnits) -> None:
    """Ends every connection to the database but the one that asks."""
    other = open_units(units.engine.url.render_as_string(hide_password=False))
    with reading(other) as uow:
        uow.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.close()


def test_a_full_disk_loses_what_is_written_and_nothing_else(sqlite_units: SqlUnits):
    with writing(sqlite_units) as uow:
        uow.add(sale(1))
        uow.commit()
    pages = "PRAGMA max_page_count = {}"
    with writing(sqlite_units) as uow:
        uow.execute(text(pages.format(1)))  # SQLite takes the pages in use for the least
        with pytest.raises(StorageFull):
            for sale_id in range(2, 2_000):
                uow.add(sale(sale_id))
            uow.commit()
    assert count(sqlite_units, tables.sales) == 1
    with writing(sqlite_units) as uow:
        uow.execute(text(pages.format(2**30)))
        uow.add(sale(2))
        uow.commit()
    assert count(sqlite_units, tables.sales) == 2


@pytest.mark.parametrize("code", ["53100", "53200"])
def test_a_server_without_room_is_told_apart(postgres_units: SqlUnits, code: str):
    with pytest.raises(StorageFull), writing(postgres_units) as uow:
        uow.add(sale(1))
        uow.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '{code}'; END $$"))
    assert count(postgres_units, tables.sales) == 0
