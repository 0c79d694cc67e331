from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.loyalty.debt import repayments
from domain.loyalty.ledger import PointsLot

DAY = date(2026, 5, 1)


def lot(lot_id: int, points: int, value: int = 0) -> PointsLot:
    return PointsLot(lot_id, 1, lot_id, DAY, None, points, value)


def test_repays_the_oldest_debt_first_with_its_share_of_the_value():
    debts = [lot(3, -50), lot(2, -60), lot(1, 0)]
    paid = [(one.debt.lot_id, one.points, one.value_minor) for one in repayments(lot(9, 100, 95), debts)]
    assert paid == [(2, 60, 57), (3, 40, 38)]


def test_what_is_left_after_all_debts_keeps_its_value():
    assert [(one.points, one.value_minor) for one in repayments(lot(9, 800, 791), [lot(1, -710)])] == [(710, 702)]


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.lists(st.integers(-(10**6), 10**6), max_size=6))
def test_repays_as_much_as_there_is_or_is_owed_and_the_value_leaves_with_the_last_point(
    points: int, value: int, owed: list[int]
):
    brought = lot(99, points, value if points else 0)
    debts = [lot(number, one) for number, one in enumerate(owed)]
    paid = repayments(brought, debts)
    assert sum(one.points for one in paid) == min(points, sum(-one for one in owed if one < 0))
    assert all(0 < one.points <= -one.debt.points and one.value_minor >= 0 for one in paid)
    released = sum(one.value_minor for one in paid)
    assert released <= brought.value_minor
    assert released == brought.value_minor or sum(one.points for one in paid) < points
    assert (brought.points, [debt.points for debt in debts]) == (points, owed)
