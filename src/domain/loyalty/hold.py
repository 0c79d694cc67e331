"""Points held for something that is not paid for yet: nobody else can spend them until it is, or the hold ends."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(slots=True)
class PointsHold:
    """Points that were moved into lots of their own until `expires_at`, for what `reference` names."""

    hold_id: int
    member_id: int
    store_id: int
    business_date: date
    points: int
    reference: str
    expires_at: datetime
    caller_id: int
    staff_id: int | None
    request_id: str
    posted_at: datetime


@dataclass(slots=True)
class PointsHoldEnd:
    """How a hold was ended before its time, once: so many points captured (0 for none), the others released.

    `value_minor` is the liability that the captured points carried, `paid_minor` what they have paid.
    """

    hold_id: int
    end_id: int
    store_id: int
    business_date: date
    points: int
    value_minor: int
    paid_minor: int
    caller_id: int
    staff_id: int | None
    request_id: str
    posted_at: datetime
