"""What a use of a times card is worth: all uses together are the whole, in whatever steps they go."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.times_card_postings import times_card_postings
from domain.wallet.times_card import TimesCard, TimesCardOver, UsesNotLeft, check_valid, value_of_uses

AT = datetime(2026, 11, 22, tzinfo=UTC)


def card(uses, value, expires_on=None):
    return TimesCard(1, 2, 3, 4, 1, "CNY", 5, uses, uses, value, expires_on, AT)


@given(st.integers(1, 50), st.integers(0, 1_000_000), st.data())
def test_the_values_of_all_uses_are_the_value_of_the_card(uses, value, data):
    held, taken = card(uses, value), 0
    fair = value / uses
    while held.uses_left:
        step = data.draw(st.integers(1, held.uses_left))
        part = value_of_uses(held, step, field="uses")
        # Never a cent from nowhere, and no use is worth more than a cent beside its share.
        assert 0 <= part <= held.value_left_minor
        assert abs(part - fair * step) <= step + 1
        held.uses_left -= step
        held.value_left_minor -= part
        taken += part
    assert (taken, held.value_left_minor) == (value, 0)


def test_more_uses_than_are_left_are_refused():
    with pytest.raises(UsesNotLeft) as refused:
        value_of_uses(card(3, 100), 4, field="uses")
    assert (refused.value.field, refused.value.details) == ("uses", {"uses_left": 3, "uses": 4})


def test_the_day_on_which_it_ends_no_longer_belongs_to_it():
    over = card(1, 1, date(2026, 12, 22))
    check_valid(over, on=date(2026, 12, 21), field="card_id")
    check_valid(card(1, 1), on=date(2099, 1, 1), field="card_id")
    with pytest.raises(TimesCardOver):
        check_valid(over, on=date(2026, 12, 22), field="card_id")


def test_what_is_used_is_revenue_and_what_has_expired_is_breakage():
    assert times_card_postings(value_minor=900) == [("220505", -900), ("6001", 900)]
    assert times_card_postings(value_minor=-90) == [("220505", 90), ("6001", -90)]
    assert times_card_postings(value_minor=-90, expired=True) == [("220505", 90), ("605102", -90)]
