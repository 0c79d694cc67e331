"""Follow-ups: members are asked how they are served, after a first purchase, when they stay away, or by hand."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

LATE_DAYS_MAX: Final = 7
"""How long after its day a task may still be opened: who is taken into the life cycle late is not asked years later."""


class FollowUpTrigger(StrEnum):
    FIRST_PURCHASE = "first_purchase"
    DORMANT = "dormant"
    LATE_SHIPMENT = "late_shipment"
    BY_HAND = "by_hand"


class FollowUpPlace(StrEnum):
    """Whose task it is: the member's home store, or the store of the purchase that counts (the first, or the last)."""

    HOME = "home"
    PURCHASE = "purchase"


class FollowUpState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class FollowUpOutcome(StrEnum):
    """What came of it; the last is that of a task that nobody needs any more."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class FollowUpEntryKind(StrEnum):
    OPENED = "opened"
    CLAIMED = "claimed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class FollowUpPlan:
    """That a trigger opens a task due `days` later, 0 to 365; an ended plan opens none. Both texts say what to do."""

    code: str
    trigger: FollowUpTrigger
    days: int
    text_en: str
    text_zh: str
    place: FollowUpPlace = FollowUpPlace.HOME
    ended: bool = False


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A task as it stands: due on a business date, of a store (None for head office), claimed by `staff_id` or nobody.

    `occurred_on` is the business date of what opened it; a plan opens one task for a member and such a date.
    `plan_code` is empty for a task without a plan. `entries` is the number of its last entry.
    """

    follow_up_id: int
    member_id: int
    plan_code: str
    occurred_on: date
    store_id: int | None
    staff_id: int | None
    state: FollowUpState
    outcome: FollowUpOutcome | None
    due_on: date
    entries: int
    opened_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FollowUpEntry:
    """What was done about a task, the `number`-th; never changed. The text may be empty; it tells about a person."""

    follow_up_id: int
    number: int
    kind: FollowUpEntryKind
    text: str
    caller_id: int
    staff_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowUpOccasion:
    """What happened to a member on a business date, with their home store and that of the purchase; None is none."""

    member_id: int
    trigger: FollowUpTrigger
    occurred_on: date
    home_store_id: int | None
    purchase_store_id: int | None


def due_on(*, plan: FollowUpPlan, occurred_on: date) -> date:
    """The business date on which the task is due."""
    return occurred_on + timedelta(days=plan.days)


def opens(*, plan: FollowUpPlan, occasion: FollowUpOccasion, on: date) -> bool:
    """Whether a plan opens a task for an occasion, on a day that may be later than the occasion."""
    if plan.ended or plan.trigger is not occasion.trigger:
        return False
    return due_on(plan=plan, occurred_on=occasion.occurred_on) >= on - timedelta(days=LATE_DAYS_MAX)


def store_of(*, plan: FollowUpPlan, occasion: FollowUpOccasion) -> int | None:
    """Whose task it is; the other store where there is no such one, head office (None) where there is neither."""
    stores = (occasion.home_store_id, occasion.purchase_store_id)
    first, second = stores if plan.place is FollowUpPlace.HOME else stores[::-1]
    return first if first is not None else second
