from hypothesis import given
from hypothesis import strategies as st

from domain.finance.accounts import (
    CARD_CLEARING,
    CASH,
    CASH_ROUNDING,
    COST_OF_GOODS_SOLD,
    GOODS_RECEIVED_NOT_INVOICED,
    INVENTORY,
    OUTPUT_TAX,
    POINTS_LIABILITY,
    PROMOTION_EXPENSE,
    SALES_REVENUE,
    SET_ASIDE_GOODS,
    SHRINKAGE,
)
from domain.finance.journal import balanced
from domain.finance.sale_postings import receipt_postings, refund_postings, sale_postings


def entry(pairs):
    return {posting.account_code: posting.amount_minor for posting in balanced(1, pairs)}


def sale(**changes):
    amounts = {
        "tenders": {CASH.code: 11_300}, "net_minor": 10_000, "tax_minor": 1_300, "deferred_minor": 0,
        "redeemed_value_minor": 0, "redeemed_carrying_minor": 0, "rounding_minor": 0, "cost_minor": 6_000,
    }  # fmt: skip
    return entry(sale_postings(**{**amounts, **changes}))


def refund(**changes):
    amounts = {
        "tenders": {CASH.code: 11_300}, "net_minor": 10_000, "tax_minor": 1_300, "deferred_minor": 0,
        "taken_back_carrying_minor": 0, "shortfall_minor": 0, "returned_value_minor": 0,
        "returned_carrying_minor": 0, "rounding_minor": 0, "cost_minor": 6_000,
    }  # fmt: skip
    return entry(refund_postings(**{**amounts, **changes}))


def test_posts_a_sale_for_cash():
    assert sale() == {
        CASH.code: 11_300,
        SALES_REVENUE.code: -10_000,
        OUTPUT_TAX.code: -1_300,
        COST_OF_GOODS_SOLD.code: 6_000,
        INVENTORY.code: -6_000,
    }


def test_posts_every_tender_to_its_own_account():
    posted = sale(tenders={CASH.code: 1_300, CARD_CLEARING.code: 10_000})
    assert (posted[CASH.code], posted[CARD_CLEARING.code]) == (1_300, 10_000)


def test_defers_revenue_for_the_points_earned():
    posted = sale(deferred_minor=112)
    assert (posted[SALES_REVENUE.code], posted[POINTS_LIABILITY.code]) == (-9_888, -112)


def test_posts_redeemed_points_at_carrying_value_and_the_difference_as_promotion():
    posted = sale(tenders={CASH.code: 10_800}, redeemed_value_minor=500, redeemed_carrying_minor=430, deferred_minor=90)
    assert posted[POINTS_LIABILITY.code] == 430 - 90
    assert posted[PROMOTION_EXPENSE.code] == 70


def test_posts_what_cash_rounding_added_or_took():
    assert sale(tenders={CASH.code: 11_302}, rounding_minor=2)[CASH_ROUNDING.code] == -2
    assert sale(tenders={CASH.code: 11_298}, rounding_minor=-2)[CASH_ROUNDING.code] == 2


def test_scraps_returned_goods_that_cannot_be_sold_again():
    posted = refund(scrapped_minor=6_000)
    assert (posted[SHRINKAGE.code], posted[COST_OF_GOODS_SOLD.code]) == (6_000, -6_000)
    assert INVENTORY.code not in posted


def test_deducts_spent_points_from_the_refund_and_from_promotion_expense():
    posted = refund(tenders={CASH.code: 11_200}, deferred_minor=99, taken_back_carrying_minor=0, shortfall_minor=100)
    assert posted == {
        CASH.code: -11_200,
        PROMOTION_EXPENSE.code: -1,
        SALES_REVENUE.code: 10_000 - 99,
        OUTPUT_TAX.code: 1_300,
        COST_OF_GOODS_SOLD.code: -6_000,
        INVENTORY.code: 6_000,
    }


def test_a_correction_moves_value_between_stock_and_cost_of_goods_sold():
    posted = refund(correction_minor=-250)
    assert (posted[INVENTORY.code], posted[COST_OF_GOODS_SOLD.code]) == (5_750, -5_750)


def test_posts_goods_received():
    assert entry(receipt_postings(cost_minor=8_060, correction_minor=0)) == {
        INVENTORY.code: 8_060,
        GOODS_RECEIVED_NOT_INVOICED.code: -8_060,
    }


def test_posts_what_goods_sold_before_their_receipt_turned_out_to_cost():
    assert entry(receipt_postings(cost_minor=8_060, correction_minor=-60)) == {
        INVENTORY.code: 8_000,
        GOODS_RECEIVED_NOT_INVOICED.code: -8_060,
        COST_OF_GOODS_SOLD.code: 60,
    }


minor = st.integers(0, 10**6)


@given(net=minor, tax=minor, deferred=minor, value=minor, carrying=minor, rounding=st.integers(-50, 50), cost=minor)
def test_a_full_refund_is_the_exact_inverse_of_its_sale(net, tax, deferred, value, carrying, rounding, cost):
    tenders = {CASH.code: net + tax + rounding - value}
    sold = sale(
        tenders=tenders, net_minor=net, tax_minor=tax, deferred_minor=deferred, redeemed_value_minor=value,
        redeemed_carrying_minor=carrying, rounding_minor=rounding, cost_minor=cost,
    )  # fmt: skip
    returned = refund(
        tenders=tenders, net_minor=net, tax_minor=tax, deferred_minor=deferred, taken_back_carrying_minor=deferred,
        returned_value_minor=value, returned_carrying_minor=carrying, rounding_minor=rounding, cost_minor=cost,
    )  # fmt: skip
    assert returned == {account: -amount for account, amount in sold.items()}


@given(cost=minor, gift_cost=minor, scrapped=minor, aside=minor)
def test_goods_that_come_back_stand_in_stock_or_aside_or_are_written_off(cost, gift_cost, scrapped, aside):
    posted = refund(cost_minor=cost, gift_cost_minor=gift_cost, scrapped_minor=scrapped, set_aside_minor=aside)
    where = [posted.get(account.code, 0) for account in (INVENTORY, SHRINKAGE, SET_ASIDE_GOODS)]
    assert where == [cost + gift_cost - scrapped - aside, scrapped, aside]
    assert posted.get(COST_OF_GOODS_SOLD.code, 0) == -cost


@given(net=minor, tax=minor, deferred=minor, taken_back=minor, shortfall=minor, value=minor, carrying=minor, cost=minor)
def test_a_refund_balances_whatever_points_could_be_taken_back(
    net, tax, deferred, taken_back, shortfall, value, carrying, cost
):
    posted = refund(
        tenders={CASH.code: net + tax - value - shortfall}, net_minor=net, tax_minor=tax, deferred_minor=deferred,
        taken_back_carrying_minor=taken_back, shortfall_minor=shortfall, returned_value_minor=value,
        returned_carrying_minor=carrying, cost_minor=cost, scrapped_minor=cost,
    )  # fmt: skip
    assert posted.get(POINTS_LIABILITY.code, 0) == taken_back - carrying
    assert sum(posted.values()) == 0
