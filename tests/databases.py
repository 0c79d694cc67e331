"""Fixtures that give each test a migrated database of its own.

The first test that asks migrates a template, under a lock between the xdist workers; the others clone it. The
process that started pytest removes everything at the end.
"""

import fcntl
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests.postgres import Server, create_server
from tests.reuse import ReusedDatabases

SHARED = pytest.StashKey[Path]()
TEMPLATE = "template_liansuo"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLAlchemy URL of an empty, migrated database: the test runs on SQLite and again on PostgreSQL."""
    return str(request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]))


@pytest.fixture(scope="session")
def empty_file(request: pytest.FixtureRequest) -> Path:
    """An empty, migrated SQLite file to be copied."""
    shared = request.config.stash[SHARED]
    template = shared / "template.db"
    with _locked(shared / "sqlite.lock"):
        if not template.exists():
            unfinished = shared / f"{uuid4().hex}.db"
            _migrate(f"sqlite:///{unfinished}")
            with sqlite3.connect(unfinished) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            unfinished.rename(template)
    return template


@pytest.fixture
def sqlite_url(empty_file: Path, tmp_path: Path) -> str:
    """SQLAlchemy URL of an empty, migrated SQLite file."""
    shutil.copyfile(empty_file, tmp_path / "liansuo.db")
    return f"sqlite:///{tmp_path / 'liansuo.db'}"


@pytest.fixture(scope="session")
def empty_databases(request: pytest.FixtureRequest, postgres: Server) -> ReusedDatabases:
    with _locked(request.config.stash[SHARED] / "postgres.lock"):
        return ReusedDatabases(postgres, TEMPLATE)


@pytest.fixture
def postgres_url(postgres: Server, empty_databases: ReusedDatabases) -> Iterator[str]:
    """SQLAlchemy URL of an empty, migrated PostgreSQL database."""
    with empty_databases.database() as name:
        yield postgres.url(name)


@pytest.fixture
def new_postgres_url(postgres: Server, empty_databases: ReusedDatabases) -> Iterator[str]:
    """The same of one that no test has used before."""
    with empty_databases.database(new=True) as name:
        yield postgres.url(name)


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Server:
    """The server that all tests of this run share; it is fast and not durable (see `tests.postgres`)."""
    shared = request.config.stash[SHARED]
    with _locked(shared / "postgres.lock"):
        server = _started_server(shared)
        if server is None:
            server = create_server(durable=False, settings={})
            (shared / "postgres").write_text(f"{server.folder}\n{server.bindir}\n")
            server.start()
        if not (shared / "migrated").exists():
            # A template that could not be migrated is of no use to the next worker.
            if (shared / "template").exists():
                server.drop_database(TEMPLATE)
            (shared / "template").touch()
            _migrate(server.create_database(TEMPLATE))
            (shared / "migrated").touch()
    return server


def pytest_configure(config: pytest.Config) -> None:
    given = _worker_input(config).get("shared")
    config.stash[SHARED] = Path(given or tempfile.mkdtemp(prefix="liansuo-tests-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    node.workerinput["shared"] = str(node.config.stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    if _worker_input(config):
        return
    shared = config.stash[SHARED]
    server = _started_server(shared)
    if server is not None:
        server.remove()
    shutil.rmtree(shared)


def pytest_itemcollected(item: pytest.Item) -> None:
    if {"postgres", "postgres_url"} & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.postgres)


def _worker_input(config: pytest.Config) -> dict[str, str]:
    return getattr(config, "workerinput", {})


def _started_server(shared: Path) -> Server | None:
    note = shared / "postgres"
    if not note.exists():
        return None
    folder, bindir = note.read_text().splitlines()
    return Server(folder=Path(folder), bindir=Path(bindir))


def _migrate(url: str) -> None:
    try:
        from adapters.sql.migrations import migrate
    except ImportError as missing:
        raise RuntimeError(
            "tests need `migrate(url)` from adapters.sql.migrations, which cannot be imported"
        ) from missing
    migrate(url)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
