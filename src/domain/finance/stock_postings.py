"""What an adjustment of stock posts: cost leaves the account of one place and enters that of another."""

from typing import Final

from domain.finance.accounts import (
    COST_OF_GOODS_SOLD,
    GOODS_RECEIVED_NOT_INVOICED,
    INVENTORY,
    PETTY_EXPENSES,
    PROMOTION_EXPENSE,
    PURCHASE_PRICE_VARIANCE,
    SET_ASIDE_ACCOUNTS,
    SHRINKAGE,
)

_USED_BY: Final = {"own_use": PETTY_EXPENSES.code, "sample": PROMOTION_EXPENSE.code}
"""What was not lost but used is an expense of its own kind."""


def adjustment_postings(*, from_place: str, to_place: str, reason: str, value_minor: int) -> list[tuple[str, int]]:
    """The postings of one line; `value_minor` is zero or more, and zero for what stays a supplier's own."""
    return [
        (_account(to_place, reason), value_minor),
        (_account(from_place, reason), -value_minor),
    ]


def _account(place: str, reason: str) -> str:
    if place == "for_sale":
        return INVENTORY.code
    if place == "nowhere":
        return _USED_BY.get(reason, SHRINKAGE.code)
    if place in ("consignment", "supplier"):
        # Taken over, goods are owed to the supplier like any others that came without an invoice.
        return GOODS_RECEIVED_NOT_INVOICED.code
    return SET_ASIDE_ACCOUNTS[place].code


def revaluation_postings(*, gained_minor: int) -> list[tuple[str, int]]:
    """New standard costs: what stock gains in value is a purchase price variance, below zero what it loses."""
    return [(INVENTORY.code, gained_minor), (PURCHASE_PRICE_VARIANCE.code, -gained_minor)]


def expiry_postings(*, lost_minor: int) -> list[tuple[str, int]]:
    """Lots that have expired are written off."""
    return [(SHRINKAGE.code, lost_minor), (INVENTORY.code, -lost_minor)]


def count_postings(*, lost_minor: int, found_minor: int) -> list[tuple[str, int]]:
    """What a count has missed and found, both zero or more, at cost."""
    return [(SHRINKAGE.code, lost_minor - found_minor), (INVENTORY.code, found_minor - lost_minor)]


def receipt_change_postings(*, owed_minor: int, stock_minor: int, variance_minor: int) -> list[tuple[str, int]]:
    """What receipts cost more afterwards, below zero what they cost less: into stock, to variance, or to what has left.

    It is owed like the goods themselves, until an invoice comes.
    """
    return [
        (INVENTORY.code, stock_minor),
        (PURCHASE_PRICE_VARIANCE.code, variance_minor),
        (COST_OF_GOODS_SOLD.code, owed_minor - stock_minor - variance_minor),
        (GOODS_RECEIVED_NOT_INVOICED.code, -owed_minor),
    ]
