from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.finance.points_postings import breakage_postings
from domain.loyalty.expiry import IssuedLot, Lapsed, found_again, lots_by_store
from domain.loyalty.ledger import PointsLot

DAY = date(2026, 11, 22)


def lot(lot_id: int) -> PointsLot:
    return PointsLot(lot_id, 1, lot_id, DAY, DAY, 10, 9)


def test_lots_are_told_apart_by_the_store_that_owes_them():
    one, two, three = lot(1), lot(2), lot(3)
    assert lots_by_store([IssuedLot(one, 7), IssuedLot(two, 8), IssuedLot(three, 7)]) == {7: [one, three], 8: [two]}


def test_what_is_left_of_a_lot_is_taken_before_what_has_lapsed():
    assert found_again(Lapsed(40, 37), points_left=60, points=60) == Lapsed(0, 0)
    assert found_again(Lapsed(40, 37), points_left=60, points=70) == Lapsed(10, 9)


def test_no_more_is_found_again_than_has_lapsed():
    assert found_again(Lapsed(40, 37), points_left=0, points=100) == Lapsed(40, 37)


@given(
    points=st.integers(1, 10_000),
    value=st.integers(0, 10_000),
    wanted=st.lists(st.integers(0, 4_000), max_size=6),
)
def test_any_number_of_refunds_finds_exactly_what_has_lapsed(points: int, value: int, wanted: list[int]):
    lapsed = Lapsed(points, value)
    for one in [*wanted, points]:
        again = found_again(lapsed, points_left=0, points=one)
        assert again.points == min(one, lapsed.points)
        assert 0 <= again.value_minor <= lapsed.value_minor
        lapsed = Lapsed(lapsed.points - again.points, lapsed.value_minor - again.value_minor)
    assert lapsed == Lapsed(0, 0)


def test_breakage_turns_liability_into_revenue():
    assert breakage_postings(value_minor=71) == [("220501", 71), ("605101", -71)]
