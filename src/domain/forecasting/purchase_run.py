"""Runs that tell members' next purchases: first the rhythm of each department, then every member's dates."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from domain.forecasting.next_purchase import NextPurchase


class PurchaseRunState(StrEnum):
    LEARNING = "learning"
    TELLING = "telling"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class PurchaseRun:
    """A run over all members as of a business date, up to `next_member_id` in its state so far.

    `members` were looked at in this state, and `purchases` came of that.
    """

    run_id: int
    state: PurchaseRunState
    as_of_on: date
    next_member_id: int
    members: int
    purchases: int
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberPurchase:
    """What is expected of a member in a department, told as of a business date; `store_id` is the home store."""

    member_id: int
    department_id: int
    store_id: int | None
    expected: NextPurchase
    told_on: date


def carried_on(run: PurchaseRun, *, members: int, purchases: int, upto: int) -> PurchaseRun:
    """The run with one batch more of its state."""
    return replace(run, next_member_id=upto, members=run.members + members, purchases=run.purchases + purchases)


def ended(run: PurchaseRun, *, at: datetime) -> PurchaseRun:
    """The run at the end of its state: who has learned tells, from the first member on; who has told is finished."""
    if run.state is PurchaseRunState.LEARNING:
        return replace(run, state=PurchaseRunState.TELLING, next_member_id=0, members=0, purchases=0)
    return replace(run, state=PurchaseRunState.FINISHED, finished_at=at)


def together(*, survivor_id: int, store_id: int | None, purchases: list[MemberPurchase]) -> list[MemberPurchase]:
    """What is expected of a person who had two files, until it is told anew: the one with the later last purchase."""
    kept: dict[int, MemberPurchase] = {}
    for one in purchases:
        known = kept.get(one.department_id)
        if known is None or _rank(one) > _rank(known):
            kept[one.department_id] = one
    return [replace(one, member_id=survivor_id, store_id=store_id) for _, one in sorted(kept.items())]


def _rank(one: MemberPurchase) -> tuple[date, int]:
    return one.expected.last_on, one.expected.purchase_days
