"""What sending goods posts, as (account code, amount) pairs with debits above zero."""

from domain.finance.accounts import CARRIERS_PAYABLE, DELIVERY_EXPENSE


def fee_postings(*, fee_minor: int) -> list[tuple[str, int]]:
    """The fee that a carrier is owed; below zero for one that is not owed any more."""
    return [(DELIVERY_EXPENSE.code, fee_minor), (CARRIERS_PAYABLE.code, -fee_minor)]
