"""A furnished chain, its server and its terminals, shared by the tests of one file on each engine."""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from tests import kept
from tests.databases import TEMPLATE
from tests.postgres import Server as PostgresServer
from tests.stress.chain import ADMIN, TERMINALS, Chain, furnished, reopened
from tests.stress.client import Terminal
from tests.stress.server import Server
from tests.world import MASTER_KEY

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
POSTGRES_WORKERS = 2


@pytest.fixture(scope="session")
def sqlite_original(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A furnished file to be copied, and the credentials in it."""
    file = shutil.copyfile(empty_file, tmp_path_factory.mktemp("original") / "liansuo.db")
    credentials = _furnished(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file, credentials


@pytest.fixture(scope="session")
def postgresql_original(postgres: PostgresServer) -> tuple[str, dict[str, str]]:
    """The name of a furnished database to be copied, and the credentials in it."""
    name = f"original_{uuid4().hex}"
    return name, _furnished(postgres.create_database(name, template=TEMPLATE))


@pytest.fixture(scope="module", params=ENGINES)
def chain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """The chain on SQLite and again on PostgreSQL."""
    original, credentials = request.getfixturevalue(f"{request.param}_original")
    with ExitStack() as cleaning:
        if request.param == "sqlite":
            file = shutil.copyfile(original, tmp_path_factory.mktemp("chain") / "liansuo.db")
            url = f"sqlite:///{file}"
        else:
            postgres = request.getfixturevalue("postgres")
            name = f"stress_{uuid4().hex}"
            url = postgres.create_database(name, template=original)
            cleaning.callback(postgres.drop_database, name)
            cleaning.callback(kept.forget, url)
        made = reopened(url, credentials)
        cleaning.callback(made.close)
        yield made


def _furnished(url: str) -> dict[str, str]:
    made = furnished(url)
    made.close()
    return made.credentials


@pytest.fixture(scope="module")
def server(chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of the chain: one process on SQLite, two on PostgreSQL."""
    with running(server_for(chain, tmp_path_factory.mktemp("server") / "log")) as started:
        yield started


@pytest.fixture(scope="module")
def tills(chain: Chain, server: Server) -> Iterator[list[Terminal]]:
    """The 50 terminals of store S1."""
    with opened(server, [chain.credentials[f"S1-{n:02d}"] for n in range(1, TERMINALS["S1"] + 1)]) as terminals:
        yield terminals


@pytest.fixture(scope="module")
def tills_elsewhere(chain: Chain, server: Server) -> Iterator[list[Terminal]]:
    """The 25 terminals of store S2."""
    with opened(server, [chain.credentials[f"S2-{n:02d}"] for n in range(1, TERMINALS["S2"] + 1)]) as terminals:
        yield terminals


@pytest.fixture(scope="module")
def offices(chain: Chain, server: Server) -> Iterator[list[Terminal]]:
    """The administrator of the chain on ten connections, which reach every worker process."""
    with opened(server, [chain.credentials[ADMIN]] * 10) as terminals:
        yield terminals


@pytest.fixture
def proven(chain: Chain) -> Iterator[None]:
    """Every invariant holds when the test has ended."""
    yield
    assert chain.broken() == []


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server with all its workers, ended afterwards whatever happens."""
    try:
        server.start()
        server.await_all_workers()
        yield server
    finally:
        server.close()


@contextmanager
def opened(server: Server, credentials: Iterable[str]) -> Iterator[list[Terminal]]:
    """A terminal for each credential, with a connection of its own."""
    terminals = [Terminal(server.address, credential) for credential in credentials]
    yield terminals
    for terminal in terminals:
        terminal.close()


def server_for(chain: Chain, log: Path) -> Server:
    """A server of the chain that has not been started."""
    workers = POSTGRES_WORKERS if chain.url.startswith("postgresql") else 1
    return Server(chain.url, master_key=MASTER_KEY, log=log, workers=workers)
