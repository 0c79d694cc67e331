"""Stored value: how a payment is split, and that whatever comes back is what was taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.wallet.stored_value import (
    SPEND_ORDERS,
    InsufficientStoredValue,
    Split,
    StoredValueAccount,
    StoredValueFrozen,
    StoredValueTooLarge,
    returned_split,
    spend_split,
    tier_bonus,
    top_up,
)


def account(principal: int, bonus: int, frozen: int = 0) -> StoredValueAccount:
    return StoredValueAccount(1, "CNY", principal, bonus, frozen)


@pytest.mark.parametrize(
    ("order", "expected"),
    [("bonus_first", (5_000, 1_000)), ("principal_first", (6_000, 0)), ("ratio", (5_455, 545))],
)
def test_each_order_takes_its_own_shares(order: str, expected: tuple[int, int]) -> None:
    assert spend_split(account(10_000, 1_000), amount_minor=6_000, order=order, field="") == expected


@given(st.sampled_from(SPEND_ORDERS), st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10_000))
def test_a_payment_takes_no_more_than_either_account_holds(order: str, principal: int, bonus: int, share: int) -> None:
    amount = (principal + bonus) * share // 10_000
    taken = spend_split(account(principal, bonus), amount_minor=amount, order=order, field="")
    assert sum(taken) == amount
    assert 0 <= taken.principal_minor <= principal
    assert 0 <= taken.bonus_minor <= bonus


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.lists(st.integers(0, 10_000), max_size=6))
def test_refunds_in_any_steps_return_exactly_what_was_taken(principal: int, bonus: int, shares: list[int]) -> None:
    left = Split(principal, bonus)
    for share in [*shares, 10_000]:
        back = returned_split(left, amount_minor=sum(left) * share // 10_000)
        left = Split(left.principal_minor - back.principal_minor, left.bonus_minor - back.bonus_minor)
        assert min(left) >= 0
    assert left == (0, 0)


def test_more_than_the_balance_and_a_frozen_account_are_refused() -> None:
    with pytest.raises(InsufficientStoredValue) as refused:
        spend_split(account(100, 50), amount_minor=151, order="ratio", field="tenders[0].amount_minor")
    assert (refused.value.field, "150" in refused.value.message("en")) == ("tenders[0].amount_minor", True)
    with pytest.raises(StoredValueFrozen):
        spend_split(account(100, 0, frozen=1), amount_minor=1, order="ratio", field="")
    with pytest.raises(StoredValueFrozen):
        top_up(account(100, 0, frozen=1), paid_minor=1, bonus_minor=0)
    with pytest.raises(StoredValueTooLarge):
        top_up(account(10**15 - 2, 0), paid_minor=1, bonus_minor=1)


@pytest.mark.parametrize(("paid", "bonus"), [(49_999, 0), (50_000, 5_000), (99_999, 5_000), (250_000, 15_000)])
def test_the_highest_tier_that_is_reached_counts_once(paid: int, bonus: int) -> None:
    assert tier_bonus(((50_000, 5_000), (100_000, 15_000)), paid_minor=paid) == bonus
