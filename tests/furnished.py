"""A furnished chain for every test: made once per engine and process, cloned for each test."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.databases import TEMPLATE
from tests.postgres import Server
from tests.reuse import KEPT, ReusedDatabases
from tests.world import World, opened


@pytest.fixture(scope="session")
def furnished_file(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("furnished") / "chain.db"
    shutil.copyfile(empty_file, file)
    with opened(f"sqlite:///{file}"):
        pass
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


@pytest.fixture(scope="session")
def furnished_databases(postgres: Server) -> ReusedDatabases:
    name = f"furnished_{uuid4().hex}"
    url = postgres.create_database(name, template=TEMPLATE)
    with postgres.connect(name) as connection:
        # What the template began with is not what this one begins with.
        connection.execute(f"DROP SCHEMA IF EXISTS {KEPT} CASCADE")
    with opened(url):
        pass
    return ReusedDatabases(postgres, name)


@pytest.fixture
def sqlite_chain(furnished_file: Path, tmp_path: Path) -> str:
    shutil.copyfile(furnished_file, tmp_path / "chain.db")
    return f"sqlite:///{tmp_path / 'chain.db'}"


@pytest.fixture
def postgresql_chain(postgres: Server, furnished_databases: ReusedDatabases) -> Iterator[str]:
    with furnished_databases.database() as name:
        yield postgres.url(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def furnished_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of a furnished chain; open it with `opened(url, furnished=True)`."""
    return str(request.getfixturevalue(f"{request.param}_chain"))


@pytest.fixture
def world(furnished_url: str) -> Iterator[World]:
    with opened(furnished_url, furnished=True) as made:
        yield made
        # Whatever a test did, the books agree with the ledgers at its end.
        assert made.broken() == []
