"""What the application needs to keep stores within their quotas of points."""

from collections.abc import Collection, Sequence
from typing import Protocol

from domain.loyalty.quota import PointsQuotaUse


class PointsQuotas(Protocol):
    """What sales have issued under quotas; the counters are those of promotions (`PromotionUses.counters`)."""

    def of_sales(self, sale_ids: Collection[int]) -> Sequence[PointsQuotaUse]:
        """The entries of these sales, refunds and voids, by document and place."""
