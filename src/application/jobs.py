"""Jobs of the chain: each runs in one place at a time, and leaves how it ended and when it is due again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.ports.jobs import JobState
from application.ports.kernel import UnitOfWork

LEASE: Final = timedelta(minutes=2)
"""How long a worker that was killed keeps a job from the others; a batch of a job takes seconds at most."""
NEVER_DUE_LATER: Final = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class TakeJob:
    """`by_hand`: now, whenever it is due."""

    name: str
    holder: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class RenewJob:
    name: str
    holder: str
    done: int


@dataclass(frozen=True, slots=True)
class FinishJob:
    name: str
    holder: str
    result: str
    done: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class ListJobs:
    pass


def take_job(uow: UnitOfWork, command: TakeJob) -> bool:
    """Whether the job is the holder's now: nobody else runs it, and it is due or was asked for by hand."""
    due = uow.now + NEVER_DUE_LATER if command.by_hand else uow.now
    return uow.jobs.take(command.name, command.holder, until=uow.now + LEASE, due=due)


def renew_job(uow: UnitOfWork, command: RenewJob) -> bool:
    """Whether the job is still the holder's, for another lease; a worker that slept too long has lost it."""
    return uow.jobs.renew(command.name, command.holder, until=uow.now + LEASE, done=command.done)


def finish_job(uow: UnitOfWork, command: FinishJob) -> bool:
    """Leaves how the run ended and when the next one is due; false for a worker that has lost the job."""
    return uow.jobs.finish(command.name, command.holder, result=command.result, done=command.done, due=command.due_at)


def list_jobs(uow: UnitOfWork, query: ListJobs) -> Sequence[JobState]:
    """What is known of every job that was ever begun."""
    return uow.jobs.states()
