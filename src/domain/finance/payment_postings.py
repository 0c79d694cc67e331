"""What the settlement of a payment provider posts, as (account code, amount) pairs with debits above zero."""

from collections.abc import Mapping

from domain.finance.accounts import BANK, CLEARING_BY_TENDER, PAYMENT_FEES


def settlement_postings(paid_out: Mapping[str, int], *, fee_minor: int) -> list[tuple[str, int]]:
    """The postings of what a provider pays out by kind of tender, less its fee: bank and fees against clearing."""
    return [
        (BANK.code, sum(paid_out.values()) - fee_minor),
        (PAYMENT_FEES.code, fee_minor),
        *[(CLEARING_BY_TENDER[kind].code, -amount) for kind, amount in paid_out.items()],
    ]
