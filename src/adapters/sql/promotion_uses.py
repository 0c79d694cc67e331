"""What promotions with limits have been used for, and campaigns, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Final

from sqlalchemy import bindparam, func, select

from adapters.sql import promotion_counters
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.pricing import campaigns, promotion_uses
from adapters.sql.tables.sales import sales
from adapters.sql.transaction import Transaction
from application.ports import promotion_uses as ports
from domain.pricing.limits import Campaign
from domain.pricing.promotion_use import CounterKey, PromotionCounter, PromotionUse
from domain.sales.sale import SaleKind

_OF_SALES: Final = (
    select(promotion_uses)
    .where(any_of(promotion_uses.c.sale_id, "sale_ids"))
    .order_by(promotion_uses.c.sale_id, promotion_uses.c.promotion_code)
)
_CAMPAIGNS: Final = select(campaigns).where(any_of(campaigns.c.code, "codes"))
_COUNT_CAMPAIGNS: Final = select(func.count()).select_from(campaigns)
_PAGE_OF_CAMPAIGNS: Final = (
    select(campaigns).where(campaigns.c.code > bindparam("after")).order_by(campaigns.c.code).limit(bindparam("limit"))
)
_PUT_CAMPAIGNS: Final = upsert(campaigns)
_SALES_MADE: Final = select(func.count()).where(
    any_of(sales.c.store_id, "store_ids"),
    sales.c.business_date >= bindparam("from_date", type_=sales.c.business_date.type),
    sales.c.business_date < bindparam("until_date", type_=sales.c.business_date.type),
    sales.c.kind == SaleKind.SALE.value,
)


class PromotionUses(ports.PromotionUses):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def counters(self, keys: Collection[CounterKey]) -> Mapping[CounterKey, PromotionCounter]:
        return promotion_counters.read(self._transaction, keys) if keys else {}

    def lock(self, keys: Collection[CounterKey]) -> Mapping[CounterKey, PromotionCounter]:
        return promotion_counters.lock(self._transaction, keys)

    def of_sales(self, sale_ids: Collection[int]) -> Sequence[PromotionUse]:
        return [PromotionUse(**row._mapping) for row in self._transaction.execute(_OF_SALES, {"sale_ids": sale_ids})]

    def campaigns(self, codes: Collection[str]) -> Mapping[str, Campaign]:
        if not codes:
            return {}
        rows = self._transaction.execute(_CAMPAIGNS, {"codes": codes})
        return {row.code: Campaign(**row._mapping) for row in rows}

    def count_campaigns(self) -> int:
        return int(self._transaction.execute(_COUNT_CAMPAIGNS).scalar_one())

    def list_campaigns(self, *, after: str, limit: int) -> Sequence[Campaign]:
        rows = self._transaction.execute(_PAGE_OF_CAMPAIGNS, {"after": after, "limit": limit})
        return [Campaign(**row._mapping) for row in rows]

    def put_campaigns(self, campaigns: Sequence[Campaign]) -> None:
        if campaigns:
            self._transaction.execute(_PUT_CAMPAIGNS, [asdict(campaign) for campaign in campaigns])

    def count_sales(self, store_ids: Collection[int], *, from_date: str, until_date: str) -> int:
        parameters = {
            "store_ids": store_ids,
            "from_date": date.fromisoformat(from_date),
            "until_date": date.fromisoformat(until_date),
        }
        return int(self._transaction.execute(_SALES_MADE, parameters).scalar_one())
