"""What stored value and gift cards post besides sales, as (account code, amount) pairs with debits above zero."""

from domain.finance.accounts import (
    CLEARING_BY_TENDER,
    GIFT_CARD_LIABILITY,
    MARKETING_EXPENSE,
    STORED_VALUE_BONUS,
    STORED_VALUE_PRINCIPAL,
)


def top_up_postings(*, tender: str, paid_minor: int, bonus_minor: int) -> list[tuple[str, int]]:
    """The postings of a top-up: what was paid is owed to the member, and the bonus too, at the cost of marketing."""
    return [
        (CLEARING_BY_TENDER[tender].code, paid_minor),
        (MARKETING_EXPENSE.code, bonus_minor),
        (STORED_VALUE_PRINCIPAL.code, -paid_minor),
        (STORED_VALUE_BONUS.code, -bonus_minor),
    ]


def close_postings(*, tender: str, paid_minor: int, bonus_minor: int) -> list[tuple[str, int]]:
    """The postings of stored value that is paid out: the inverse of its top-ups, as far as it was not spent."""
    return [
        (account, -amount)
        for account, amount in top_up_postings(tender=tender, paid_minor=paid_minor, bonus_minor=bonus_minor)
    ]


def gift_card_postings(*, tender: str, paid_minor: int) -> list[tuple[str, int]]:
    """The postings of a gift card that is sold: no revenue yet, what was paid is owed to whoever holds the card."""
    return [(CLEARING_BY_TENDER[tender].code, paid_minor), (GIFT_CARD_LIABILITY.code, -paid_minor)]
