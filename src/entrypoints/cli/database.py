"""The chain's database at the command line: use cases run as the system itself, in the process of the command."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from application.transactor import Call, Transactor, UseCase
from domain.identity.organisation import SYSTEM, Caller
from entrypoints.cli.problems import language

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
    files: Path
    """Where files that belong to the database stand, as the beginning of their names."""

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

    def beside(self, name: str) -> Path:
        """The path of a file that belongs to this database."""
        return self.files.with_name(f"{self.files.name}-{name}")


def system() -> Caller:
    """The system as caller, speaking the language of the terminal."""
    return replace(SYSTEM, language=language())


def _fingerprint(command: object) -> bytes:
    return hashlib.sha256(repr(command).encode()).digest()


def _done(_: Any) -> bytes:
    return b"done"
