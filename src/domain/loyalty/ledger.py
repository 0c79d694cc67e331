"""The points ledger: entries, the lots that they fill and use, and the balance that only entries move."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class PointsReason(StrEnum):
    EARNED = "earned"
    REDEEMED = "redeemed"
    EARN_REVERSED = "earn_reversed"
    REDEEM_REVERSED = "redeem_reversed"
    AWARDED = "awarded"
    EXPIRED = "expired"
    EXPIRY_REVERSED = "expiry_reversed"
    ADJUSTED = "adjusted"
    OWED = "owed"
    REPAID = "repaid"
    REPAY_REVERSED = "repay_reversed"
    HELD = "held"
    RELEASED = "released"
    CAPTURED = "captured"
    TRANSFERRED = "transferred"
    MERGED_OUT = "merged_out"
    MERGED_IN = "merged_in"


@dataclass(slots=True)
class PointsLot:
    """Points earned together. `points` and `value_minor` (the liability they carry) are what is left of the lot.

    `expires_on` is exclusive: the first business date on which the lot is worth nothing; None for never. A lot below
    zero is a debt: it never expires and carries no liability.

    `free_on` is the first business date on which its points may be spent, None for at once. Until `held_until` they are
    held for somebody; they came out of the lot `held_from` and go back there when they are released.
    """

    lot_id: int
    member_id: int
    sale_id: int
    earned_on: date
    expires_on: date | None
    points: int
    value_minor: int
    free_on: date | None = None
    held_until: datetime | None = None
    held_from: int | None = None


@dataclass(slots=True)
class PointsEntry:
    """One movement of one lot; `value_minor` is the liability that moved with it.

    `sale_id` is the document: a sale, refund or void, of points that were awarded a play or a check-in, and of those
    that have expired the `PointsExpiry`, of those that were put right by hand the `PointsAdjustment`,
    of those that moved with a member's file its merge.
    """

    member_id: int
    entry_id: int
    lot_id: int
    points: int
    value_minor: int
    reason: PointsReason
    sale_id: int
    store_id: int
    business_date: date
    posted_at: datetime


@dataclass(slots=True)
class PointsExpiry:
    """What one run of the expiry took out of lots that a store had issued: so many lots with points and liability.

    A run writes one for every store and batch; together they are what the store's points have lapsed by.
    """

    expiry_id: int
    store_id: int
    business_date: date
    lots: int
    points: int
    value_minor: int
    posted_at: datetime


@dataclass(slots=True)
class PointsAdjustment:
    """Points given or taken by hand, by whom and why. `reverses_id` is the adjustment that it undoes, or 0."""

    adjustment_id: int
    member_id: int
    store_id: int
    business_date: date
    points: int
    value_minor: int
    reason: str
    reverses_id: int
    caller_id: int
    staff_id: int | None
    request_id: str
    posted_at: datetime
