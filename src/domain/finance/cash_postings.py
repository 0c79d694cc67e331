"""What the drawer of a till posts besides sales: cash paid in and out, cash banked, and what a count differs by."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from domain.finance.accounts import (
    BANK,
    CASH,
    CASH_OVER_SHORT,
    CLEARING_BY_TENDER,
    OTHER_INCOME,
    PETTY_EXPENSES,
    TIPS_PAYABLE,
    Account,
)

PETTY_ACCOUNTS: Final[Mapping[str, Account]] = MappingProxyType(
    {account.code: account for account in (BANK, OTHER_INCOME, PETTY_EXPENSES)}
)
"""What cash may be paid in from and out to by hand: accounts that no ledger of this system keeps by itself."""
PAID_OUT_ACCOUNTS: Final[Mapping[str, Account]] = MappingProxyType({**PETTY_ACCOUNTS, TIPS_PAYABLE.code: TIPS_PAYABLE})
"""What cash may be paid out to by hand: tips besides, as far as the store owes any."""


def cash_postings(*, account_code: str, amount_minor: int) -> list[tuple[str, int]]:
    """Cash that came in (above zero) from an account or went out (below zero) to it."""
    return [(CASH.code, amount_minor), (account_code, -amount_minor)]


def variance_postings(variances: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """What was counted beyond the books (above zero) or below them, by tender, against cash over and short."""
    amounts = [(CLEARING_BY_TENDER[tender].code, amount) for tender, amount in variances]
    return [*amounts, (CASH_OVER_SHORT.code, -sum(amount for _, amount in amounts))]
