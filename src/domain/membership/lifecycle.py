"""Where a member stands with the chain: new, active, dormant or lost, by when they bought and by nothing else."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple


class LifecycleState(StrEnum):
    """The trade's 新客, 活跃（老客）, 沉睡 and 流失."""

    NEW = "new"
    ACTIVE = "active"
    DORMANT = "dormant"
    LOST = "lost"


class LifecycleCause(StrEnum):
    """Why a state changed: taken in first, a purchase, time alone, or that what was known has changed.

    The last is a sale that was voided, files that were merged or separated, or another setting.
    """

    TAKEN_IN = "taken_in"
    PURCHASE = "purchase"
    TIME = "time"
    CORRECTION = "correction"


class LifecycleRule(NamedTuple):
    """Days, 1 to 3,660 each, as the chain's settings have them."""

    new_days: int
    dormant_days: int
    lost_days: int

    @property
    def code(self) -> int:
        """One number for one rule, from 1 on, so that members who were decided about by another one are found."""
        return (self.new_days * _PLACES + self.dormant_days) * _PLACES + self.lost_days


class Purchases(NamedTuple):
    """What of a member's purchases decides: the business dates of the first and the last, None without any.

    A sale is a purchase unless it was voided; goods that come back make it none the less one. What files bought that
    were merged into the member's counts with it, and so does the earliest day on which one of them was registered.
    """

    registered_on: date
    first_on: date | None = None
    last_on: date | None = None


class Standing(NamedTuple):
    """A state, since when, and the first day on which it is another one unless they buy; None for no such day."""

    state: LifecycleState
    since_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class LifecycleNote:
    """That something may have changed a member's state, on a business date; the next run looks, and takes it away."""

    note_id: int
    member_id: int
    noted_on: date


@dataclass(frozen=True, slots=True)
class MemberLifecycle:
    """A member's state as the last run left it, decided as of `as_of_on` by the rule with this code.

    `entries` is the number of the last entry of its history. `until_on` is when it has to be looked at again; None
    for who is lost, and for a file that was merged. `store_id` is the home store, None for head office.
    """

    member_id: int
    state: LifecycleState
    since_on: date
    until_on: date | None
    entries: int
    as_of_on: date
    first_on: date | None
    last_on: date | None
    rule: int
    store_id: int | None


@dataclass(frozen=True, slots=True)
class LifecycleEntry:
    """One change of a member's state, the `number`-th; the first comes from none (empty).

    `since_on` is the business date from which on the new state holds, `last_purchase_on` the last purchase known then,
    `store_id` the member's home store.
    """

    member_id: int
    number: int
    from_state: str
    to_state: LifecycleState
    cause: LifecycleCause
    since_on: date
    last_purchase_on: date | None
    store_id: int | None
    decided_on: date
    entered_at: datetime


WATCHED: Final = frozenset({LifecycleState.NEW, LifecycleState.DORMANT, LifecycleState.LOST})
"""States that a purchase may change. That of an active member only moves by time, so their sales leave no note."""

_PLACES: Final = 10_000
_RANKS: Final = {state: rank for rank, state in enumerate(LifecycleState)}


def standing(*, purchases: Purchases, on: date, rule: LifecycleRule) -> Standing:
    """The state on a day, from purchases up to that day.

    Without a purchase for `dormant_days` somebody is dormant, for `lost_days` lost, both counted from the last purchase
    or, before any, from registration. Others are new until they buy on a second day, or `new_days` have passed since
    the first purchase; who had fallen dormant before the first is active by it.
    """
    registered_on, first_on, last_on = purchases
    anchor = last_on or registered_on
    dormant_on, lost_on = anchor + timedelta(rule.dormant_days), anchor + timedelta(rule.lost_days)
    if on >= lost_on:
        return Standing(LifecycleState.LOST, lost_on, None)
    if on >= dormant_on:
        return Standing(LifecycleState.DORMANT, dormant_on, lost_on)
    lapse_on = min(dormant_on, lost_on)
    if first_on is None or last_on is None:
        return Standing(LifecycleState.NEW, registered_on, lapse_on)
    if first_on < last_on:
        return Standing(LifecycleState.ACTIVE, last_on, lapse_on)
    if first_on >= registered_on + timedelta(rule.dormant_days):
        return Standing(LifecycleState.ACTIVE, first_on, lapse_on)
    old_on = first_on + timedelta(rule.new_days)
    if on >= old_on:
        return Standing(LifecycleState.ACTIVE, old_on, lapse_on)
    return Standing(LifecycleState.NEW, registered_on, min(old_on, lapse_on))


def cause_of(
    *, known: MemberLifecycle | None, now: Standing, last_on: date | None, rule: LifecycleRule
) -> LifecycleCause:
    """Why the state is `now` and not what was known, with the last purchase and the rule by which it was decided."""
    if known is None:
        return LifecycleCause.TAKEN_IN
    newer = last_on is not None and (known.last_on is None or last_on > known.last_on)
    if now.state is LifecycleState.ACTIVE and newer and known.state is not LifecycleState.ACTIVE:
        return LifecycleCause.PURCHASE
    onward = _RANKS[now.state] > _RANKS[known.state]
    if onward and (newer or last_on == known.last_on) and known.rule == rule.code:
        return LifecycleCause.TIME
    return LifecycleCause.CORRECTION
