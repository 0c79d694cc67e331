from datetime import UTC, datetime, timedelta

import pytest

from domain.identity.organisation import WHOLE_CHAIN, Scope, ScopeKind, Store, StoreStatus
from domain.identity.staff import InvalidPin, StaffMember, checked_pin

NOON = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
STORE = Store(11, "S11", "", 1, "CNY", "Asia/Shanghai", 0, StoreStatus.OPEN)


def member(scope: Scope = WHOLE_CHAIN, *, active: bool = True) -> StaffMember:
    return StaffMember(5, "ann", "Ann", 1, scope, active)


@pytest.mark.parametrize("pin", ["1234", "0000", "123456789012"])
def test_a_pin_has_4_to_12_digits(pin):
    assert checked_pin(pin, field="pin") == pin


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "12 4", "-123", "１２３４", "١٢٣٤", "1" * 1_000])
def test_anything_else_is_no_pin(pin):
    with pytest.raises(InvalidPin) as refused:
        checked_pin(pin, field="pin")
    assert refused.value.field == "pin"
    assert pin not in str(refused.value.details.values()) or not pin


def test_five_wrong_pins_lock_for_15_minutes():
    ann = member()
    for count in range(1, 5):
        ann = ann.after_wrong_pin(now=NOON)
        assert (ann.failed_attempts, ann.locked_until, ann.locked_minutes(now=NOON)) == (count, None, 0)
    ann = ann.after_wrong_pin(now=NOON)
    assert (ann.failed_attempts, ann.locked_until) == (0, NOON + timedelta(minutes=15))


@pytest.mark.parametrize(
    ("after", "minutes"),
    [
        (timedelta(), 15),
        (timedelta(seconds=1), 15),
        (timedelta(minutes=1), 14),
        (timedelta(minutes=14, seconds=59), 1),
        (timedelta(minutes=15), 0),
        (timedelta(days=1), 0),
    ],
)
def test_a_lock_ends_by_itself(after, minutes):
    ann = member()
    for _ in range(5):
        ann = ann.after_wrong_pin(now=NOON)
    assert ann.locked_minutes(now=NOON + after) == minutes


def test_a_right_pin_forgets_the_wrong_ones():
    assert member().after_wrong_pin(now=NOON).unlocked() == member()


@pytest.mark.parametrize(
    ("scope", "active", "may"),
    [
        (WHOLE_CHAIN, True, True),
        (Scope(ScopeKind.REGION, 1), True, True),
        (Scope(ScopeKind.STORE, 11), True, True),
        (Scope(ScopeKind.REGION, 2), True, False),
        (Scope(ScopeKind.STORE, 12), True, False),
        (WHOLE_CHAIN, False, False),
    ],
)
def test_staff_work_where_their_scope_reaches_and_only_while_active(scope, active, may):
    assert member(scope, active=active).may_work_in(STORE) is may
