from domain.wallet.stored_value import StoredValueAccount, spend_split
from tests.conformance.stored_cases import deciding, minor


@deciding("loy-36")
def test_a_wallet_pays_a_sale(case, conformance):
    wallet = StoredValueAccount(1, "CNY", minor(case["given"]["wallet"]), 0, 0)
    due = minor(case["when"]["sale"])
    taken = spend_split(wallet, amount_minor=due, order="bonus_first", field="tenders[0].amount_minor")
    assert sum(taken) == due
    assert wallet.balance_minor - sum(taken) == minor(case["expected"]["wallet"])
    conformance.record(case["id"], area=case["area"], verdict="agree")
