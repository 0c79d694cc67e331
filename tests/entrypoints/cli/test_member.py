"""Members are merged and separated at the command line."""

import json
import re
from pathlib import Path

import pytest

from application.membership.register_member import RegisterMember, register_member
from entrypoints.cli.database import opened
from tests.entrypoints.cli.journeys import Shell
from tests.world import MEMBER, Till
from tests.world import opened as world_of

REQUEST = "6f1c2a52-6b0c-4e0e-9d55-0f4c8a1b2c3e"
OTHER = "13900139000"


@pytest.fixture
def two(shell: Shell, furnished_url: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The furnished chain with another file of its member, who bought for 100 points under it."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", furnished_url)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with world_of(furnished_url, furnished=True) as world:
        world.do(register_member, RegisterMember(phone=OTHER))
        world.sell(Till().line("TEA").member(OTHER).cash(10_000).command)
    return shell


@pytest.mark.capability("MEM-12")
def test_merges_once_for_a_request_and_undoes_it(two: Shell) -> None:
    asked = ("member", "merge", MEMBER, OTHER, "--reason", "One person", "--store", "S1", "--request-id", REQUEST)
    merged = two(*asked)
    found = re.fullmatch(r"Merge (\d+): \d+ leads to \d+, who got 100 points and has 100 now\.\n", merged.err)
    assert (merged.code, found is not None) == (0, True)
    assert two(*asked).err == f"Request {REQUEST} was done before; nothing has changed.\n"
    assert found is not None
    undone = two("member", "unmerge", found[1], "--reason", "Two persons")
    assert (undone.code, "has 100 points back" in undone.err, "has 0 now." in undone.err) == (0, True, True)
    again = two("member", "unmerge", found[1], "--reason", "Two persons")
    assert (again.code, "(field merge_id)" in again.err) == (1, True)
    assert two("check").code == 0


@pytest.mark.capability("MEM-12")
def test_lists_members_who_may_be_one_person_of_before_digests_too(two: Shell, furnished_url: str) -> None:
    with world_of(furnished_url, furnished=True) as world:
        for card in ("D1", "D2"):
            world.do(register_member, RegisterMember(name="Li Na", birthday="1990-05-17", email="li@a.cn", card=card))
        numbers = [number for (number,) in world.rows("SELECT member_number FROM members ORDER BY member_id")][-2:]
        with world.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE members SET email_digest = NULL, person_digest = NULL")
    for asked in ((), ("D2",)):
        [found] = two("member", "duplicates", *asked, "--format", "json").json
        assert found == {
            "member_number": numbers[0], "other_number": numbers[1], "score": 100, "alike": "email, name_and_birthday",
        }  # fmt: skip
    assert "Score of 100" in two("member", "duplicates").out


@pytest.mark.capability("SEC-05")
def test_records_consent_and_its_withdrawal(two: Shell) -> None:
    def given() -> set[str]:
        rows = two("member", "consents", OTHER, "--format", "json").json
        return {row["purpose"] for row in rows if row["given"] == "yes"}

    asked = ("member", "consent", OTHER, "marketing_sms")
    assert (given(), two(*asked).code) == (set(), 2)
    assert two(*asked, "--given", "1").err == "marketing_sms is given.\n"
    assert given() == {"marketing_sms"}
    assert "version 1" in two("member", "consent", OTHER, "profiling", "--given", "9").err
    assert two(*asked, "--withdrawn").err == "marketing_sms is withdrawn.\n"
    assert given() == set()


@pytest.mark.capability("SEC-05")
def test_prints_a_copy_and_erases(two: Shell) -> None:
    copied = [json.loads(line) for line in two("member", "export", OTHER).out.splitlines()]
    assert (copied[0]["phone"], {record["table"] for record in copied}) == (
        f"+86{OTHER}", {"members", "member_keys", "points_entries", "sales"},
    )  # fmt: skip
    asked = ("member", "erase", OTHER, "--reason", "Asked for it", "--request-id", REQUEST)
    refused = two(*asked)
    assert (refused.code, "(field give_up)" in refused.err) == (1, True)
    assert two(*asked, "--give-up").err == (
        f"Member {copied[0]['member_number']} is erased, with 1 files. 100 points end today, and 0 coupons are void.\n"
    )
    assert two(*asked, "--give-up").err == f"Request {REQUEST} was done before; nothing has changed.\n"
    assert (two("member", "export", OTHER).code, two("check").code) == (1, 0)


def test_shows_habits_and_tells_who_is_unknown(chain_shell: Shell, anywhere: Path):
    with opened(None) as chain:
        chain.write(register_member, RegisterMember(card="C1"))
    assert chain_shell("member", "habits", "C1", "--format", "csv").out.splitlines() == [
        "purchases,last_purchase_on,top_category_code,usual_weekday",
        "0,,,0",
    ]
    refused = chain_shell("member", "habits", "C2")
    assert refused.code == 1
    assert "No member has this number" in refused.err


def test_members_are_moved_and_counted(chain_shell: Shell, anywhere: Path):
    with opened(None) as chain:
        chain.write(register_member, RegisterMember(card="C1"))
    assert chain_shell("member", "lifecycle", "--format", "csv").out.splitlines()[1:] == [",new,1"]
    assert chain_shell("member", "lifecycle", "--format", "csv").out.splitlines()[1:] == []
    assert chain_shell("member", "lifecycle-counts", "--format", "csv").out.splitlines()[1:] == [",new,1"]
    assert chain_shell("member", "lifecycle", "--on", "2999-01-01").code == 1


@pytest.mark.capability("MEM-17")
def test_the_documented_plans_open_tasks_that_are_listed(two: Shell):
    plans = Path(__file__).parents[3] / "docs" / "follow_ups.yaml"
    assert "3 plans, 3 of them new." in two("member", "follow-ups", "put", plans).err
    assert "3 plans, 0 of them new." in two("member", "follow-ups", "put", plans).err
    shown = two("member", "follow-ups", "plans", "--format", "json").json
    assert [plan["code"] for plan in shown] == ["AFTER-SERVICE", "MISSED", "WELCOME"]
    assert two("member", "lifecycle", "--on", "2026-11-23").code == 0
    [task] = two("member", "follow-ups", "list", "--store", "S1", "--format", "json").json
    assert (task["plan_code"], task["due_date"], task["store_code"]) == ("WELCOME", "2026-11-29", "S1")
    assert two("member", "follow-ups", "list", "--closed", "--format", "json").json == []
