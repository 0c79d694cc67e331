"""What is proposed for goods that hardly sell: never below a floor, never a step that is none."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pricing.slow_seller import (
    Proposed,
    ShelfPrice,
    SlowReason,
    SlowSellerProposal,
    days_of_stock,
    proposed_for,
    slow_below,
)
from domain.shared.money import Rounding

DELIST, DEEPEN = SlowSellerProposal.DELIST, SlowSellerProposal.DEEPEN
ROOM, AT_FLOOR = SlowReason.ROOM_ABOVE_FLOOR, SlowReason.AT_FLOOR
FULL = ShelfPrice(10_000, 0, 0)


@st.composite
def shelf_prices(draw: st.DrawFn) -> ShelfPrice:
    price = draw(st.integers(0, 1_000_000))
    off = draw(st.one_of(st.just(0), st.integers(0, price)))
    # Promotions stop at the floor; a price that head office has set below it stands.
    return ShelfPrice(
        price, off, draw(st.one_of(st.just(0), st.integers(0, max(0, price - off)), st.integers(0, 10**6)))
    )


@pytest.mark.capability("PRM-16")
@pytest.mark.parametrize(
    ("sold", "on_hand", "shelf", "promoted", "proposed"),
    [
        (4_000, 90_000, [FULL], False, Proposed(DEEPEN, ROOM, 0, 500)),
        (0, 90_000, [FULL], False, Proposed(DEEPEN, ROOM, 0, 500)),
        (0, 90_000, [ShelfPrice(10_000, 0, 9_500)], False, Proposed(DEEPEN, ROOM, 0, 500)),
        (0, 90_000, [ShelfPrice(10_000, 0, 9_501)], False, Proposed(DELIST, AT_FLOOR, 0)),
        (
            1,
            90_000,
            [ShelfPrice(10_000, 1_000, 8_500)],
            True,
            Proposed(DEEPEN, ROOM, 1_000, 1_500),
        ),
        (1, 90_000, [ShelfPrice(10_000, 1_000, 8_501)], True, Proposed(DELIST, AT_FLOOR, 1_000)),
        # The store with the least room decides, and what is off most is what the step comes on top of.
        (1, 9_000, [FULL, ShelfPrice(100, 10, 84)], True, Proposed(DEEPEN, ROOM, 1_000, 1_500)),
        (1, 9_000, [FULL, ShelfPrice(100, 10, 86)], True, Proposed(DELIST, AT_FLOOR, 1_000)),
        (0, 9_000, [ShelfPrice(10_000, 1, 0)], True, Proposed(DELIST, SlowReason.UNSOLD_THOUGH_PROMOTED, 1)),
        (-1_000, 9_000, [FULL], True, Proposed(DELIST, SlowReason.UNSOLD_THOUGH_PROMOTED, 0)),
        (0, 0, [FULL], True, Proposed(DELIST, SlowReason.OUT_OF_STOCK, 0)),
        (0, -5, [], False, Proposed(DELIST, SlowReason.OUT_OF_STOCK, 0)),
        (4_000, 1, [], False, Proposed(DELIST, SlowReason.NOT_FOR_SALE, 0)),
        # Free already, all but free, and a step that rounding swallows.
        (1, 1, [ShelfPrice(0, 0, 0)], False, Proposed(DELIST, AT_FLOOR, 0)),
        (1, 1, [ShelfPrice(10_000, 9_500, 0)], True, Proposed(DELIST, AT_FLOOR, 9_500)),
        (1, 1, [ShelfPrice(9, 0, 0)], False, Proposed(DELIST, AT_FLOOR, 0)),
    ],
)
def test_proposes(sold: int, on_hand: int, shelf: list[ShelfPrice], promoted: bool, proposed: Proposed):
    found = proposed_for(sold_milli=sold, on_hand_milli=on_hand, shelf=shelf, promoted=promoted, step_bp=500)
    assert found == proposed


@settings(max_examples=50)
@given(
    st.lists(shelf_prices(), max_size=4), st.integers(-5, 5), st.integers(-1, 2), st.booleans(), st.integers(1, 9_999)
)
def test_a_deeper_price_is_lower_than_now_and_never_below_the_floor_in_any_store(
    shelf: list[ShelfPrice], sold: int, on_hand: int, promoted: bool, step: int
):
    proposed = proposed_for(sold_milli=sold, on_hand_milli=on_hand, shelf=shelf, promoted=promoted, step_bp=step)
    again = proposed_for(sold_milli=sold, on_hand_milli=on_hand, shelf=shelf[::-1], promoted=promoted, step_bp=step)
    assert proposed == again
    assert (proposed.proposal is DEEPEN) == (proposed.reason is SlowReason.ROOM_ABOVE_FLOOR) == (proposed.rate_bp > 0)
    if proposed.proposal is DEEPEN:
        assert on_hand > 0
        assert proposed.rate_bp == max(one.rate_bp for one in shelf) + step
        for one in shelf:
            assert (
                max(1, one.floor_minor)
                <= one.after(proposed.rate_bp, Rounding.HALF_UP)
                < one.unit_price_minor - one.off_minor
            )


@settings(max_examples=50)
@given(st.integers(1, 10**6), st.integers(1, 366), st.integers(28, 31), st.integers(-5_000, 10**7))
def test_a_threshold_for_some_days_is_the_share_of_a_month(pieces: int, days: int, of_month: int, sold: int):
    exactly = Fraction(pieces * 1_000 * days, of_month)
    assert (sold < slow_below(pieces, days=days, days_of_month=of_month)) == (sold < exactly)


def test_stock_lasts_as_long_as_it_is_sold_at_this_rate():
    lasts = [days_of_stock(on_hand_milli=n, sold_milli=sold, days=30) for n, sold in ((90_000, 4_000), (1, 9), (0, 1))]
    assert lasts == [675, 3, 0]
    assert [days_of_stock(on_hand_milli=5, sold_milli=sold, days=30) for sold in (0, -1)] == [None, None]
    assert days_of_stock(on_hand_milli=-5, sold_milli=1, days=30) == 0
