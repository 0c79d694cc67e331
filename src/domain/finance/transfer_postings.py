"""What moving goods between stores posts, as (account code, amount) pairs with debits above zero."""

from domain.finance.accounts import (
    GOODS_IN_TRANSIT,
    INTER_STORE_CLEARING,
    INTER_STORE_PAYABLE,
    INTER_STORE_RECEIVABLE,
    INVENTORY,
    SHRINKAGE,
)
from domain.finance.sale_postings import correction_postings


def shipment_postings(*, cost_minor: int, one_company: bool) -> list[tuple[str, int]]:
    """In the source: goods that left at cost, for which the destination owes."""
    account = INTER_STORE_CLEARING if one_company else INTER_STORE_RECEIVABLE
    return [(account.code, cost_minor), (INVENTORY.code, -cost_minor)]


def transit_postings(*, cost_minor: int, one_company: bool) -> list[tuple[str, int]]:
    """In the destination: goods on their way, owed to the source. Over both stores clearing nets to zero."""
    account = INTER_STORE_CLEARING if one_company else INTER_STORE_PAYABLE
    return [(GOODS_IN_TRANSIT.code, cost_minor), (account.code, -cost_minor)]


def arrival_postings(
    *, received_minor: int, missing_minor: int, over_minor: int, correction_minor: int
) -> list[tuple[str, int]]:
    """In the destination: goods that arrived, that will not, and that came beyond what was shipped.

    `correction_minor` is what `StockBook` gave for goods that had been sold before they came, with its sign.
    """
    return [
        (INVENTORY.code, received_minor + over_minor),
        (GOODS_IN_TRANSIT.code, -received_minor - missing_minor),
        (SHRINKAGE.code, missing_minor - over_minor),
        *correction_postings(correction_minor=correction_minor),
    ]
