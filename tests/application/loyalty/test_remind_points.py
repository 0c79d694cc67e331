"""Members are told before their points expire, with the exact number, once for every notice."""

import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.loyalty.remind_points import PointsReminded, RemindPoints, remind_points
from domain.identity.organisation import SYSTEM
from domain.shared.errors import Refusal
from tests.application.loyalty.test_expire_points import members
from tests.world import MEMBER, Till, World

THIRTY_BEFORE = datetime(2027, 1, 24, 2, 0, tzinfo=UTC)
"""Thirty days before 2027-02-23, on which points of the opening day are worth nothing."""


def run(world: World, members_max: int = 5_000) -> list[PointsReminded]:
    """The job until nothing is left, without the batches that found nobody."""
    found = []
    while True:
        batch = world.do(remind_points, RemindPoints(members_max))
        found += [batch] if batch.members else []
        if not batch.more:
            return found


def events(world: World) -> list[dict[str, Any]]:
    found = world.rows("SELECT payload FROM outbox WHERE topic = 'PointsExpiring' ORDER BY event_id")
    return [json.loads(payload) if isinstance(payload, str) else payload for (payload,) in found]


@pytest.fixture
def lasting(world: World) -> World:
    """The chain with points that last three months."""
    world.set("points_expiry", "months:3")
    return world


@pytest.mark.capability("PTS-13")
def test_tells_30_and_7_days_before_with_the_exact_number(lasting: World) -> None:
    lasting.sell(Till().line("TEA", 2).member().cash(20_000).command)
    lasting.sell(Till().line("MUG").member().points(100).cash(4_900).command)
    [(member_id, left)] = lasting.rows("SELECT member_id, points_balance FROM points_accounts")
    assert left == 149
    lasting.clock.now = THIRTY_BEFORE - timedelta(days=1)
    assert run(lasting) == []
    lasting.clock.now = THIRTY_BEFORE
    assert run(lasting) == [PointsReminded("2027-02-23", 30, 1, 149, more=False)]
    lasting.set("points_earning", "no")
    lasting.sell(Till().line("MUG").member().points(100).cash(4_900).command)
    lasting.clock.now = THIRTY_BEFORE + timedelta(days=23)
    # Seven days before, in the middle of the dates that are due.
    assert [(one.expires_on, one.days, one.points) for one in run(lasting)] == [("2027-02-23", 7, 49)]
    told = {"member_id": member_id, "expires_on": "2027-02-23"}
    assert events(lasting) == [told | {"points": 149, "notice_days": 30}, told | {"points": 49, "notice_days": 7}]


@pytest.mark.capability("PTS-13")
def test_tells_nobody_twice_however_often_it_runs(lasting: World) -> None:
    cards = members(lasting, 4)
    lasting.clock.now = THIRTY_BEFORE
    with lasting.units.begin(caller=SYSTEM, now=lasting.clock()) as uow:
        # Killed before its commit.
        while not remind_points(uow, RemindPoints(3)).members:
            pass
        uow.flush()
    assert events(lasting) == []
    assert [one.members for one in run(lasting, 3)] == [3, 1]
    assert run(lasting) == []
    lasting.clock.advance(days=1)
    assert run(lasting) == []
    assert len({one["member_id"] for one in events(lasting)}) == len(events(lasting)) == len(cards)


def test_two_jobs_side_by_side_tell_everybody_once(lasting: World) -> None:
    members(lasting, 6)
    lasting.set("points_reminder_days", "1")
    lasting.clock.now = THIRTY_BEFORE + timedelta(days=29)
    jobs = [threading.Thread(target=run, args=(lasting, 2)) for _ in range(2)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert len({one["member_id"] for one in events(lasting)}) == len(events(lasting)) == 6


def test_makes_up_for_days_on_which_it_was_not_run(lasting: World) -> None:
    lasting.sell(Till().line("TEA").member(MEMBER).cash(10_000).command)
    lasting.clock.now = THIRTY_BEFORE + timedelta(days=20)
    assert [(one.expires_on, one.days) for one in run(lasting)] == [("2027-02-23", 30)]
    lasting.clock.now = THIRTY_BEFORE + timedelta(days=29)
    assert [(one.expires_on, one.days) for one in run(lasting)] == [("2027-02-23", 7)]
    lasting.clock.now = THIRTY_BEFORE + timedelta(days=30)
    assert run(lasting) == []


def test_refuses_days_that_are_none(lasting: World) -> None:
    for value in ("0", "367", "7,7", "soon", "1,2,3,4,5,6,7,8,9,10,11"):
        with pytest.raises(Refusal) as refused:
            lasting.set("points_reminder_days", value)
        assert (refused.value.reason, refused.value.field) == ("INVALID_SETTING", "value")


def test_is_quiet_where_nobody_is_to_be_told(lasting: World) -> None:
    lasting.sell(Till().line("TEA").member().cash(10_000).command)
    lasting.set("points_reminder_days", "none")
    lasting.clock.now = THIRTY_BEFORE
    assert lasting.do(remind_points, RemindPoints()) == PointsReminded("", 0, 0, 0, more=False)
    with pytest.raises(Refusal) as refused:
        lasting.do(remind_points, RemindPoints(), lasting.s1)
    assert refused.value.reason == "WHOLE_CHAIN_ONLY"
