"""What rewards post: always balanced, and what undoes one posts its inverse."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.reward_postings import reward_postings

AMOUNTS = st.integers(0, 10**12)


@given(AMOUNTS, AMOUNTS, st.integers(-(10**12), 10**12))
def test_postings_balance_and_their_inverse_undoes_them(value: int, cost: int, correction: int):
    done = reward_postings(value_minor=value, cost_minor=cost)
    undone = reward_postings(value_minor=-value, cost_minor=-cost, correction_minor=correction)
    assert sum(amount for _, amount in done) == sum(amount for _, amount in undone) == 0
    left: Counter[str] = Counter()
    for account, amount in [*done, *undone]:
        left[account] += amount
    assert {account: amount for account, amount in left.items() if amount} == (
        {"1405": correction, "6401": -correction} if correction else {}
    )


@pytest.mark.parametrize(
    ("value", "cost", "expected"),
    [
        # Points expected to cost 5.00 settled by goods that cost 20.00, or 3.00, and by a coupon.
        (500, 2_000, {"220501": 500, "1405": -2_000, "660101": 1_500}),
        (500, 300, {"220501": 500, "1405": -300, "660101": -200}),
        (1_000, 0, {"220501": 1_000, "660101": -1_000}),
    ],
)
def test_promotion_expense_takes_the_difference(value: int, cost: int, expected: dict[str, int]):
    assert {account: amount for account, amount in reward_postings(value_minor=value, cost_minor=cost) if amount} == (
        expected
    )
