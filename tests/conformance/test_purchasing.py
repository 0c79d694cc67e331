from domain.finance.accounts import GOODS_RECEIVED_NOT_INVOICED, INVENTORY
from domain.finance.journal import balanced
from domain.finance.sale_postings import receipt_postings
from domain.purchasing.purchase_receipt import cost_of_goods
from domain.purchasing.purchase_terms import NetPrice
from tests.conformance.stored_cases import deciding, milli, minor

NAMES = {INVENTORY.code: "stock valuation", GOODS_RECEIVED_NOT_INVOICED.code: "stock input"}


@deciding("GL-01")
def test_goods_that_come_are_owed_until_they_are_invoiced(case, conformance):
    quantity, price = case["given"]["receive"]
    cost = cost_of_goods(NetPrice(minor(price), 1_000), received_milli=0, accepted_milli=milli(quantity))
    entry = balanced(1, receipt_postings(cost_minor=cost, correction_minor=0))
    shown = [
        [f"{'Dr' if one.amount_minor > 0 else 'Cr'} {NAMES[one.account_code]}", f"{abs(one.amount_minor) / 100:.2f}"]
        for one in entry
    ]
    assert shown == case["expected"]["entry"]
    conformance.record(case["id"], area=case["area"], verdict="agree")
