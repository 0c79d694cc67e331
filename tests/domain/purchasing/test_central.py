from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.purchasing.central import (
    SharesExceedLine,
    allocated,
    asked_by_place,
    check_shares,
    in_proportion,
    share_out_receipt,
    step_of,
)
from domain.purchasing.purchase_receipt import PurchaseAllocation

CENTRE = 1


def allocation(place, ordered, received=0):
    return PurchaseAllocation(7, 1, place, 3, date(2026, 12, 1), ordered, received, max(0, ordered - received))


def shared(allocations, accepted):
    given_out = share_out_receipt(allocations, accepted_milli=accepted, centre_id=CENTRE)
    return [(one.location_id, quantity) for one, quantity in given_out]


def test_pieces_are_shared_in_pieces_and_what_is_weighed_in_its_own_steps():
    assert [step_of([3_000, 7_000]), step_of([2_500, 1_000]), step_of([1, 1_000]), step_of([])] == [
        1_000, 100, 1, 1_000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("quantity", "wants", "parts"),
    [
        (10_000, [5_000, 5_000, 5_000], [4_000, 3_000, 3_000]),
        (15_000, [5_000, 5_000, 5_000], [5_000, 5_000, 5_000]),
        (20_000, [5_000, 5_000, 5_000], [5_000, 5_000, 5_000]),
        (1_000, [30_000, 60_000, 10_000], [0, 1_000, 0]),
        (2_500, [1_000, 4_000], [500, 2_000]),
        (0, [1_000], [0]),
        (5_000, [], []),
    ],
)
def test_shares_by_largest_remainder_and_nobody_gets_more_than_wanted(quantity, wants, parts):
    assert in_proportion(quantity, wants) == parts


@pytest.mark.capability("PUR-06")
def test_what_comes_beyond_all_demands_stays_at_the_centre():
    allocations = [allocation(CENTRE, 0), allocation(2, 10_000), allocation(3, 20_000)]
    assert shared(allocations, 9_000) == [(2, 3_000), (3, 6_000)]
    assert shared(allocations, 23_000) == [(CENTRE, 2_000), (2, 7_000), (3, 14_000)]
    assert [(one.received_milli, one.open_milli) for one in allocations] == [(2_000, 0), (10_000, 0), (20_000, 0)]


def test_what_nobody_else_asks_for_is_the_centres():
    assert asked_by_place(quantity_milli=12_000, shares={2: 5_000}, centre_id=CENTRE) == {CENTRE: 7_000, 2: 5_000}
    with pytest.raises(SharesExceedLine) as refused:
        check_shares(quantity_milli=12_000, shares_milli=[5_000, 8_000], field="lines[0].shares")
    assert refused.value.field == "lines[0].shares"


def test_what_came_for_a_store_counts_for_it_before_what_is_asked():
    # Twelve of twenty came for store 2, of which a version now asks five.
    assert allocated(asked={CENTRE: 5_000, 2: 5_000, 3: 10_000}, received={2: 12_000}) == {
        CENTRE: 3_000, 2: 12_000, 3: 5_000,
    }  # fmt: skip
    # Less is asked than came already.
    assert allocated(asked={CENTRE: 9_000}, received={2: 12_000, 3: 6_000}) == {CENTRE: 0, 2: 6_000, 3: 3_000}


QUANTITIES = st.integers(0, 40).map(lambda units: units * 500)


@given(st.lists(QUANTITIES, min_size=1, max_size=6), st.lists(st.integers(1, 60).map(lambda n: n * 500), max_size=5))
def test_receipts_are_shared_exactly_whatever_comes(asked, receipts):
    allocations = [allocation(place, quantity) for place, quantity in enumerate(asked, start=CENTRE)]
    for accepted in receipts:
        assert sum(quantity for _, quantity in shared(allocations, accepted)) == accepted
    assert sum(one.received_milli for one in allocations) == sum(receipts)
    assert all(one.received_milli <= one.ordered_milli for one in allocations[1:])
    left = max(0, sum(asked) - sum(receipts))
    assert sum(one.open_milli for one in allocations) == left


@given(
    st.dictionaries(st.integers(1, 5), QUANTITIES, min_size=1),
    st.dictionaries(st.integers(1, 5), QUANTITIES),
)
def test_what_is_ordered_sums_to_the_line_and_so_does_what_is_open(asked, received):
    ordered = allocated(asked=asked, received=received)
    assert sum(ordered.values()) == sum(asked.values())
    still_open = sum(max(0, quantity - received.get(place, 0)) for place, quantity in ordered.items())
    assert still_open == max(0, sum(asked.values()) - sum(received.values()))
