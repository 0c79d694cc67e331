"""Paid membership: a tier that is bought for a time, and the revenue that is earned day by day while it lasts."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.membership.tier import MembershipPlan
from domain.shared.errors import Rejected


class MembershipBegun(Rejected):
    en = "{unused} of these {units} periods have not begun and can be taken back, not {asked}."
    zh = "这 {units} 期中仅有 {unused} 期尚未开始，可以退回，不能退 {asked} 期。"


class MembershipReason(StrEnum):
    SOLD = "sold"
    RETURNED = "returned"
    RELEASED = "released"


@dataclass(slots=True)
class PaidMembership:
    """What one line of a sale has bought: `units` periods of a plan, from `starts_on` until `ends_on` (exclusive).

    `value_minor` is the revenue of it, net of tax and of what points defer, less what was taken back; `released_minor`
    of it has been earned on the days before `released_to`. Each unit is so many months, or days without any.
    `earned_tier` is what the member had beside what is paid for, `earned_until` its end; empty and None for none.
    """

    membership_id: int
    member_id: int
    plan_code: str
    tier: str
    sale_id: int
    line_number: int
    currency: str
    store_id: int
    unit_months: int
    unit_days: int
    units: int
    starts_on: date
    ends_on: date
    value_minor: int
    released_minor: int
    released_to: date
    ended: bool
    earned_tier: str
    earned_until: date | None
    sold_at: datetime


@dataclass(slots=True)
class MembershipEntry:
    """One movement of the revenue that waits: above zero it came, below zero it was earned or taken back.

    `membership_id` is 0 for what a run has released of many, of one store and currency. `document_id` is the sale or
    refund that caused it, else the entry itself.
    """

    entry_id: int
    membership_id: int
    reason: MembershipReason
    value_minor: int
    document_id: int
    currency: str
    store_id: int
    caller_id: int
    staff_id: int | None
    business_date: date
    posted_at: datetime


def end_after(starts_on: date, units: int, plan: MembershipPlan | PaidMembership) -> date:
    """The first day after so many units; a month ends on its last day where it has no such day.

    Counted from the beginning, so that a membership from January 31 on ends on the 31st of every month that has one.
    """
    months = (plan.unit_months if isinstance(plan, PaidMembership) else plan.months) * units
    if not months:
        return starts_on + timedelta(days=(plan.unit_days if isinstance(plan, PaidMembership) else plan.days) * units)
    year, month = divmod(starts_on.year * 12 + starts_on.month - 1 + months, 12)
    return date(year, month + 1, min(starts_on.day, monthrange(year, month + 1)[1]))


def earned_by(membership: PaidMembership, on: date) -> int:
    """The revenue of all days before `on`: its share of the whole by days, rounded down, and all of it at the end."""
    if on >= membership.ends_on:
        return membership.value_minor
    passed = max(0, (on - membership.starts_on).days)
    return membership.value_minor * passed // (membership.ends_on - membership.starts_on).days


def units_begun(membership: PaidMembership, on: date) -> int:
    """How many units have begun before `on`: on its first day a membership can still be taken back whole."""
    begun = 0
    while begun < membership.units and end_after(membership.starts_on, begun, membership) < on:
        begun += 1
    return begun


def take_back(membership: PaidMembership, units: int, *, on: date, whole: bool, field: str) -> int:
    """Takes the last units back and ends a membership without any; returns the revenue that need not wait any more.

    Units that have begun come back only `whole`, all at once. Raises MembershipBegun.
    """
    unused = membership.units - units_begun(membership, on)
    if units > unused and not (whole and units == membership.units):
        raise MembershipBegun(field, unused=unused, units=membership.units, asked=units)
    days = (membership.ends_on - membership.starts_on).days
    membership.units -= units
    if membership.units:
        membership.ends_on = end_after(membership.starts_on, membership.units, membership)
        kept = membership.value_minor * (membership.ends_on - membership.starts_on).days // days
        kept = max(kept, membership.released_minor)
    else:
        kept = membership.released_minor
        membership.ended = True
    given_back = membership.value_minor - kept
    membership.value_minor = kept
    return given_back
