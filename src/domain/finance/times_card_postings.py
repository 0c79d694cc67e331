"""What times cards post, as (account code, amount) pairs with debits above zero."""

from domain.finance.accounts import SALES_REVENUE, TIMES_CARD_BREAKAGE, TIMES_CARD_LIABILITY


def times_card_postings(*, value_minor: int, expired: bool = False) -> list[tuple[str, int]]:
    """The postings of a movement: sold (above zero), the revenue of its sale waits; used or returned, it waits no more.

    What a refund gives back it has taken off the revenue itself. What has `expired` is breakage.
    """
    other = TIMES_CARD_BREAKAGE if expired else SALES_REVENUE
    return [(TIMES_CARD_LIABILITY.code, -value_minor), (other.code, value_minor)]
