"""The chain's database at the command line: use cases run as the system itself, in the process of the command."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import SecretStr, ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from adapters.sql.engine import open_engine
from application.outside import ASKED_AT_ONCE_MAX, Outside, TimedAsk
from application.ports.carriers import Carriers
from application.ports.payments import PaymentProviders
from application.transactor import Call, Transactor, UseCase
from domain.identity.organisation import SYSTEM, Caller
from entrypoints.cli.problems import DatabaseUnavailable, Exit, NotMigrated, Problem, language
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from adapters.sql.unit_of_work import SqlUnits

C = TypeVar("C")
R = TypeVar("R")

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="Database; default: LIANSUO_DATABASE_URL or the embedded one."),
]


@dataclass(frozen=True, slots=True)
class Database:
    """An open database, and the use cases run on it by the system."""

    transactor: Transactor
    units: "SqlUnits"
    settings: Settings
    payment_providers: PaymentProviders = field(default_factory=dict)
    carriers: Carriers = field(default_factory=dict)

    def write(self, use_case: UseCase[C, R], command: C) -> R:
        """Runs a use case that is idempotent by itself."""
        return self.transactor.write(use_case, command, caller=system(), now=datetime.now(UTC))

    def read(self, query: UseCase[C, R], asked: C) -> R:
        """Answers a query."""
        return self.transactor.read(query, asked, caller=system(), now=datetime.now(UTC))

    def once(self, use_case: UseCase[C, object], command: C, *, request_id: str) -> bool:
        """Runs a use case once for its request id, in whichever run; says whether it was now."""
        return self.once_each(use_case, [(request_id, command)], now=datetime.now(UTC))[0]

    def once_each(
        self, use_case: UseCase[C, object], commands: Sequence[tuple[str, C]], *, now: datetime
    ) -> list[bool]:
        """As `once` for several, in one transaction; a refusal of one is raised after the others are stored."""
        calls = [
            Call(command, system(), request_id, f"cli.{use_case.__name__}", _fingerprint(command), now)
            for request_id, command in commands
        ]
        answers = self.transactor.execute_batch(
            lambda uow, fresh: [use_case(uow, call.command) for call in fresh], calls, _done
        )
        for answer in answers:
            if answer.error is not None:
                raise answer.error
        return [not answer.replayed for answer in answers]

    @contextmanager
    def outside(self) -> Iterator[Outside]:
        """What use cases of the system speak to payment providers and carriers with."""
        ask = TimedAsk()
        try:
            yield Outside(
                self.transactor,
                self.payment_providers,
                ask,
                system(),
                lambda: datetime.now(UTC),
                side_by_side=ASKED_AT_ONCE_MAX,
                carriers=self.carriers,
            )
        finally:
            ask.close()

    def beside(self, name: str) -> Path:
        """The path of a file that belongs to this database."""
        return beside(self.settings, name)


def settings_of(database: str | None) -> Settings:
    """The settings of the environment, with the database that the command line names; raises Problem."""
    try:
        settings = Settings() if database is None else Settings(database_url=SecretStr(database))
    except ValidationError as error:
        wrong = ", ".join(f"LIANSUO_{'_'.join(map(str, one['loc'])).upper()} ({one['msg']})" for one in error.errors())
        raise Problem(f"The environment holds what is no setting: {wrong}.", code=Exit.USAGE) from None
    with _understood():
        # Nothing is opened here: a wrong URL is told before anything else is done.
        open_engine(settings.database_url.get_secret_value()).dispose()
    return settings


def migrated(url: str) -> str:
    """Brings the database to this version, which it returns; the folder of an embedded one is made when missing."""
    from adapters.sql.migrations import current, migrate

    path = embedded_path(url)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    migrate(url)
    return current(url) or ""


@contextmanager
def opened(database: str | None) -> Iterator[Database]:
    """The database of the command line or of the environment, closed in the end; raises Problem when there is none."""
    from entrypoints.container import Container

    settings = settings_of(database)
    require_database(settings)
    container = Container(settings=settings)
    try:
        yield Database(
            container.transactor(), container.units(), settings, container.payment_providers(), container.carriers()
        )
    finally:
        container.shutdown_resources()


def require_database(settings: Settings) -> None:
    """Raises NotMigrated when the file of an embedded database is missing: opening it would make an empty one."""
    path = embedded_path(settings.database_url.get_secret_value())
    if path is not None and not path.exists():
        raise NotMigrated(f"There is no database {path}.", advice="Create it with `liansuo migrate`.")


def beside(settings: Settings, name: str) -> Path:
    """The path of a file that belongs to the database: beside an embedded one, else in var/ under its name."""
    url = settings.database_url.get_secret_value()
    path = embedded_path(url) or Path("var") / (make_url(url).database or "liansuo")
    return path.with_name(f"{path.stem}-{name}")


def embedded_path(url: str) -> Path | None:
    """Where an embedded database stands; None for one on a server."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


@contextmanager
def _understood() -> Iterator[None]:
    """Says what a database URL looks like where the one at hand names no database that Liansuo can use."""
    try:
        yield
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        why = f": {error}" if type(error) is ValueError else ""
        raise DatabaseUnavailable(
            f"The database URL cannot be used{why}.",
            advice="Use sqlite:///var/liansuo.db or postgresql://user@host/database.",
            code=Exit.USAGE,
        ) from None


def system() -> Caller:
    """The system as caller, speaking the language of the terminal."""
    return replace(SYSTEM, language=language())


def _fingerprint(command: object) -> bytes:
    return hashlib.sha256(repr(command).encode()).digest()


def _done(_: Any) -> bytes:
    return b"done"
