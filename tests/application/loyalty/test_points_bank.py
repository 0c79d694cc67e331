"""The bank of Jepsen's tests: whoever looks while points are handed on sees all of them, nobody below zero (T19)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Event

import pytest

from application.loyalty.adjust_points import AdjustPoints, adjust_points
from application.loyalty.pool_points import TransferPoints, transfer_points
from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import SYSTEM
from domain.loyalty.pool import PointsPoolEvent, PoolEventKind
from domain.shared.errors import Refusal
from tests.world import MEMBER, World

ACCOUNTS, POOL = 100, 50
WRITERS = 20
EACH = 10
READ_EVERY_SECONDS = 0.05
_SEEN = """
    SELECT SUM(points_balance), MIN(points_balance), COUNT(*), (SELECT SUM(points) FROM points_lots),
        (SELECT SUM(points) FROM points_entries)
    FROM points_accounts
"""


@pytest.fixture
def bank(world: World) -> list[str]:
    """The phones of 100 members with ten points each, in two pools of 50."""
    phones = [MEMBER, *[f"139001{number:05d}" for number in range(1, ACCOUNTS)]]
    for phone in phones[1:]:
        world.do(register_member, RegisterMember(phone=phone, source="till"))
    for phone in phones:
        world.do(adjust_points, AdjustPoints(phone, EACH, "Opening", "S1"))
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        ids = uow.members.ids(phones)
        for start in range(0, ACCOUNTS, POOL):
            pool = [ids[phone] for phone in phones[start : start + POOL]]
            uow.points_pools.join(pool[0], pool)
            uow.add(
                *[
                    PointsPoolEvent(uow.new_id(), pool[0], member_id, PoolEventKind.JOINED, 0, None, uow.now)
                    for member_id in pool
                ]
            )
        uow.commit()
    return phones


@pytest.mark.capability("PTS-14")
@pytest.mark.parametrize("transfers", [200, pytest.param(100_000, marks=pytest.mark.long)], ids=["", "long"])
def test_points_that_are_handed_on_are_there_at_every_moment(world: World, bank: list[str], transfers: int) -> None:
    done = Event()

    def write(writer: int) -> Counter[str]:
        chance = Random(writer)
        outcomes: Counter[str] = Counter()
        for _ in range(transfers // WRITERS):
            start = chance.choice((0, POOL))
            giver, taker = chance.sample(bank[start : start + POOL], 2)
            command = TransferPoints(giver, taker, chance.randint(1, EACH), "S1")
            try:
                world.once(transfer_points, command, SYSTEM)
                outcomes["done"] += 1
            except Refusal as refusal:
                outcomes[refusal.reason] += 1
        return outcomes

    def read() -> list[tuple[int, ...]]:
        seen = []
        while not done.wait(READ_EVERY_SECONDS):
            [found] = world.rows(_SEEN)
            seen.append(tuple(int(number) for number in found))
        return seen

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        reader = threads.submit(read)
        try:
            outcomes = sum((one.result() for one in [threads.submit(write, n) for n in range(WRITERS)]), Counter())
        finally:
            done.set()
        seen = reader.result()

    assert outcomes.keys() == {"done", "POINTS_EXCEED_BALANCE"}
    assert (outcomes.total(), world.count("points_transfers")) == (transfers, outcomes["done"])
    whole = ACCOUNTS * EACH
    assert seen
    assert {(total, accounts, lots, entries) for total, _, accounts, lots, entries in seen} == {
        (whole, ACCOUNTS, whole, whole)
    }
    assert min(least for _, least, *_ in seen) >= 0
