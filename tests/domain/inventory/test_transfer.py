from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.finance.accounts import GOODS_IN_TRANSIT, SHRINKAGE
from domain.finance.journal import balanced
from domain.finance.transfer_postings import arrival_postings, shipment_postings, transit_postings
from domain.inventory.transfer import (
    DifferenceReason,
    NothingLeft,
    Transfer,
    TransferEntryKind,
    TransferProgress,
    TransferState,
    arrival,
    shipped_all,
    state_after,
)


def line(requested=20, shipped=20, value=119):
    made = TransferProgress(1, 1, requested)
    if shipped:
        made.add(TransferEntryKind.SHIPPED, shipped, value)
    return made


def transfer(*, ended=False):
    return Transfer(1, 1, 2, TransferState.APPROVED, ended, "CNY", None, "", datetime(2026, 1, 1, tzinfo=UTC), 1, None)


@given(
    st.integers(1, 50),
    st.integers(0, 10_000),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6),
)
def test_what_arrives_and_is_missing_is_worth_what_was_shipped(shipped, value, receipts):
    one = line(50, shipped, value)
    for most_received, most_missing in receipts:
        missing = min(most_missing, one.in_transit_milli)
        received = min(most_received, one.in_transit_milli - missing)
        came = arrival(
            one,
            received_milli=received,
            missing_milli=missing,
            reason=DifferenceReason.LOST if missing else None,
            sku="TEA",
            field="lines[0]",
        )
        assert (came.received_milli, came.missing_milli, came.over_milli) == (received, missing, 0)
        one.add(TransferEntryKind.RECEIVED, came.received_milli, came.received_minor)
        one.add(TransferEntryKind.MISSING, came.missing_milli, came.missing_minor)
        assert 0 <= one.in_transit_minor <= value
        assert one.in_transit_milli or not one.in_transit_minor
    rest = arrival(one, received_milli=one.in_transit_milli, missing_milli=0, reason=None, sku="TEA", field="lines[0]")
    assert one.received_minor + one.missing_minor + rest.received_minor == value


@pytest.mark.parametrize(
    ("ended", "progress", "state"),
    [
        (False, [line(20, 20), line(5, 0)], TransferState.SHIPPED),
        (True, [line(20, 20)], TransferState.SHIPPED),
        (True, [line(5, 0)], TransferState.RECEIVED),
    ],
)
def test_is_open_while_something_is_to_be_shipped_or_to_arrive(ended, progress, state):
    assert state_after(transfer(ended=ended), progress) is state


def test_ships_what_is_left_or_says_that_nothing_is():
    assert [quantity for _, quantity in shipped_all([line(20, 15), line(20, 20)])] == [5]
    with pytest.raises(NothingLeft):
        shipped_all([line(20, 20)])


def test_postings_balance_and_name_their_accounts():
    for one_company in (True, False):
        shipped, transit = (
            balanced(1, postings(cost_minor=500, one_company=one_company))
            for postings in (shipment_postings, transit_postings)
        )
        assert {one.account_code: one.amount_minor for one in transit}[GOODS_IN_TRANSIT.code] == 500
        assert (shipped[0].account_code == transit[1].account_code) is one_company
    postings = arrival_postings(received_minor=475, missing_minor=25, over_minor=0, correction_minor=-10)
    assert {one.account_code: one.amount_minor for one in balanced(1, postings)}[SHRINKAGE.code] == 25
