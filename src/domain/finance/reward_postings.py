"""What rewards post that members redeem their points for."""

from domain.finance.accounts import INVENTORY, POINTS_LIABILITY, PROMOTION_EXPENSE
from domain.finance.sale_postings import correction_postings


def reward_postings(*, value_minor: int, cost_minor: int, correction_minor: int = 0) -> list[tuple[str, int]]:
    """The postings of points redeemed for a reward: their liability is settled by goods at their cost.

    Promotion expense takes the difference between what the points were expected to cost and what the goods did; of a
    coupon, which costs nothing until it is used, all of it. What is undone is below zero; `correction_minor` is that
    of `put_back`, with its sign.
    """
    return [
        (POINTS_LIABILITY.code, value_minor),
        (INVENTORY.code, -cost_minor),
        (PROMOTION_EXPENSE.code, cost_minor - value_minor),
        *correction_postings(correction_minor=correction_minor),
    ]
