"""Points as they are shown; fields are those of the messages of the same names in the contract."""

from dataclasses import dataclass
from datetime import datetime

from domain.loyalty.ledger import PointsReason


@dataclass(slots=True)
class PointsEntryView:
    """A movement of points. `expires_on` is the first day on which the lot is worth nothing, empty for never.

    `free_on` is the first day on which its points may be spent, empty for at once.
    `spent_by` is the number of the member of the pool who paid with it, empty for everything else.
    The names are those of the activity that gave the points or of the reward that took them; empty for everything else.
    """

    entry_id: int
    points: int
    reason: PointsReason
    sale_id: int
    lot_id: int
    expires_on: str
    store_code: str
    business_date: str
    posted_at: datetime
    free_on: str = ""
    spent_by: str = ""
    name_en: str = ""
    name_zh: str = ""


@dataclass(slots=True)
class PointsLiability:
    """What the points that one store gave and took have come to, in the store's currency.

    `outstanding` = `issued` - `redeemed` - `expired` + `adjusted`; reversals are already taken off the first three.
    `value_minor` is the liability that the outstanding points carry; a store that redeems what others issued has less
    than none.
    """

    store_code: str
    currency: str
    issued: int
    redeemed: int
    expired: int
    adjusted: int
    outstanding: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class PointsExpiryView:
    """What one batch of an expiry run took out of lots of one store; `value_minor` became revenue there."""

    expiry_id: int
    store_code: str
    currency: str
    lots: int
    points: int
    value_minor: int


@dataclass(slots=True)
class PointsFigures:
    """What became of the points of one store in a period, and of the liability that they carry, in its currency.

    Points and amounts alike: outstanding (the liability) at the end = opening + issued - redeemed - expired + reversed
    + adjusted; of amounts also + settled, what settlements between stores have given back to a store that had released
    the liability of another (below zero in the other). Points stay where they moved.
    `reversed` is what refunds have given back less what they have taken back. `expired` is less what refunds have
    undone; `expired_minor` is the breakage revenue of the period, `liability_minor` the account at its end.
    """

    store_code: str
    currency: str
    opening_points: int
    issued_points: int
    redeemed_points: int
    expired_points: int
    reversed_points: int
    outstanding_points: int
    opening_minor: int
    issued_minor: int
    redeemed_minor: int
    expired_minor: int
    reversed_minor: int
    liability_minor: int
    adjusted_points: int = 0
    adjusted_minor: int = 0
    settled_minor: int = 0


@dataclass(frozen=True, slots=True)
class PointsHeld:
    """A hold as it stands after a request; `paid_minor` is what the captured points paid, in the store's currency.

    Where holds are listed, the figures of the request are 0.
    """

    hold_id: int
    member_number: str
    points: int
    reference: str
    expires_at: datetime
    captured_points: int = 0
    released_points: int = 0
    paid_minor: int = 0
    points_balance: int = 0
