"""Use cases at the command line that take effect once for a request id, whatever is run again."""

from collections.abc import Callable
from typing import TypeVar

from application.ports.kernel import UnitOfWork
from entrypoints.cli.database import opened
from entrypoints.cli.output import notes
from entrypoints.cli.request_ids import request_id_of

C = TypeVar("C")
R = TypeVar("R")


def done_once(use_case: Callable[[UnitOfWork, C], R], command: C, *, request: str, database: str | None) -> R | None:
    """What a use case did, once for its request id; None, and a note, where it was done before."""
    request_id = request_id_of(request)
    done: list[R] = []

    def kept(uow: UnitOfWork, asked: C) -> R:
        done.append(use_case(uow, asked))
        return done[-1]

    # The request id is kept for the use case by its name.
    kept.__name__ = use_case.__name__
    with opened(database) as chain:
        new = chain.once(kept, command, request_id=request_id)
    if not new:
        notes.print(f"Request {request_id} was done before; nothing has changed.", markup=False)
        return None
    return done[-1]
