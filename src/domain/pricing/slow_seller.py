"""What to do with goods that hardly sell: take more off, as far as the floor lets, or delist them. People decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.pricing.offers import RATE_BP
from domain.shared.money import Rounding, divide, divide_up


class SlowSellerProposal(StrEnum):
    DEEPEN = "deepen"
    DELIST = "delist"


class SlowReason(StrEnum):
    """Why this is proposed; what stands first is found first."""

    OUT_OF_STOCK = "out_of_stock"
    NOT_FOR_SALE = "not_for_sale"
    UNSOLD_THOUGH_PROMOTED = "unsold_though_promoted"
    ROOM_ABOVE_FLOOR = "room_above_floor"
    AT_FLOOR = "at_floor"


class LeftOut(StrEnum):
    """Why nothing is proposed for goods that sell less than the threshold, or that are not kept in stock."""

    NEW = "new"
    NEVER_RECEIVED = "never_received"
    NOT_FOR_SALE = "not_for_sale"
    UNSTOCKED = "unstocked"


@dataclass(frozen=True, slots=True)
class ShelfPrice:
    """What one unit costs in some stores: by the price list, and what promotions take off it when bought alone.

    `floor_minor` is the least that it may be sold for, 0 for no floor.
    """

    unit_price_minor: int
    off_minor: int
    floor_minor: int

    @property
    def rate_bp(self) -> int:
        """The share that is taken off, rounded up: what is proposed is never less than what is given already."""
        return divide_up(self.off_minor * RATE_BP, self.unit_price_minor) if self.off_minor else 0

    def after(self, rate_bp: int, rounding: Rounding) -> int:
        """The price of one unit with so much off the price of the list."""
        return self.unit_price_minor - divide(self.unit_price_minor * rate_bp, RATE_BP, rounding)


@dataclass(frozen=True, slots=True)
class Proposed:
    """The rates are shares off the list price, in basis points; `rate_bp` is 0 where nothing more is to come off."""

    proposal: SlowSellerProposal
    reason: SlowReason
    current_rate_bp: int
    rate_bp: int = 0


def slow_below(pieces_a_month: int, *, days: int, days_of_month: int) -> int:
    """The quantity in thousandths below which goods sell slowly within `days`, rounded up.

    Quantities are whole thousandths, so comparing with it is as exact as with the fraction.
    """
    return divide_up(pieces_a_month * 1_000 * days, days_of_month)


def days_of_stock(*, on_hand_milli: int, sold_milli: int, days: int) -> int | None:
    """For how many days the stock lasts at the rate of the last `days`, rounded down; None: nothing was sold."""
    return None if sold_milli <= 0 else max(0, on_hand_milli) * days // sold_milli


def proposed_for(
    *,
    sold_milli: int,
    on_hand_milli: int,
    shelf: Sequence[ShelfPrice],
    promoted: bool,
    step_bp: int,
    rounding: Rounding = Rounding.HALF_UP,
) -> Proposed:
    """What to do with goods that sell slowly, with the reason.

    `shelf` has their different prices, empty where nobody can buy them; `promoted` tells that something was off their
    price within the period. One step of `step_bp` more than is off already is proposed if it leaves the price of every
    store at its floor or above, and makes each lower than it is now. Otherwise they are to be delisted.
    """
    current = max([price.rate_bp for price in shelf], default=0)
    if on_hand_milli <= 0:
        return Proposed(SlowSellerProposal.DELIST, SlowReason.OUT_OF_STOCK, current)
    if not shelf:
        return Proposed(SlowSellerProposal.DELIST, SlowReason.NOT_FOR_SALE, current)
    if sold_milli <= 0 and promoted:
        return Proposed(SlowSellerProposal.DELIST, SlowReason.UNSOLD_THOUGH_PROMOTED, current)
    rate = current + step_bp
    if rate < RATE_BP and all(_has_room(price, rate, rounding) for price in shelf):
        return Proposed(SlowSellerProposal.DEEPEN, SlowReason.ROOM_ABOVE_FLOOR, current, rate)
    return Proposed(SlowSellerProposal.DELIST, SlowReason.AT_FLOOR, current)


def _has_room(price: ShelfPrice, rate_bp: int, rounding: Rounding) -> bool:
    """Nothing is given away, and a step that a cent's rounding swallows is none."""
    after = price.after(rate_bp, rounding)
    return max(price.floor_minor, 1) <= after < price.unit_price_minor - price.off_minor
