"""What points post that no sale or prize moves."""

from domain.finance.accounts import BREAKAGE_REVENUE, POINTS_CLEARING, POINTS_LIABILITY, PROMOTION_EXPENSE


def breakage_postings(*, value_minor: int) -> list[tuple[str, int]]:
    """The postings of points that have expired with `value_minor` of liability: revenue, now that nobody can claim it.

    What was expected not to be redeemed was revenue from the first day on; this is the rest (IFRS 15.B44 to B47).
    """
    return [(POINTS_LIABILITY.code, value_minor), (BREAKAGE_REVENUE.code, -value_minor)]


def adjustment_postings(*, value_minor: int) -> list[tuple[str, int]]:
    """The postings of points given (above zero) or taken by hand with so much liability, against promotion expense."""
    return [(PROMOTION_EXPENSE.code, value_minor), (POINTS_LIABILITY.code, -value_minor)]


def capture_postings(*, value_minor: int, paid_minor: int) -> list[tuple[str, int]]:
    """The postings of held points that pay `paid_minor` for what somebody else sells, who is owed it.

    They release `value_minor` of liability; the difference is promotion expense, as it is when points pay a sale.
    """
    return [
        (POINTS_LIABILITY.code, value_minor),
        (PROMOTION_EXPENSE.code, paid_minor - value_minor),
        (POINTS_CLEARING.code, -paid_minor),
    ]


def repayment_postings(*, value_minor: int) -> list[tuple[str, int]]:
    """The postings of points that only repay what a member owes: `value_minor` of liability is released."""
    return [(POINTS_LIABILITY.code, value_minor), (PROMOTION_EXPENSE.code, -value_minor)]
