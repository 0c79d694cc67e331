"""Rewards: what members get for their points, goods or coupons, and what was redeemed."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class RewardKind(StrEnum):
    GOODS = "goods"
    """Pieces of a product, out of the stock of the store where it is redeemed."""
    COUPON = "coupon"
    """A coupon of a batch, for the member."""


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward as head office states it; it may be had in every store.

    `points` are what one costs. Dates are ISO, the first and the last trading day included, empty for no bound.
    `times_per_member_max` is 0 for no bound; what was cancelled does not count.
    """

    code: str
    name_en: str
    name_zh: str
    kind: RewardKind
    points: int
    sku: str = ""
    pieces: int = 0
    coupon_batch_code: str = ""
    from_date: str = ""
    to_date: str = ""
    times_per_member_max: int = 0

    @property
    def quantity_milli(self) -> int:
        """The goods of one, in thousandths."""
        return self.pieces * 1_000


@dataclass(slots=True)
class Redemption:
    """That a member redeemed points for a reward, or with `reverses_id` that this was undone; append-only.

    Points, the liability `value_minor` that they carried, goods with their cost, and times are above zero when it is
    redeemed and below when it is undone. `coupon_id` is 0 without a coupon.
    """

    redemption_id: int
    reward_id: int
    member_id: int
    times: int
    points: int
    value_minor: int
    sku_id: int
    quantity_milli: int
    cost_minor: int
    coupon_id: int
    reverses_id: int
    reason: str
    store_id: int
    caller_id: int
    staff_id: int | None
    business_date: date
    redeemed_at: datetime
