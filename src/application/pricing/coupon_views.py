"""Coupons as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from domain.pricing.coupon import CouponEventKind, Ended


class CouponState(StrEnum):
    AVAILABLE = "available"
    NOT_YET_VALID = "not_yet_valid"
    HELD = "held"
    USED = "used"
    EXPIRED = "expired"
    VOIDED = "voided"


@dataclass(slots=True)
class CouponView:
    """A coupon as of a day; `code` is only its end for callers who may not see codes. 0 uses is without end."""

    coupon_id: int
    batch_code: str
    batch_name: str
    code: str = field(repr=False)
    state: CouponState
    member_number: str
    uses_max: int
    uses: int
    from_date: str
    until_date: str
    issued_at: datetime


@dataclass(slots=True)
class CouponEventView:
    """An entry of the ledger: who did what, when, where; ids and codes are empty or 0 where there is none."""

    kind: CouponEventKind
    happened_at: datetime
    store_code: str
    caller_code: str
    member_number: str
    sale_id: int
    reason: str


@dataclass(slots=True)
class CouponHistory:
    coupon: CouponView
    events: Sequence[CouponEventView]


@dataclass(slots=True)
class CouponPage:
    coupons: Sequence[CouponView]
    next_page_token: str


def state_on(
    day: date, *, ended: int, uses_max: int, uses: int, held: int, from_date: date | None, until_date: date | None
) -> CouponState:
    """What a coupon is on a day, whether or not an expiry run has come by."""
    if ended == Ended.VOIDED:
        return CouponState.VOIDED
    if uses_max and uses >= uses_max:
        return CouponState.USED
    if ended == Ended.EXPIRED or (until_date is not None and until_date <= day):
        return CouponState.EXPIRED
    if from_date is not None and from_date > day:
        return CouponState.NOT_YET_VALID
    return CouponState.HELD if uses_max and uses + held >= uses_max else CouponState.AVAILABLE
