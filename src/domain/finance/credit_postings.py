"""What payments on members' accounts post, as (account code, amount) pairs with debits above zero."""

from collections.abc import Iterable

from domain.finance.accounts import CLEARING_BY_TENDER, MEMBERS_RECEIVABLE


def payment_postings(tenders: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """The postings of (kind, amount) tenders that pay what a member owes."""
    paid = list(tenders)
    return [
        *[(CLEARING_BY_TENDER[kind].code, amount) for kind, amount in paid],
        (MEMBERS_RECEIVABLE.code, -sum(amount for _, amount in paid)),
    ]
