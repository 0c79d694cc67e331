"""What members of staff buy for themselves at their discount, within a limit for each month."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class StaffPurchaseEntry:
    """What one document did to the purchases of a member of staff in a month, an ISO text as 2026-11.

    A sale has `bought_minor` (what was paid, the discount taken off) and `discount_minor` at zero or above, in minor
    units of `currency`; what a refund or void gives back is at zero or below, and counts in the month of the sale.
    `limit_minor` was the limit in force, 0 for none and for what comes back; `beyond` tells that the sale had been made
    without connection and went beyond it.
    """

    document_id: int
    staff_id: int
    store_id: int
    currency: str
    month: str
    bought_minor: int
    discount_minor: int
    limit_minor: int
    beyond: bool
    posted_at: datetime
