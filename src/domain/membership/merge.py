"""Two files that turn out to be one person's become one, and two again when that was a mistake."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.shared.errors import Conflict, Invalid, Rejected


class SameFile(Invalid):
    en = "Both keys lead to member {member_number}. There is nothing to merge."
    zh = "两个会员标识均指向会员 {member_number}，无需合并。"


class TooManyFiles(Rejected):
    en = "Member {member_number} would hold more than {limit} files. Check whether these are one person's."
    zh = "会员 {member_number} 合并的档案将超过 {limit} 份，请核实是否为同一人。"


class MergeUndone(Conflict):
    en = "Merge {merge_id} has been undone before."
    zh = "合并 {merge_id} 已被撤销。"


class LaterMerge(Conflict):
    en = "Merge {later_id} came after it and builds on it. Undo that one first."
    zh = "合并 {later_id} 在其之后发生并以其为基础，请先撤销该合并。"


class MergedOnward(Conflict):
    en = "The member who survived this merge was merged into another one by merge {later_id}. Undo that one first."
    zh = "该合并后的会员又被合并 {later_id} 并入其他会员，请先撤销该合并。"


class MergeTier(StrEnum):
    """Values of the setting `member_merge_tier`: the higher one of the two tiers, or the one that both together reach.

    A recomputed tier is never below the survivor's: only a review takes down.
    """

    HIGHEST = "highest"
    RECOMPUTE = "recompute"


@dataclass(frozen=True, slots=True)
class MemberMerge:
    """The file `merged_id` leads to `survivor_id`, from `merged_at` until it is undone.

    `points` and `visits` are what it brought; its tier was `merged_tier`, and `tier_number` is the entry of the
    survivor's history by which the merge changed theirs, 0 where it did not. `filled` names the fields of the survivor
    that were unknown and became known, attributes and audiences of coupons by a prefix, and the pool that the file had
    a seat in. `undone_at` is None while the merge holds; `undo_id` is the document by which it
    was undone.
    """

    merge_id: int
    survivor_id: int
    merged_id: int
    points: int
    visits: int
    merged_tier: str
    tier_number: int
    filled: tuple[str, ...]
    reason: str
    store_id: int
    caller_id: int
    staff_id: int | None
    request_id: str
    merged_at: datetime
    undone_at: datetime | None = None
    undo_id: int | None = None
    undone_request_id: str | None = None
    undone_reason: str = ""
    undone_by_caller_id: int = 0
    undone_by_staff_id: int | None = None


def given_back(*, brought: int, left: int) -> int:
    """What goes back when a merge is undone: what was brought, as far as it is left; the rest was spent meanwhile."""
    return max(0, min(brought, left))
