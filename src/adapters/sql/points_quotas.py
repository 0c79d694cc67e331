"""What sales have issued under quotas of points, in SQL."""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import select

from adapters.sql.statements import any_of
from adapters.sql.tables.loyalty import points_quota_uses
from adapters.sql.transaction import Transaction
from application.ports import points_quotas as ports
from domain.loyalty.quota import PointsQuotaUse, QuotaPlace

_OF_SALES: Final = (
    select(points_quota_uses)
    .where(any_of(points_quota_uses.c.sale_id, "sale_ids"))
    .order_by(points_quota_uses.c.sale_id, points_quota_uses.c.place)
)


class PointsQuotas(ports.PointsQuotas):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of_sales(self, sale_ids: Collection[int]) -> Sequence[PointsQuotaUse]:
        return [
            PointsQuotaUse(**{**row._mapping, "place": QuotaPlace(row.place)})
            for row in self._transaction.execute(_OF_SALES, {"sale_ids": sale_ids})
        ]
