"""What payments for orders post, as (account code, amount) pairs with debits above zero."""

from collections.abc import Iterable

from domain.finance.accounts import CLEARING_BY_TENDER, CUSTOMER_DEPOSITS


def deposit_postings(payments: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """The postings of (kind, amount) payments for an order; amounts below zero are paid out."""
    paid = list(payments)
    return [
        *[(CLEARING_BY_TENDER[kind].code, amount) for kind, amount in paid],
        (CUSTOMER_DEPOSITS.code, -sum(amount for _, amount in paid)),
    ]
