"""Two files that are one person's become one, and two again when that was a mistake."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from application.approving import use_approval
from application.fields import required_name
from application.membership.merge_parts import PARTS
from application.membership.merge_pools import owners
from application.membership.merge_work import Merging, Undoing
from application.membership.queries import checked_key, found_id
from application.named_members import UnknownMember
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope, trading_day, who
from domain.identity.organisation import Store
from domain.membership.merge import (
    LaterMerge,
    MemberMerge,
    MergedOnward,
    MergeTier,
    MergeUndone,
    SameFile,
    TooManyFiles,
)
from domain.shared.errors import NotFound, Rejected

MERGE: Final = "membership.merge"
FILES_MAX: Final = 50
"""How many files one person may have had: their sales are read with the member's."""


class MergeApprovalNeeded(Rejected):
    en = (
        "Merging members takes two people here. Let somebody else approve the action {action} with amount_minor 0 for"
        " this request_id, and send the approval_token."
    )
    zh = "合并会员须由两人办理。请由他人对本 request_id 审批操作 {action}（amount_minor 为 0），并发送 approval_token。"


class UnknownMerge(NotFound):
    en = "There is no merge {merge_id} in this caller's scope."
    zh = "当前调用方范围内没有合并 {merge_id}。"


class FileErased(Rejected):
    en = "The member was erased since, so nobody is there to be told apart. The merge stays."
    zh = "该会员的档案已删除，无法再拆分，合并保持不变。"


@dataclass(frozen=True, slots=True)
class MergeMembers:
    """The file with `merged_key` leads to the one with `survivor_key` from now on; booked in a store."""

    survivor_key: str
    merged_key: str
    reason: str
    store_code: str = ""
    approval_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class UndoMemberMerge:
    merge_id: int
    reason: str
    approval_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class MembersMerged:
    """The two members, what moved, and what the survivor has now; of an undone merge what went back."""

    merge_id: int
    survivor_number: str
    merged_number: str
    points: int
    points_balance: int
    tier: str


@dataclass(frozen=True, slots=True)
class ListMemberMerges:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class MemberMergeView:
    """`by` and `undone_by` are codes of staff, terminals or services; `undone_at` is None while it holds."""

    merge_id: int
    survivor_number: str
    merged_number: str
    points: int
    visits: int
    merged_tier: str
    reason: str
    merged_at: datetime
    by: str
    undone_at: datetime | None
    undone_reason: str
    undone_by: str


@dataclass(frozen=True, slots=True)
class MemberMergePage:
    merges: Sequence[MemberMergeView]
    next_page_token: str


def merge_members(uow: UnitOfWork, command: MergeMembers) -> MembersMerged:
    """Makes two members one, all or nothing: both numbers, cards and phones lead to the survivor, who has everything.

    Raises UnknownMember, SameFile, TooManyFiles, InTwoPools, StoredValueFrozen, StoredValueTooLarge,
    MergeApprovalNeeded and the refusals of `check_usable`.
    """
    reason = required_name(command.reason, field="reason")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    survivor_id, merged_id = _both(uow, command)
    # Which waits for whoever is moving something of theirs, and refuses to go on with one who was merged meanwhile.
    locked = frozenset({survivor_id, merged_id, *owners(uow, survivor_id, merged_id)})
    states = uow.merges.lock(locked)
    survivor, merged = states[survivor_id], states[merged_id]
    if survivor_id == merged_id:
        raise SameFile("merged_key", member_number=survivor.member_number)
    files = len(uow.merges.files_of(survivor_id)) + len(uow.merges.files_of(merged_id)) + 2
    if files > FILES_MAX:
        raise TooManyFiles("merged_key", member_number=survivor.member_number, limit=FILES_MAX)
    merge_id = uow.new_id()
    _second_person(uow, store, merge_id, command.approval_token)
    rule = MergeTier(uow.chain.policies(store.store_id).member_merge_tier)
    work = Merging(uow, merge_id, survivor, merged, store, trading_day(uow, store), locked, rule)
    for part in PARTS:
        part.move(work)
    merge = MemberMerge(
        merge_id=merge_id,
        survivor_id=survivor_id,
        merged_id=merged_id,
        points=work.points,
        visits=merged.visits,
        merged_tier=merged.tier,
        tier_number=work.tier_number,
        filled=tuple(work.filled),
        reason=reason,
        store_id=store.store_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        request_id=uow.request_id,
        merged_at=uow.now,
    )
    uow.merges.close(merge)
    uow.merges.move_keys(merge)
    _tell(uow, "MembersMerged", merge_id, merge, work.points)
    return _merged(uow, merge, survivor.member_number, merged.member_number, work.points)


