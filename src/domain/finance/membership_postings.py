"""What paid memberships post, as (account code, amount) pairs with debits above zero."""

from domain.finance.accounts import MEMBERSHIP_LIABILITY, SALES_REVENUE


def membership_postings(*, value_minor: int) -> list[tuple[str, int]]:
    """The postings of a movement: sold (above zero), the revenue of its sale waits; earned or returned, no longer.

    What a refund gives back it has taken off the revenue itself.
    """
    return [(MEMBERSHIP_LIABILITY.code, -value_minor), (SALES_REVENUE.code, value_minor)]
