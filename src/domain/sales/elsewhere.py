"""Goods that come back to another store than the one that sold them: what the seller owes the store that took them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.sales.sale import Sale, SaleLine


@dataclass(slots=True)
class ReturnElsewhere:
    """A refund in another store; amounts are in minor units and zero or more, unless a line itself is below zero.

    `owed_minor` is what was given back for the goods, less what they cost, because they stay where they were taken.
    `revenue_minor`, `tax_minor` and `cost_minor` are what the store that sold had from the sale, and has no more.
    """

    sale_id: int
    selling_store_id: int
    store_id: int
    business_date: date
    posted_at: datetime
    owed_minor: int
    revenue_minor: int
    tax_minor: int
    cost_minor: int


def return_elsewhere(
    refund: Sale, lines: Sequence[SaleLine], *, selling_store_id: int, shortfall_minor: int, gift_cost_minor: int
) -> ReturnElsewhere:
    """What the selling store owes for a refund, whose amounts are below zero.

    `shortfall_minor` is what was kept back for points that had been spent, `gift_cost_minor` what gifts among the
    lines have cost, both zero or more.
    """
    cost = -sum(line.cost_minor for line in lines)
    return ReturnElsewhere(
        sale_id=refund.sale_id,
        selling_store_id=selling_store_id,
        store_id=refund.store_id,
        business_date=refund.business_date,
        posted_at=refund.stored_at,
        owed_minor=-refund.total_minor - shortfall_minor - cost,
        revenue_minor=-refund.net_minor + sum(line.deferred_minor for line in lines),
        tax_minor=-refund.tax_minor,
        cost_minor=cost - gift_cost_minor,
    )
