from domain.finance.journal import balanced
from domain.finance.purchase_postings import supplier_return_postings


def test_goods_that_go_back_are_claimed_where_they_are_owed_and_the_difference_to_their_cost_is_variance():
    postings = supplier_return_postings(
        claim_minor=1_000, debit_minor=400, debit_tax_minor=52, costs={"1405": 700, "140503": 350}
    )
    assert [(one.account_code, one.amount_minor) for one in balanced(1, postings)] == [
        ("220202", 600), ("220201", 452), ("222102", -52), ("1405", -700), ("140503", -350), ("640101", 50),
    ]  # fmt: skip
