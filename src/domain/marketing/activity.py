"""Activities that earn points without a sale: what counts, how often, and what a member has done."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final


class ActivityKind(StrEnum):
    """What a member does, and what makes it once."""

    EVENT = "event"
    """Being at an event: once for each member and event."""
    SHARE = "share"
    """A link of the member that a new member opened: once for each link and new member."""
    REFERRAL = "referral"
    """Bringing a new member: once for each new member, who may get points too."""
    BIRTHDAY = "birthday"
    """Once a year, on the day."""
    PROFILE = "profile"
    """Having told the chain everything in PROFILE_FIELDS: once."""


BRINGING: Final = frozenset({ActivityKind.SHARE, ActivityKind.REFERRAL})
"""Kinds by which a member brings a new one."""
REFERENCED: Final = frozenset({ActivityKind.EVENT, ActivityKind.SHARE})
"""Kinds that a reference belongs to: the code of the event, the link."""
PROFILE_FIELDS: Final = ("name", "phone", "birthday", "email")


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity as head office states it.

    Dates are ISO, the first and the last of them included, empty for no bound, by the trading day of the store whose
    books carry the points: `store_code`, or without one the store where it is recorded. Of the bounds of how often a
    member may do it, and of `points_budget`, 0 is none. `given_points` are counted, which nobody states.
    """

    code: str
    name_en: str
    name_zh: str
    kind: ActivityKind
    points: int
    new_member_points: int = 0
    new_member_days: int = 0
    from_date: str = ""
    to_date: str = ""
    times_per_day_max: int = 0
    times_max: int = 0
    points_budget: int = 0
    store_code: str = ""
    given_points: int = 0


@dataclass(slots=True)
class ActivityRecord:
    """That a member did it, with what it gave; append-only.

    `subject_id` and `reference` make it once for an activity: `subject_id` is the new member whom it brought, else the
    member. `value_minor` is the liability of all points that it gave, in the currency of the store.
    """

    record_id: int
    activity_id: int
    member_id: int
    subject_id: int
    reference: str
    points: int
    new_member_points: int
    value_minor: int
    store_id: int
    caller_id: int
    staff_id: int | None
    business_date: date
    recorded_at: datetime


def is_new(*, registered_on: date, on: date, days: int) -> bool:
    """Whether somebody who registered on a day counts as new on another: so many days, the first included."""
    return 0 <= (on - registered_on).days < days
