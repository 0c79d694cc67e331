"""What the books owe for points at month ends, beside what the lots are worth, each read by itself."""

from datetime import date

import pytest

from application.fields import InvalidDate
from application.loyalty.expire_points import ExpirePoints, expire_points
from application.loyalty.month_ends import (
    ListPointsMonthEnds,
    MonthsOutOfOrder,
    PointsMonthEnd,
    list_points_month_ends,
    month_ends,
)
from tests.world import MEMBER, Till, World


def told(world: World, first: str, last: str) -> list[PointsMonthEnd]:
    return list(world.ask(list_points_month_ends, ListPointsMonthEnds(first, last)))


@pytest.mark.capability("FIN-11")
def test_month_ends_follow_what_is_earned_spent_and_expires(world: World):
    """Of 300 points earned in November, 100 pay in December, where 49 are earned, and 200 lapse in February."""
    world.set("points_expiry", "months:3")
    world.sell(Till().line("TEA", 3).member().cash(30_000).command)
    world.clock.advance(days=20)
    world.sell(Till().line("MUG").member().points(100).cash(5_000 - 100).command)
    world.clock.advance(days=80)
    world.do(expire_points, ExpirePoints("2027-02-28"))
    ends = told(world, "2026-10-31", "2027-03-01")
    assert [end.on for end in ends] == ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"]
    assert [end.points for end in ends] == [300, 249, 249, 49]
    assert [end.difference_minor for end in ends] == [0, 0, 0, 0]
    assert [end.books_minor for end in ends] == [end.lots_minor for end in ends]
    first, _, before, after = ends
    assert (first.currency, first.lots, before.lots, after.lots) == ("CNY", 1, 2, 1)
    assert first.lots_minor > before.lots_minor > after.lots_minor > 0


def test_shows_what_only_one_of_both_knows(world: World):
    world.sell(Till().line("TEA").member(MEMBER).cash(10_000).command)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE points_entries SET value_minor = value_minor + 7")
    (end,) = told(world, "2026-11-01", "2026-11-30")
    assert end.difference_minor == -7
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE points_entries SET value_minor = value_minor - 7")


@pytest.mark.parametrize(
    ("first", "last"), [("", ""), ("2026-11-30", ""), ("2026-12-01", "2026-11-30"), ("2016-01-01", "2026-01-01")]
)
def test_refuses_what_is_no_period(world: World, first: str, last: str):
    with pytest.raises(MonthsOutOfOrder) as refused:
        told(world, first, last)
    assert refused.value.field == "to_date"


def test_refuses_what_is_no_date(world: World):
    with pytest.raises(InvalidDate) as refused:
        told(world, "2026-02-30", "2026-03-01")
    assert refused.value.field == "from_date"


def test_month_ends_lie_within_the_period():
    found = [day.isoformat() for day in month_ends(date(2023, 12, 31), date(2024, 3, 30))]
    assert found == ["2023-12-31", "2024-01-31", "2024-02-29"]
    assert list(month_ends(date(2024, 2, 1), date(2024, 2, 28))) == []
