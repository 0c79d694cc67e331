"""Pools of points at the command line."""

from uuid import uuid4

import pytest

from application.membership.register_member import RegisterMember, register_member
from tests.entrypoints.cli.journeys import Shell
from tests.world import MEMBER, Till
from tests.world import opened as world_of

DAD = "13800138001"


@pytest.fixture
def family(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The furnished chain with two members, of whom the first has 100 points."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with world_of(sqlite_chain, furnished=True) as world:
        world.sell(Till().line("TEA").member().cash(10_000).command)
        world.do(register_member, RegisterMember(phone=DAD, source="till"))
    return shell


@pytest.mark.capability("PTS-08")
def test_a_pool_is_made_and_ruled_and_hands_points_on(family: Shell):
    request = str(uuid4())
    command = ("points", "pool", "join", MEMBER, DAD, "--request-id", request)
    assert family(*command).err.endswith(": 2 members; nobody may pay with the points of all.\n")
    assert family(*command).err == f"Request {request} was done before; nothing has changed.\n"
    ruled = family("points", "pool", "rule", MEMBER, "members", "--per-day", "1500")
    words = ": 2 members; members may pay with the points of all, 1,500 points of the others a day.\n"
    assert ruled.err.endswith(words)
    handed_on = family("points", "pool", "transfer", MEMBER, DAD, "40", "--store", "S1")
    assert (handed_on.code, ": 40 points; " in handed_on.err, handed_on.err.endswith(" 40.\n")) == (0, True, True)
    shown = family("points", "pool", "show", DAD, "--format", "json").json
    assert [(row["is_owner"], row["points_balance"]) for row in shown] == [("yes", 60), ("", 40)]
    assert family("points", "pool", "leave", DAD).err == "There is no pool.\n"
    assert family("points", "pool", "leave", DAD).code == 1
    assert family("check").code == 0
