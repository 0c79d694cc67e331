"""Jobs of the chain: each runs in one place at a time, and leaves how it ended and when it is due again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from application.ports.jobs import JobState
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import WHOLE_CHAIN
from domain.shared.errors import Forbidden

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


@dataclass(frozen=True, slots=True)
class Job:
    """A job and how its last run went, or goes: see the message of this name in the contract."""

    name: str
    result: str
    running: bool
    broken_off: bool
    done: int
    started_at: datetime
    finished_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobsListed:
    jobs: Sequence[Job]


class JobsOfChain(Forbidden):
    en = "Jobs run for the whole chain, so only those responsible for all of it see how they went."
    zh = "后台任务面向整个连锁，只有负责全连锁的人员可以查看其运行情况。"


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


def show_jobs(uow: UnitOfWork, query: ListJobs) -> JobsListed:
    """Every job that was ever begun, by name, for operators; raises JobsOfChain."""
    if not uow.caller.manages(WHOLE_CHAIN):
        raise JobsOfChain
    return JobsListed([_shown(state, uow.now) for state in uow.jobs.states()])


def _shown(state: JobState, now: datetime) -> Job:
    """A worker that was killed leaves its lease: once that is over, the run was broken off, and is due."""
    held = bool(state.holder)
    broken_off = held and state.lease_until <= now
    return Job(
        state.name, "broken off" if broken_off else state.result, held and not broken_off, broken_off, state.done,
        state.started_at, state.finished_at, None if held and not broken_off else state.due_at,
    )  # fmt: skip
