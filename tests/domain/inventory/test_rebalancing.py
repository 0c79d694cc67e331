from hypothesis import given
from hypothesis import strategies as st

from domain.inventory.rebalancing import Move, Position, rebalanced


def position(store_id, free, least, most, **options):
    return Position(store_id, 1, free, options.pop("coming", 0), least, most, **options)


def test_brings_the_shortest_to_its_least_first_and_asks_the_fullest():
    positions = [
        position(1, 50, 5, 20),
        position(2, 25, 5, 20),
        position(3, 0, 10, 30),
        position(4, 2, 10, 30),
    ]
    # 35 to give, 10 and 8 for the leasts, then 17 of 20 to the most of store 3, which has least.
    assert rebalanced(positions) == [Move(1, 3, 1, 22), Move(1, 4, 1, 8), Move(2, 3, 1, 5)]


def test_moves_whole_steps_within_a_group_and_not_to_closed_stores():
    far = [position(1, 40, 0, 10, group="CNY"), position(2, 0, 5, 10, group="USD")]
    assert rebalanced(far) == []
    closed = [position(1, 40, 0, 10), position(2, 0, 5, 10, may_receive=False)]
    assert rebalanced(closed) == []
    whole = [position(1, 3_900, 0, 1_000, step_milli=1_000), position(2, 500, 1_000, 4_000, step_milli=1_000)]
    assert rebalanced(whole) == [Move(1, 2, 1, 2_000)]


def test_counts_what_is_coming():
    assert rebalanced([position(1, 40, 0, 10), position(2, 0, 5, 10, coming=5)]) == []


positions_of_stores = st.lists(
    st.tuples(st.integers(-20, 200), st.integers(0, 30), st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8
).map(
    lambda rows: [
        position(number, free, min(one, other), max(one, other), coming=coming)
        for number, (free, coming, one, other) in enumerate(rows, start=1)
    ]
)


@given(positions_of_stores)
def test_moves_as_much_as_there_is_to_give_or_is_needed(positions):
    moves = rebalanced(positions)
    by_id = {one.store_id: one for one in positions}
    given_away = dict.fromkeys(by_id, 0)
    got = dict.fromkeys(by_id, 0)
    for move in moves:
        assert move.quantity_milli > 0
        given_away[move.from_store_id] += move.quantity_milli
        got[move.to_store_id] += move.quantity_milli
    assert all(given_away[one] <= by_id[one].surplus_milli for one in by_id)
    assert all(got[one] <= by_id[one].shortage_milli for one in by_id)
    surplus, shortage = (sum(getattr(one, f"{name}_milli") for one in positions) for name in ("surplus", "shortage"))
    assert sum(got.values()) == sum(given_away.values()) == min(surplus, shortage)


@given(positions_of_stores)
def test_proposes_nothing_more_once_it_is_done(positions):
    moved = {one.store_id: one.free_milli for one in positions}
    for move in rebalanced(positions):
        moved[move.from_store_id] -= move.quantity_milli
        moved[move.to_store_id] += move.quantity_milli
    after = [
        position(one.store_id, moved[one.store_id], one.min_milli, one.max_milli, coming=one.coming_milli)
        for one in positions
    ]
    again = rebalanced(after)
    # Where there was too little of it, nobody has any left to give.
    assert again == []
