"""Units of work on an empty, migrated database, on both engines."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from adapters.privacy.keys import Keys
from adapters.sql.engine import open_engine
from adapters.sql.unit_of_work import SqlUnitOfWork, SqlUnits
from domain.identity.organisation import SYSTEM

KEYS = Keys(bytes(range(32)))
NOW = datetime(2026, 11, 22, 4, 5, 6, 789_012, tzinfo=UTC)

Count = Callable[[Table], int]


@pytest.fixture
def units(database_url: str) -> Iterator[SqlUnits]:
    opened = open_units(database_url)
    yield opened
    opened.close()


@pytest.fixture
def postgres_units(postgres_url: str) -> Iterator[SqlUnits]:
    opened = open_units(postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def new_postgres_units(new_postgres_url: str) -> Iterator[SqlUnits]:
    opened = open_units(new_postgres_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_units(sqlite_url: str) -> Iterator[SqlUnits]:
    opened = open_units(sqlite_url)
    yield opened
    opened.close()


def open_units(url: str) -> SqlUnits:
    return SqlUnits(open_engine(url), KEYS)


def writing(units: SqlUnits) -> AbstractContextManager[SqlUnitOfWork]:
    return units.begin(caller=SYSTEM, now=NOW)


def reading(units: SqlUnits) -> AbstractContextManager[SqlUnitOfWork]:
    return units.read(caller=SYSTEM, now=NOW)


def stored(units: SqlUnits, table: Table) -> list[tuple[Any, ...]]:
    """All rows of a table, by its primary key."""
    with reading(units) as uow:
        return [tuple(row) for row in uow.execute(select(table).order_by(*table.primary_key.columns))]


def count(units: SqlUnits, table: Table) -> int:
    with reading(units) as uow:
        return int(uow.execute(select(func.count()).select_from(table)).scalar_one())
