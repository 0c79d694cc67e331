"""`liansuo serve` and `liansuo migrate`."""

import multiprocessing
from typing import Annotated

import typer
from sqlalchemy import make_url

from entrypoints.cli.database import DatabaseOption, embedded_path, migrated, require_database, settings_of
from entrypoints.cli.output import notes
from entrypoints.cli.problems import Problem
from entrypoints.settings import Settings


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on; default: LIANSUO_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes a free one; default: LIANSUO_PORT.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=64, help="Processes; default: 1 on SQLite, 2 on PostgreSQL.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Run the server until Ctrl-C or SIGTERM, then let it finish what it has begun.

    TLS, limits, metrics and traces are set by the environment: LIANSUO_TLS_CERTIFICATE, LIANSUO_METRICS_PORT, …
    """
    from entrypoints.serve import serve as serve_until_stopped

    given: dict[str, object] = {"host": host, "port": port, "workers": workers}
    settings = settings_of(database).model_copy(update={name: v for name, v in given.items() if v is not None})
    _make_missing(settings)
    raise typer.Exit(serve_until_stopped(settings, started=lambda address: _announce(address, settings)))


def _make_missing(settings: Settings) -> None:
    """An embedded database is made when it is missing, so that `liansuo serve` is all that it takes to start."""
    url = settings.database_url.get_secret_value()
    path = embedded_path(url)
    if path is None or path.exists():
        return
    if settings.production:
        require_database(settings)
    # In a process of its own: the supervisor opens no database that its workers could inherit.
    making = multiprocessing.get_context("spawn").Process(target=migrated, args=(url,))
    making.start()
    making.join()
    if making.exitcode:
        raise Problem(f"The database {path} could not be made.", advice="Run `liansuo migrate`, which says why.")
    notes.print(f"Made an empty database, {path}. `liansuo seed` fills it with a small chain.", markup=False)


def _announce(address: str, settings: Settings) -> None:
    security = "TLS" if settings.tls_certificate else "plain text"
    notes.print(f"Liansuo answers on {address} ({security}); Ctrl-C stops it.", markup=False)


def migrate(database: DatabaseOption = None) -> None:
    """Create the database's tables, or bring them to this version; running it again changes nothing."""
    settings = settings_of(database)
    url = settings.database_url.get_secret_value()
    revision = migrated(url)
    shown = make_url(url).render_as_string(hide_password=True)
    notes.print(f"The database is ready, revision {revision}: {shown}", markup=False)
