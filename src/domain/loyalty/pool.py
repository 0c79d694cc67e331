"""Families that share their points: members of one pool hand points on to each other, or spend them at the till."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class PoolEventKind(StrEnum):
    JOINED = "joined"
    LEFT = "left"
    DISSOLVED = "dissolved"


class PoolSpending(StrEnum):
    """Who may pay with the points of all members of a pool; who may not still pays with their own."""

    NOBODY = "nobody"
    OWNER = "owner"
    MEMBERS = "members"


@dataclass(slots=True)
class PointsPoolEvent:
    """Who came into the pool of which owner, or left it; an owner who leaves dissolves it for everybody."""

    event_id: int
    owner_id: int
    member_id: int
    kind: PoolEventKind
    caller_id: int
    staff_id: int | None
    posted_at: datetime


@dataclass(slots=True)
class PointsTransfer:
    """Points handed on inside a pool, with the liability that they carry, in the store where it was done."""

    transfer_id: int
    member_id: int
    to_member_id: int
    store_id: int
    business_date: date
    points: int
    value_minor: int
    caller_id: int
    staff_id: int | None
    request_id: str
    posted_at: datetime


@dataclass(slots=True)
class PointsPoolRule:
    """Who may spend the points of a pool, from this version of the owner's rules on.

    `points_per_day_max` is what one member may spend of the points of the others on a business date, 0 for no bound.
    """

    owner_id: int
    version: int
    spending: PoolSpending
    points_per_day_max: int
    caller_id: int
    staff_id: int | None
    posted_at: datetime

    def lets(self, spender_id: int) -> bool:
        """Whether a member of the pool may pay with the points of the others."""
        if self.spending is PoolSpending.OWNER:
            return spender_id == self.owner_id
        return self.spending is PoolSpending.MEMBERS


@dataclass(slots=True)
class PointsPoolSpending:
    """Points of a member that another one of the pool paid with; below zero where a reversal has given them back.

    `spent_on` is the business date of the sale, in reversals too, so that the sum by it is what was spent on that date.
    """

    sale_id: int
    member_id: int
    spender_id: int
    owner_id: int
    spent_on: date
    points: int
