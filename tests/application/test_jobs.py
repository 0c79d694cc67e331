"""A job is one worker's at a time, and that of a worker that was killed is taken over."""

from datetime import timedelta

import pytest

from application.jobs import (
    LEASE,
    FinishJob,
    JobsOfChain,
    ListJobs,
    RenewJob,
    TakeJob,
    finish_job,
    list_jobs,
    renew_job,
    show_jobs,
    take_job,
)
from tests.world import World

NAME = "expire-points"


def take(world: World, holder: str, *, by_hand: bool = False) -> bool:
    taken: bool = world.do(take_job, TakeJob(NAME, holder, by_hand))
    return taken


def finish(world: World, holder: str, days: int = 1) -> bool:
    due = world.clock() + timedelta(days=days)
    ended: bool = world.do(finish_job, FinishJob(NAME, holder, "done", 7, due))
    return ended


def test_is_taken_by_one_and_again_when_it_is_due_or_by_hand(world: World) -> None:
    assert world.ask(list_jobs, ListJobs()) == []
    assert [take(world, "a"), take(world, "b"), take(world, "b", by_hand=True)] == [True, False, False]
    assert finish(world, "a")
    assert [take(world, "b"), take(world, "b", by_hand=True)] == [False, True]
    assert finish(world, "b")
    [state] = world.ask(list_jobs, ListJobs())
    assert (state.holder, state.result, state.done, state.finished_at) == ("", "done", 7, world.clock())
    assert state.due_at == world.clock() + timedelta(days=1)
    world.clock.advance(days=1)
    assert take(world, "a")


def test_is_kept_by_renewing_and_lost_by_sleeping_too_long(world: World) -> None:
    assert take(world, "a")
    world.clock.now += LEASE - timedelta(seconds=1)
    assert world.do(renew_job, RenewJob(NAME, "a", 5))
    world.clock.now += LEASE - timedelta(seconds=1)
    assert not take(world, "b")
    world.clock.advance(seconds=1)
    assert take(world, "b")
    assert not world.do(renew_job, RenewJob(NAME, "a", 6))
    assert not finish(world, "a")
    [state] = world.ask(list_jobs, ListJobs())
    assert (state.holder, state.result, state.done) == ("b", "running", 0)


def test_operators_see_how_jobs_went_and_what_is_broken_off(world: World) -> None:
    def shown() -> tuple[str, bool, bool, int, bool]:
        [job] = world.ask(show_jobs, ListJobs()).jobs
        return job.result, job.running, job.broken_off, job.done, job.next_at is None

    assert world.ask(show_jobs, ListJobs()).jobs == []
    take(world, "a")
    assert world.do(renew_job, RenewJob(NAME, "a", 5))
    assert shown() == ("running", True, False, 5, True)
    world.clock.now += LEASE
    assert shown() == ("broken off", False, True, 5, False)
    assert take(world, "b")
    assert finish(world, "b")
    assert shown() == ("done", False, False, 7, False)
    with pytest.raises(JobsOfChain):
        world.ask(show_jobs, ListJobs(), world.s1)
