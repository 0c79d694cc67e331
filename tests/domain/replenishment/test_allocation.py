import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.replenishment.allocation import Move, moves_before_buying, sell_through_bp, share_out, spread

PLACES = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 10_000)), min_size=1, max_size=12)


def in_steps(pairs, step):
    return [want * step for want, _ in pairs], [weight for _, weight in pairs]


@pytest.mark.capability("REP-06")
def test_120_pieces_are_split_by_sell_through_and_sum_to_120():
    sold_and_left = [(70, 30), (45, 55), (0, 40), (13, 87)]
    weights = [sell_through_bp(sold_milli=sold * 1000, on_hand_milli=left * 1000) for sold, left in sold_and_left]
    assert weights == [7000, 4500, 0, 1300]
    parts = spread(quantity_milli=120_000, weights=weights, step_milli=1000)
    assert parts == [66_000, 42_000, 0, 12_000]
    assert sum(parts) == 120_000


def test_splits_equally_where_nothing_tells_places_apart():
    assert spread(quantity_milli=5000, weights=[0, 0, 0], step_milli=1000) == [2000, 2000, 1000]


def test_gives_a_part_of_a_step_to_one_place():
    assert spread(quantity_milli=2500, weights=[0, 1, 1], step_milli=1000) == [0, 1500, 1000]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10_000), min_size=1, max_size=12), st.sampled_from([1, 10, 1000]))
def test_parts_sum_to_what_was_there(quantity, weights, step):
    parts = spread(quantity_milli=quantity, weights=weights, step_milli=step)
    assert sum(parts) == quantity
    assert min(parts) >= 0
    assert sum(part % step > 0 for part in parts) <= 1


@pytest.mark.parametrize(
    ("sold", "left", "rate"), [(0, 0, 0), (10, 0, 10_000), (-3, 5, 0), (1, 2, 3333), (5, -2, 10_000)]
)
def test_measures_sell_through(sold, left, rate):
    assert sell_through_bp(sold_milli=sold, on_hand_milli=left) == rate


def test_what_one_does_not_want_goes_to_the_others():
    assert share_out(available_milli=100, wants_milli=[10, 80, 80], weights=[8, 1, 1]) == [10, 45, 45]


def test_places_without_weight_come_last():
    assert share_out(available_milli=12, wants_milli=[10, 10], weights=[0, 5]) == [2, 10]


@given(st.integers(-10, 4000), PLACES, st.sampled_from([1, 10, 1000]))
def test_gives_everything_and_nobody_more_than_wanted(available, pairs, step):
    wants, weights = in_steps(pairs, step)
    given_out = share_out(available_milli=available * step, wants_milli=wants, weights=weights, step_milli=step)
    assert sum(given_out) == min(max(available, 0) * step, sum(wants))
    assert all(0 <= part <= want and part % step == 0 for part, want in zip(given_out, wants, strict=True))


def test_moves_surplus_before_anything_is_bought():
    moves = moves_before_buying(surplus_milli=[5, 0, 20], needs_milli=[0, 22, 0])
    assert moves == [Move(2, 1, 20), Move(0, 1, 2)]


def test_makes_no_journey_for_little():
    assert moves_before_buying(surplus_milli=[5, 3], needs_milli=[2, 9], least_milli=4) == [Move(0, 1, 5)]
    assert moves_before_buying(surplus_milli=[], needs_milli=[2]) == []


@given(PLACES, st.lists(st.integers(0, 500), min_size=1, max_size=12), st.integers(1, 20))
def test_moves_no_more_than_is_there_or_needed(pairs, surplus, least):
    needs = [need for need, _ in pairs]
    moves = moves_before_buying(surplus_milli=surplus, needs_milli=needs, least_milli=least)
    left, missing = list(surplus), list(needs)
    for move in moves:
        assert move.quantity_milli >= least
        left[move.source] -= move.quantity_milli
        missing[move.destination] -= move.quantity_milli
    assert min(left) >= 0
    assert min(missing) >= 0
    assert max(left) < least or max(missing) < least
