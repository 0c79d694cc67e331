import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.purchasing.invoice_matching import (
    InvoiceDifference,
    Tolerances,
    kept_share,
    match_freight,
    match_goods,
    match_price_credit,
)
from domain.purchasing.purchase_accrual import take_back
from tests.domain.purchasing.test_purchase_accrual import accrual

STRICT = Tolerances(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("price_bp", "price_minor", "asked", "expected"),
    [
        # 1,000.00 accrued: 2 % are 20.00, but at most 10.00.
        (200, 1_000, 101_000, InvoiceDifference.NONE),
        (200, 1_000, 101_001, InvoiceDifference.PRICE),
        (50, 1_000, 100_500, InvoiceDifference.NONE),
        (50, 1_000, 100_501, InvoiceDifference.PRICE),
        # What suppliers may round is no difference.
        (0, 0, 100_001, InvoiceDifference.NONE),
        (0, 0, 100_002, InvoiceDifference.PRICE),
        (0, 0, 50_000, InvoiceDifference.NONE),
    ],
)
def test_a_price_may_be_higher_within_both_tolerances(price_bp, price_minor, asked, expected):
    found = match_goods(
        [accrual(10_000, 100_000)],
        quantity_milli=10_000,
        net_minor=asked,
        tax_minor=0,
        tolerances=Tolerances(price_bp, price_minor, 0, 0),
    )
    assert (found.difference, found.price_difference_minor) == (expected, asked - 100_000)


@pytest.mark.parametrize(
    ("quantity_bp", "quantity_milli", "billed", "expected"),
    [
        (0, 0, 10_000, InvoiceDifference.NONE),
        (0, 0, 10_001, InvoiceDifference.QUANTITY),
        (500, 300, 10_300, InvoiceDifference.NONE),
        (500, 300, 10_301, InvoiceDifference.QUANTITY),
        (200, 300, 10_201, InvoiceDifference.QUANTITY),
    ],
)
def test_more_than_came_may_be_billed_within_both_tolerances(quantity_bp, quantity_milli, billed, expected):
    found = match_goods(
        [accrual(10_000, 100_000)],
        quantity_milli=billed,
        net_minor=billed * 10,
        tax_minor=0,
        tolerances=Tolerances(0, 0, quantity_bp, quantity_milli),
    )
    assert (found.difference, found.matched_milli, found.unmatched_milli) == (expected, 10_000, billed - 10_000)
    assert (found.accrued_minor, found.unmatched_minor) == (100_000, (billed - 10_000) * 10)


def test_a_line_that_is_dear_and_bills_too_much_differs_in_both():
    found = match_goods([accrual()], quantity_milli=20_000, net_minor=4_000, tax_minor=0, tolerances=STRICT)
    assert (found.difference, found.price_difference_minor, found.unmatched_minor) == (
        InvoiceDifference.PRICE_AND_QUANTITY, 1_000, 2_000,
    )  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 50_000), st.integers(0, 10**6)), min_size=1, max_size=5), st.data())
def test_however_it_is_invoiced_and_returned_what_came_is_cleared_once(receipts, data):
    accruals = [accrual(quantity, cost, receipt_id=number) for number, (quantity, cost) in enumerate(receipts)]
    cleared, claimed = 0, 0
    while any(one.open_milli for one in accruals):
        if data.draw(st.booleans()):
            one = next(one for one in accruals if one.open_milli)
            claimed += take_back(one, quantity_milli=data.draw(st.integers(1, one.open_milli))).open_minor
        else:
            quantity, net = data.draw(st.integers(1, 60_000)), data.draw(st.integers(0, 10**6))
            found = match_goods(accruals, quantity_milli=quantity, net_minor=net, tax_minor=net // 8, tolerances=STRICT)
            cleared += found.accrued_minor
            assert sum(part.net_minor for part in found.parts) + found.unmatched_minor == net
            assert found.matched_milli + found.unmatched_milli == quantity
    assert cleared + claimed == sum(cost for _, cost in receipts)
    assert [one.open_minor for one in accruals] == [0] * len(accruals)


def test_a_freight_bill_clears_all_that_was_expected():
    expected = [accrual(0, 200, receipt_id=1), accrual(0, 100, receipt_id=2), accrual(0, 0, receipt_id=3)]
    found = match_freight(expected, net_minor=270, tax_minor=27, tolerances=STRICT)
    assert [(part.accrued_minor, part.net_minor, part.tax_minor) for part in found.parts] == [
        (200, 180, 18), (100, 90, 9),
    ]  # fmt: skip
    assert (found.difference, found.price_difference_minor, [one.open_minor for one in expected]) == (
        InvoiceDifference.NONE, -30, [0, 0, 0],
    )  # fmt: skip
    again = match_freight(expected, net_minor=2, tax_minor=0, tolerances=Tolerances(10_000, 10_000, 0, 0))
    assert (again.difference, again.unmatched_minor, again.parts) == (InvoiceDifference.PRICE, 2, [])


def test_a_credit_of_the_price_lowers_what_was_billed():
    one = accrual()
    match_goods([one], quantity_milli=10_000, net_minor=1_000, tax_minor=130, tolerances=STRICT)
    found = match_price_credit([one], credit_minor=100, tax_minor=13, field="lines[0]")
    assert [(part.net_minor, part.tax_minor, part.difference_minor) for part in found.parts] == [(-100, -13, -100)]
    assert (one.billed_minor, one.billed_tax_minor, one.open_minor) == (900, 117, 0)


@pytest.mark.parametrize(
    ("there", "kept"), [(10_000, 100), (5_000, 50), (3_333, 33), (0, 0), (-2_000, 0), (99_000, 100)]
)
def test_goods_that_can_still_be_there_keep_their_share_of_a_difference(there, kept):
    assert kept_share(100, quantity_milli=10_000, there_milli=there) == kept
