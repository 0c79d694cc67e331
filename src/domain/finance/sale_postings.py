"""What sales, refunds and goods receipts post, as (account code, amount) pairs with debits above zero.

The pairs of one document sum to zero when the amounts given belong together; `balanced` turns them into an entry.
An account may be mentioned twice, and amounts may be zero.
"""

from collections.abc import Mapping

from domain.finance.accounts import (
    BREAKAGE_REVENUE,
    CASH_ROUNDING,
    COST_OF_GOODS_SOLD,
    GOODS_RECEIVED_NOT_INVOICED,
    INVENTORY,
    OUTPUT_TAX,
    POINTS_LIABILITY,
    PROMOTION_EXPENSE,
    PURCHASE_PRICE_VARIANCE,
    SALES_REVENUE,
    SET_ASIDE_GOODS,
    SHRINKAGE,
    TIPS_PAYABLE,
)

# Looked up once: a sale posts to a dozen of them.
_CASH_ROUNDING = CASH_ROUNDING.code
_COST_OF_GOODS_SOLD = COST_OF_GOODS_SOLD.code
_INVENTORY = INVENTORY.code
_OUTPUT_TAX = OUTPUT_TAX.code
_POINTS_LIABILITY = POINTS_LIABILITY.code
_PROMOTION_EXPENSE = PROMOTION_EXPENSE.code
_SALES_REVENUE = SALES_REVENUE.code


def sale_postings(
    *,
    tenders: Mapping[str, int],
    net_minor: int,
    tax_minor: int,
    deferred_minor: int,
    redeemed_value_minor: int,
    redeemed_carrying_minor: int,
    rounding_minor: int,
    cost_minor: int,
    gift_cost_minor: int = 0,
    tip_minor: int = 0,
) -> list[tuple[str, int]]:
    """The postings of a sale, balanced when tenders + redeemed_value_minor = net + tax + rounding + tip_minor.

    `tenders` is what was taken per clearing account, change deducted, points left out. `deferred_minor` is what the
    points earned defer; points redeemed paid `redeemed_value_minor` and release `redeemed_carrying_minor` of
    liability, the difference is promotion expense. `rounding_minor` is what cash rounding added to the total. Goods
    that were sold cost `cost_minor`, gifts `gift_cost_minor`, which is promotion expense. `tip_minor` is owed to staff.
    """
    amounts = [
        *tenders.items(),
        (_POINTS_LIABILITY, redeemed_carrying_minor - deferred_minor),
        (_PROMOTION_EXPENSE, redeemed_value_minor - redeemed_carrying_minor + gift_cost_minor),
        (_SALES_REVENUE, deferred_minor - net_minor),
        (_OUTPUT_TAX, -tax_minor),
        (_CASH_ROUNDING, -rounding_minor),
        (_COST_OF_GOODS_SOLD, cost_minor),
        (_INVENTORY, -cost_minor - gift_cost_minor),
    ]
    if tip_minor:
        amounts.append((TIPS_PAYABLE.code, -tip_minor))
    return amounts


def refund_postings(
    *,
    tenders: Mapping[str, int],
    net_minor: int,
    tax_minor: int,
    deferred_minor: int,
    taken_back_carrying_minor: int,
    shortfall_minor: int,
    returned_value_minor: int,
    returned_carrying_minor: int,
    rounding_minor: int,
    cost_minor: int,
    gift_cost_minor: int = 0,
    correction_minor: int = 0,
    expiry_undone_minor: int = 0,
    scrapped_minor: int = 0,
    set_aside_minor: int = 0,
    tip_minor: int = 0,
) -> list[tuple[str, int]]:
    """The postings of a refund or void, the inverse of what `sale_postings` gave for the same amounts, all above zero.

    Balanced when tenders = net_minor + tax_minor + rounding_minor + tip_minor - returned_value_minor - shortfall_minor.

    `tenders` is what is paid out per clearing account. `deferred_minor` is what the goods taken back had deferred,
    `taken_back_carrying_minor` the liability of the points that could be taken back for it, `shortfall_minor` the money
    deducted for those already spent. Their redemption was charged to promotion expense, so what the deduction brings
    beyond the deferral goes back there. Points that had paid return as `returned_value_minor` of the refund and
    `returned_carrying_minor` of liability. Goods return to stock at `cost_minor` and gifts at `gift_cost_minor`, but
    for what of that is scrapped or set aside. `correction_minor` is the correction that `put_back` gave, with its sign.
    `expiry_undone_minor` is the part of `taken_back_carrying_minor` that had expired before: its breakage is no revenue
    after all. `tip_minor` is what a void gives back of what was owed to the staff.
    """
    return [
        *[(account, -amount) for account, amount in tenders.items()],
        (_POINTS_LIABILITY, taken_back_carrying_minor - returned_carrying_minor - expiry_undone_minor),
        (BREAKAGE_REVENUE.code, expiry_undone_minor),
        (
            _PROMOTION_EXPENSE,
            deferred_minor
            - taken_back_carrying_minor
            - shortfall_minor
            + returned_carrying_minor
            - returned_value_minor
            - gift_cost_minor,
        ),
        (_SALES_REVENUE, net_minor - deferred_minor),
        (_OUTPUT_TAX, tax_minor),
        (_CASH_ROUNDING, rounding_minor),
        (_COST_OF_GOODS_SOLD, -cost_minor),
        (_INVENTORY, cost_minor + gift_cost_minor - scrapped_minor - set_aside_minor),
        (SHRINKAGE.code, scrapped_minor),
        (SET_ASIDE_GOODS.code, set_aside_minor),
        (TIPS_PAYABLE.code, tip_minor),
        *correction_postings(correction_minor=correction_minor),
    ]


def receipt_postings(*, cost_minor: int, correction_minor: int, variance_minor: int = 0) -> list[tuple[str, int]]:
    """The postings of goods received at `cost_minor`, with the correction that `receive` gave, with its sign.

    `variance_minor` is what of the correction is the difference to standard cost: no cost of goods sold.
    """
    return [
        (_INVENTORY, cost_minor),
        (GOODS_RECEIVED_NOT_INVOICED.code, -cost_minor),
        *correction_postings(correction_minor=correction_minor),
        (_COST_OF_GOODS_SOLD, variance_minor),
        (PURCHASE_PRICE_VARIANCE.code, -variance_minor),
    ]


def correction_postings(*, correction_minor: int) -> list[tuple[str, int]]:
    """What a value-only stock movement posts: below zero, goods already sold turn out to have cost more."""
    return [(_INVENTORY, correction_minor), (_COST_OF_GOODS_SOLD, -correction_minor)]
