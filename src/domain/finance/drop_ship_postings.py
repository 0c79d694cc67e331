"""What goods post that suppliers send to customers, as (account code, amount) pairs with debits above zero."""

from domain.finance.accounts import (
    COST_OF_GOODS_SOLD,
    GOODS_DISPATCHED,
    GOODS_RECEIVED_NOT_INVOICED,
    INVENTORY,
    PURCHASE_PRICE_VARIANCE,
)
from domain.finance.sale_postings import correction_postings


def dispatch_postings(*, cost_minor: int) -> list[tuple[str, int]]:
    """Sent by the supplier: owed to it, and dispatched to the customer until the order is handed over by its sale."""
    return [(GOODS_DISPATCHED.code, cost_minor), (GOODS_RECEIVED_NOT_INVOICED.code, -cost_minor)]


def recall_postings(*, cost_minor: int, correction_minor: int, variance_minor: int) -> list[tuple[str, int]]:
    """Came to the store instead; corrections are those of `StockBook.receive`, with their sign."""
    return [
        (INVENTORY.code, cost_minor),
        (GOODS_DISPATCHED.code, -cost_minor),
        *correction_postings(correction_minor=correction_minor),
        (COST_OF_GOODS_SOLD.code, variance_minor),
        (PURCHASE_PRICE_VARIANCE.code, -variance_minor),
    ]


def supplied_postings(*, cost_minor: int) -> list[tuple[str, int]]:
    """What of the cost of a sale was sent by suppliers: it left goods dispatched, not the stock of the store."""
    return [(INVENTORY.code, cost_minor), (GOODS_DISPATCHED.code, -cost_minor)] if cost_minor else []
