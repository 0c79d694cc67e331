"""Families that share their points: members of one pool hand points on to each other."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class PoolEventKind(StrEnum):
    JOINED = "joined"
    LEFT = "left"
    DISSOLVED = "dissolved"


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
