"""What the application needs of staff purchases; their counters are those of promotions (`PromotionUses`)."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from domain.sales.staff_purchase import StaffPurchaseEntry


class BoughtInMonth(NamedTuple):
    """What a member of staff bought in a month and currency, returns taken off, in minor units.

    `beyond` counts the sales made without connection that went beyond the limit; `limit_minor` is the highest limit
    that was in force, 0 for none.
    """

    staff_id: int
    currency: str
    bought_minor: int
    discount_minor: int
    limit_minor: int
    beyond: int


class StaffPurchases(Protocol):
    def of_document(self, document_id: int) -> StaffPurchaseEntry | None:
        """What a sale, refund or void did; None for what no member of staff bought."""

    def of_month(self, month: str, *, limit: int) -> Sequence[BoughtInMonth]:
        """What was bought in a month, by member of staff, who went beyond their limit first, up to `limit` rows."""