def undo_member_merge(uow: UnitOfWork, command: UndoMemberMerge) -> MembersMerged:
    """Makes them two members again: keys, tiers and what is left of what came go back; what was spent since is spent.

    What came to the survivor after the merge stays theirs. Raises UnknownMerge, MergeUndone, LaterMerge, MergedOnward,
    FileErased, StoredValueFrozen, MergeApprovalNeeded and the refusals of `check_usable`.
    """
    reason = required_name(command.reason, field="reason")
    uow.refresh()
    merge = uow.merges.get(command.merge_id)
    if merge is None or not uow.caller.sees(merge.store_id):
        raise UnknownMerge("merge_id", merge_id=command.merge_id)
    _check_last(uow, merge)
    locked = frozenset({merge.survivor_id, *owners(uow, merge.survivor_id)})
    states = uow.merges.lock(locked, merged_ids=[merge.merged_id])
    # Again under the lock: whoever else undoes it, or merges the survivor, has waited or is being waited for.
    found = uow.merges.get(command.merge_id)
    assert found is not None
    _check_last(uow, found)
    if uow.personal_data.erased([merge.survivor_id, merge.merged_id]):
        raise FileErased("merge_id")
    survivor, merged = states[merge.survivor_id], states[merge.merged_id]
    store, undo_id = uow.chain.stores[merge.store_id], uow.new_id()
    _second_person(uow, store, undo_id, command.approval_token)
    merge = _undone(uow, merge, undo_id, reason)
    uow.merges.reopen(merge)
    uow.merges.move_keys_back(merge)
    before = uow.points.lock(survivor.member_id).account.points_balance
    work = Undoing(uow, merge, undo_id, survivor, merged, store, trading_day(uow, store), locked)
    for part in PARTS:
        part.move_back(work)
    answer = _merged(uow, merge, survivor.member_number, merged.member_number, 0)
    points = before - answer.points_balance
    _tell(uow, "MemberMergeUndone", undo_id, merge, points)
    return MembersMerged(
        merge.merge_id, answer.survivor_number, answer.merged_number, points, answer.points_balance, answer.tier
    )


def list_member_merges(uow: UnitOfWork, query: ListMemberMerges) -> MemberMergePage:
    """The merges into a member, and into the files merged into theirs, the newest first; raises UnknownMember."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    after = (asked.after[0], asked.after[1]) if asked.after else None
    member_id = found_id(uow, query.member_key)
    rows = uow.merges.list_of(member_id, after=after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda row: (row[0].merged_at, row[0].merge_id))
    return MemberMergePage([_view(uow, *row) for row in rows[: asked.limit]], token)


def _both(uow: UnitOfWork, command: MergeMembers) -> tuple[int, int]:
    survivor_key = checked_key(command.survivor_key, field="survivor_key")
    merged_key = checked_key(command.merged_key, field="merged_key")
    ids = uow.members.ids([survivor_key, merged_key])
    for key, name in ((survivor_key, "survivor_key"), (merged_key, "merged_key")):
        if key not in ids:
            raise UnknownMember(name)
    return ids[survivor_key], ids[merged_key]


def _check_last(uow: UnitOfWork, merge: MemberMerge) -> None:
    """Refuses to undo what has been undone, or what a later merge builds on."""
    if merge.undone_at is not None:
        raise MergeUndone("merge_id", merge_id=merge.merge_id)
    onward = uow.merges.merge_of(merge.survivor_id)
    if onward is not None:
        raise MergedOnward("merge_id", later_id=onward.merge_id)
    newest = uow.merges.newest(merge.survivor_id)
    if newest is not None and newest.merge_id != merge.merge_id:
        raise LaterMerge("merge_id", later_id=newest.merge_id)


def _second_person(uow: UnitOfWork, store: Store, document_id: int, token: str) -> None:
    """Uses the approval that was sent; raises MergeApprovalNeeded where one is needed and none was."""
    if not token:
        if uow.chain.policies(store.store_id).member_merge_approval:
            raise MergeApprovalNeeded("approval_token", action=MERGE)
        return
    use_approval(uow, token, store.store_id, amounts={MERGE: 0}, document_id=document_id)


def _undone(uow: UnitOfWork, merge: MemberMerge, undo_id: int, reason: str) -> MemberMerge:
    return replace(
        merge,
        undone_at=uow.now,
        undo_id=undo_id,
        undone_request_id=uow.request_id,
        undone_reason=reason,
        undone_by_caller_id=uow.caller.caller_id,
        undone_by_staff_id=uow.caller.staff_id,
    )


def _merged(uow: UnitOfWork, merge: MemberMerge, survivor: str, merged: str, points: int) -> MembersMerged:
    account = uow.points.lock(merge.survivor_id).account
    return MembersMerged(merge.merge_id, survivor, merged, points, account.points_balance, account.tier)


def _tell(uow: UnitOfWork, topic: str, document_id: int, merge: MemberMerge, points: int) -> None:
    uow.publish(
        topic,
        document_id,
        {
            "merge_id": merge.merge_id,
            "survivor_id": merge.survivor_id,
            "merged_id": merge.merged_id,
            "store_id": merge.store_id,
            "points": points,
        },
    )


def _view(uow: UnitOfWork, merge: MemberMerge, survivor: str, merged: str) -> MemberMergeView:
    undone = merge.undone_at is not None
    return MemberMergeView(
        merge_id=merge.merge_id,
        survivor_number=survivor,
        merged_number=merged,
        points=merge.points,
        visits=merge.visits,
        merged_tier=merge.merged_tier,
        reason=merge.reason,
        merged_at=merge.merged_at,
        by=who(uow, caller_id=merge.caller_id, staff_id=merge.staff_id),
        undone_at=merge.undone_at,
        undone_reason=merge.undone_reason,
        undone_by=who(uow, caller_id=merge.undone_by_caller_id, staff_id=merge.undone_by_staff_id) if undone else "",
    )
