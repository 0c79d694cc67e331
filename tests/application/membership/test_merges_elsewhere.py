"""What other modules keep for members whose files were merged, and what is asked while a merge goes on."""

from collections.abc import Sequence

import pytest

from adapters.sql.membership import Members
from application.care.service_cases import ListServiceCases, OpenServiceCase, list_service_cases, open_service_case
from application.loyalty.adjust_points import (
    AdjustPoints,
    ReversePointsAdjustment,
    adjust_points,
    reverse_points_adjustment,
)
from application.membership.merge_members import MergeMembers, UndoMemberMerge, merge_members, undo_member_merge
from application.membership.register_member import RegisterMember, register_member
from application.wallet.credit import GetCredit, SetCreditLimit, get_credit, set_credit_limit
from domain.identity.organisation import SYSTEM
from tests.world import MEMBER, World

OTHER = "13900139000"


@pytest.fixture
def two(world: World) -> World:
    world.do(register_member, RegisterMember(phone=OTHER))
    return world


def merge(world: World) -> int:
    return int(world.once(merge_members, MergeMembers(MEMBER, OTHER, "One person", "S1"), world.s1).merge_id)


@pytest.mark.capability("MEM-12")
def test_points_taken_from_a_lot_that_went_back_to_the_other_file_are_given_back(two: World):
    two.once(adjust_points, AdjustPoints(OTHER, 100, "Welcome", "S1"), SYSTEM)
    merge_id = merge(two)
    taken = two.once(adjust_points, AdjustPoints(MEMBER, -30, "Wrong", "S1"), SYSTEM).adjustment_id
    two.once(undo_member_merge, UndoMemberMerge(merge_id, "Two persons"), two.s1)
    undone = two.once(reverse_points_adjustment, ReversePointsAdjustment(taken, "Right after all"), SYSTEM)
    assert (undone.points_balance, two.points()) == (30, 100)


@pytest.mark.capability("MEM-12")
def test_cases_of_a_merged_file_are_listed_with_the_survivors(two: World):
    opened = [two.do(open_service_case, OpenServiceCase("Tea", "Stale", key), two.s1) for key in (OTHER, MEMBER)]
    merge(two)
    listed = two.ask(list_service_cases, ListServiceCases(member_key=MEMBER), two.s1).cases
    assert [case.case_id for case in listed] == [case.case_id for case in opened]


@pytest.mark.capability("MEM-12")
def test_a_limit_set_while_files_are_merged_is_the_survivors(two: World, monkeypatch: pytest.MonkeyPatch):
    [(merged_id,)] = two.rows("SELECT max(member_id) FROM members")
    merge(two)
    known, stale = Members.ids, [{OTHER: int(merged_id)}]

    def ids(members: Members, keys: Sequence[str]) -> dict[str, int]:
        # As who had asked just before the merge was committed.
        return stale.pop() if stale else dict(known(members, keys))

    monkeypatch.setattr(Members, "ids", ids)
    two.once(set_credit_limit, SetCreditLimit(OTHER, 5_000, "Regular"), two.s1)
    [balance] = two.ask(get_credit, GetCredit(MEMBER), two.s1).balances
    assert balance.limit_minor == 5_000
