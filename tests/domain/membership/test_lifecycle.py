from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.membership.lifecycle import (
    LifecycleCause,
    LifecycleRule,
    LifecycleState,
    MemberLifecycle,
    Purchases,
    cause_of,
    standing,
)

JOINED = date(2026, 1, 1)
RULE = LifecycleRule(30, 90, 365)


def on(days):
    return JOINED + timedelta(days)


@pytest.mark.parametrize(
    ("bought", "day", "state", "since"),
    [
        ((), 89, "new", 0),
        ((), 90, "dormant", 90),
        ((), 365, "lost", 365),
        ((10,), 39, "new", 0),
        ((10,), 40, "active", 40),
        ((10,), 99, "active", 40),
        ((10,), 100, "dormant", 100),
        ((10, 11), 11, "active", 11),
        ((10, 200), 200, "active", 200),
        ((120,), 120, "active", 120),
        ((0, 120), 484, "dormant", 210),
        ((0, 120), 485, "lost", 485),
    ],
)
def test_a_state_follows_from_the_first_and_the_last_purchase(bought, day, state, since):
    days = [on(one) for one in bought]
    purchases = Purchases(JOINED, min(days, default=None), max(days, default=None))
    found = standing(purchases=purchases, on=on(day), rule=RULE)
    assert (found.state.value, found.since_on) == (state, on(since))


@given(
    first=st.none() | st.integers(0, 300),
    more=st.integers(0, 200),
    day=st.integers(0, 900),
    rule=st.builds(LifecycleRule, st.integers(1, 60), st.integers(1, 120), st.integers(1, 400)),
)
def test_a_state_holds_until_the_day_that_is_told_and_no_longer(first, more, day, rule):
    purchases = Purchases(JOINED) if first is None else Purchases(JOINED, on(first), on(first + more))
    day = max(day, (first or 0) + more)
    found = standing(purchases=purchases, on=on(day), rule=rule)
    assert found.since_on <= on(day)
    if found.until_on is None:
        assert found.state is LifecycleState.LOST
        assert standing(purchases=purchases, on=on(day + 5_000), rule=rule) == found
        return
    assert on(day) < found.until_on
    assert standing(purchases=purchases, on=found.until_on - timedelta(1), rule=rule) == found
    assert standing(purchases=purchases, on=found.until_on, rule=rule).state is not found.state


@pytest.mark.parametrize(
    ("state", "known_on", "bought", "rule", "cause"),
    [
        ("dormant", 0, (0, 300), RULE, "purchase"),
        ("active", 0, (0,), RULE, "time"),
        ("active", 0, (0,), LifecycleRule(30, 80, 365), "correction"),
        ("active", 250, (0,), RULE, "correction"),
        ("dormant", 0, (0, 1), RULE, "time"),
    ],
)
def test_a_change_tells_why(state, known_on, bought, rule, cause):
    known = MemberLifecycle(
        1, LifecycleState(state), JOINED, None, 1, JOINED, JOINED, on(known_on), RULE.code, None
    )  # fmt: skip
    purchases = Purchases(JOINED, on(min(bought)), on(max(bought)))
    now = standing(purchases=purchases, on=on(389), rule=rule)
    found = cause_of(known=known, now=now, last_on=purchases.last_on, rule=rule)
    assert found is LifecycleCause(cause)


def test_rules_have_codes_of_their_own():
    rules = [LifecycleRule(1, 2, 3), LifecycleRule(1, 3, 2), LifecycleRule(3_660, 1, 1), LifecycleRule(1, 1, 3_660)]
    assert len({rule.code for rule in rules}) == 4
    assert min(rule.code for rule in rules) > 0
