"""What prizes and rewards post that no sale paid for."""

from domain.finance.accounts import INVENTORY, POINTS_LIABILITY, PROMOTION_EXPENSE


def prize_postings(*, cost_minor: int = 0, points_value_minor: int = 0) -> list[tuple[str, int]]:
    """The postings of goods given away at their cost and of points given away at what they are expected to cost.

    Both are promotion expense, as gifts of a sale are: there is no consideration that could be allocated to them
    (IFRS 15 speaks of points that a customer has paid for), and the liability is there from that moment on.
    """
    return [
        (PROMOTION_EXPENSE.code, cost_minor + points_value_minor),
        (INVENTORY.code, -cost_minor),
        (POINTS_LIABILITY.code, -points_value_minor),
    ]
