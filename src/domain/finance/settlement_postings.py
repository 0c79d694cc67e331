"""What a settlement between stores posts in one store, as (account code, amount) pairs with debits above zero."""

from collections.abc import Mapping

from domain.finance.accounts import (
    COST_OF_GOODS_SOLD,
    GIFT_CARD_LIABILITY,
    INTER_STORE_CLEARING,
    INTER_STORE_PAYABLE,
    INTER_STORE_RECEIVABLE,
    MARKETING_EXPENSE,
    OUTPUT_TAX,
    POINTS_LIABILITY,
    PROMOTION_EXPENSE,
    SALES_REVENUE,
    STORED_VALUE_BONUS,
    STORED_VALUE_PRINCIPAL,
    TIMES_CARD_LIABILITY,
)
from domain.finance.settlement import SettlementDocument


def settlement_postings(document: SettlementDocument, owed: Mapping[str, int]) -> list[tuple[str, int]]:
    """The postings of one store, balanced when `owed` (of `owed_by_basis`) comes to the document's net.

    The store that was paid with what another had issued has released a liability that was not its own, and borne the
    expense: both go back to the issuer, who owes for them. So do the revenue, the tax and the cost of what another
    store has taken back.
    """
    return [
        (INTER_STORE_CLEARING.code, owed["clearing"]),
        (INTER_STORE_RECEIVABLE.code, owed["receivable"]),
        (INTER_STORE_PAYABLE.code, -owed["payable"]),
        (POINTS_LIABILITY.code, -document.points_minor),
        (PROMOTION_EXPENSE.code, -document.promotion_minor),
        (STORED_VALUE_PRINCIPAL.code, -document.principal_minor),
        (STORED_VALUE_BONUS.code, -document.bonus_minor),
        (MARKETING_EXPENSE.code, -document.marketing_minor),
        (GIFT_CARD_LIABILITY.code, -document.gift_card_minor),
        (TIMES_CARD_LIABILITY.code, -document.times_card_minor),
        (SALES_REVENUE.code, -document.revenue_minor),
        (OUTPUT_TAX.code, -document.tax_minor),
        (COST_OF_GOODS_SOLD.code, document.cost_minor),
    ]
