from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.reservation import (
    Reservation,
    ReservationOver,
    ReservationState,
    check_takes,
    reservable,
    to_take,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def reservation(state=ReservationState.OPEN):
    return Reservation(7, 1, "W-1", state, NOON, NOON + timedelta(minutes=15), 2, None)


def test_a_reservation_is_over_at_the_moment_when_it_expires():
    one = reservation()
    assert one.state_at(NOON + timedelta(minutes=15) - timedelta(microseconds=1)) is ReservationState.OPEN
    assert one.state_at(NOON + timedelta(minutes=15)) is ReservationState.EXPIRED
    assert reservation(ReservationState.TAKEN).state_at(NOON + timedelta(minutes=15)) is ReservationState.TAKEN
    check_takes(one, at=NOON, field="reservation_id")
    with pytest.raises(ReservationOver) as over:
        check_takes(one, at=NOON + timedelta(minutes=15), field="reservation_id")
    assert over.value.details == {"reservation_id": 7, "state": "expired"}


@pytest.mark.parametrize(
    ("asked", "step", "free", "granted"),
    [
        (3_000, 1_000, 5_000, 3_000),
        (3_000, 1_000, 3_000, 3_000),
        (3_000, 1_000, 2_999, 2_000),
        (3_000, 1_000, 999, 0),
        (3_000, 1_000, -4_000, 0),
        (350, 1, 349, 349),
        (350, 10, 349, 340),
    ],
)
def test_grants_what_is_free_in_whole_steps(asked, step, free, granted):
    assert (
        reservable(
            asked_milli=asked, step_milli=step, takes=lambda quantity: [(1, quantity)] if quantity else [],
            free_milli={1: free},
        )
        == granted
    )  # fmt: skip


@given(
    asked=st.integers(1, 50).map(lambda units: units * 1_000),
    parts=st.lists(st.tuples(st.integers(1, 3_000), st.integers(-5_000, 60_000)), min_size=1, max_size=3),
)
def test_grants_of_what_is_made_the_most_that_its_parts_suffice_for(asked, parts):
    def takes(quantity):
        return [(number, -(-quantity * share // 1_000)) for number, (share, _) in enumerate(parts) if quantity]

    free = {number: there for number, (_, there) in enumerate(parts)}
    granted = reservable(asked_milli=asked, step_milli=1_000, takes=takes, free_milli=free)
    fits = [
        quantity
        for quantity in range(0, asked + 1, 1_000)
        if all(needed <= free[number] for number, needed in takes(quantity))
    ]
    assert granted == max(fits)


def test_takes_of_each_what_is_kept_and_wanted():
    assert to_take({1: 5_000, 2: 1_000, 3: 0}, {1: 3_000, 2: 4_000, 3: 1_000, 4: 1_000}) == {1: 3_000, 2: 1_000}
