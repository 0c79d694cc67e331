"""How fast stock moves: turnover, and how long what is there lasts."""

from typing import Final

from domain.shared.money import divide

ONCE_BP: Final = 10_000


def turnover_bp(*, cost_of_goods_sold_minor: int, opening_minor: int, closing_minor: int) -> int:
    """How often stock turned over, in basis points, rounded half up: cost of goods sold by the average of two values.

    0 where the average is zero or below, as of stock that was sold before it came. Inventory turnover as in Heizer and
    Render, Operations Management, with the average of opening and closing stock.
    """
    both = opening_minor + closing_minor
    return divide(cost_of_goods_sold_minor * 2 * ONCE_BP, both) if both > 0 else 0


def cover_days(*, on_hand_milli: int, sold_milli: int, in_days: int) -> int:
    """For how many whole days what is on hand lasts, if as much is sold as was in these days; 0 where none was."""
    return on_hand_milli * in_days // sold_milli if sold_milli > 0 else 0


def excess_milli(*, on_hand_milli: int, sold_milli: int, in_days: int, wanted_days: int) -> int:
    """What is on hand beyond what is sold in so many days, zero or more, rounded down."""
    return max(0, (on_hand_milli * in_days - max(0, sold_milli) * wanted_days) // in_days)
