from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.purchasing.purchase_accrual import NothingToReturn, PurchaseAccrual, accrued, spread_return, take_back


def accrual(quantity_milli: int = 10_000, cost_minor: int = 1_000, receipt_id: int = 1) -> PurchaseAccrual:
    return accrued(
        receipt_id=receipt_id,
        line_number=1,
        order_id=1,
        store_id=1,
        supplier_id=1,
        currency="CNY",
        sku_id=1,
        received_on=date(2026, 11, 22),
        received_at=datetime(2026, 11, 22, tzinfo=UTC),
        quantity_milli=quantity_milli,
        cost_minor=cost_minor,
    )


@given(st.integers(1, 10**6), st.integers(0, 10**9), st.lists(st.integers(1, 10**5), max_size=20))
def test_parts_that_go_back_claim_what_the_whole_had_cost(quantity, cost, parts):
    one = accrual(quantity, cost)
    claims = []
    for part in (*parts, quantity):
        if some := min(part, one.returnable_milli):
            claims.append(take_back(one, quantity_milli=some).claim_minor)
            assert one.open_minor >= 0
    assert (sum(claims), one.open_milli, one.open_minor, one.returned_minor) == (cost, 0, 0, cost)


def test_what_is_not_invoiced_goes_back_first_and_the_rest_at_its_invoiced_price_and_tax():
    one = accrual()
    # Six of ten are invoiced at 1.10 each and 13 % of tax.
    one.invoiced_milli, one.invoiced_minor, one.open_milli, one.open_minor = 6_000, 600, 4_000, 400
    one.billed_minor, one.billed_tax_minor = 660, 86
    back = take_back(one, quantity_milli=7_000)
    assert (back.open_minor, back.debit_minor, back.debit_tax_minor, back.claim_minor) == (400, 330, 43, 730)
    assert (one.returned_milli, one.credited_milli, one.returnable_milli, one.open_milli) == (4_000, 3_000, 3_000, 0)
    rest = take_back(one, quantity_milli=3_000)
    assert (rest.open_minor, rest.debit_minor, rest.debit_tax_minor) == (0, 330, 43)


def test_a_quantity_goes_back_of_the_receipts_in_their_order():
    receipts = [accrual(receipt_id=3), accrual(receipt_id=2), accrual(receipt_id=1)]
    receipts[0].returnable_milli = 0
    parts = spread_return(receipts, sku="TEA", quantity_milli=12_000, field="lines[0]")
    assert [(one.receipt_id, quantity) for one, quantity in parts] == [(2, 10_000), (1, 2_000)]
    with pytest.raises(NothingToReturn) as refused:
        spread_return(receipts, sku="TEA", quantity_milli=21_000, field="lines[0]")
    assert refused.value.details == {"sku": "TEA", "left": 20_000, "asked": 21_000}
