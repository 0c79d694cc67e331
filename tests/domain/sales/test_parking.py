"""The parts of a basket hold exactly what the whole one held, or are refused."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sales.parking import LineShare, LineToSplit, NotDivisible, NotWholly, check_shares
from domain.shared.errors import Refusal

PIECES = LineToSplit(3_000, divisible=True)
WEIGHED = LineToSplit(250, divisible=False)


def divided(lines: list[LineToSplit], parts: int, chance: Random) -> list[list[LineShare]]:
    """The lines dealt out to parts at random, whatever may be divided in pieces of any size."""
    dealt: list[list[LineShare]] = [[] for _ in range(parts)]
    for number, line in enumerate(lines, start=1):
        left = line.quantity_milli
        while line.divisible and left > 1 and chance.random() < 0.6:
            share = chance.randint(1, left - 1)
            dealt[chance.randrange(parts)].append(LineShare(number, share))
            left -= share
        whole = left == line.quantity_milli and chance.random() < 0.5
        dealt[chance.randrange(parts)].append(LineShare(number, 0 if whole else left))
    return dealt


LINES = st.lists(st.builds(LineToSplit, st.integers(1, 10_000), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=200)
@given(lines=LINES, parts=st.integers(2, 4), seed=st.integers(0, 2**32))
def test_parts_hold_together_exactly_the_whole(lines: list[LineToSplit], parts: int, seed: int) -> None:
    written = check_shares(lines, divided(lines, parts, Random(seed)))
    assert len(written) == parts
    held = [0] * len(lines)
    for part in written:
        for line_number, quantity_milli in part:
            held[line_number - 1] += quantity_milli
    assert held == [line.quantity_milli for line in lines]


@settings(max_examples=200)
@given(lines=LINES, seed=st.integers(0, 2**32), by=st.integers(-3, 3).filter(bool))
def test_nothing_is_lost_or_made_by_a_split(lines: list[LineToSplit], seed: int, by: int) -> None:
    chance = Random(seed)
    parts = divided(lines, 2, chance)
    part = chance.choice([part for part in parts if part])
    place = chance.randrange(len(part))
    line = lines[part[place].line_number - 1]
    quantity = part[place].quantity_milli or line.quantity_milli
    # Zero would ask for all of it.
    part[place] = LineShare(part[place].line_number, quantity + by if quantity + by > 0 else quantity + abs(by))
    with pytest.raises((NotWholly, NotDivisible)):
        check_shares(lines, parts)


@pytest.mark.parametrize(
    ("parts", "reason", "field"),
    [
        ([[(1, 1_000)], [(2, 0)]], "NOT_WHOLLY", "parts"),
        ([[(1, 0)], [(1, 0), (2, 0)]], "NOT_WHOLLY", "parts"),
        ([[(1, 3_000)], []], "NOT_WHOLLY", "parts"),
        ([[(1, 0), (2, 125)], [(2, 125)]], "NOT_DIVISIBLE", "parts[0].lines[1].quantity_milli"),
        ([[(1, 0), (2, 0)], [(2, 0)]], "NOT_DIVISIBLE", "parts[1].lines[0].quantity_milli"),
        ([[(1, 0)], [(3, 0)]], "NO_SUCH_LINE", "parts[1].lines[0].line_number"),
        ([[(0, 0)], [(1, 0)]], "NO_SUCH_LINE", "parts[0].lines[0].line_number"),
    ],
)
def test_says_what_is_wrong(parts: list[list[tuple[int, int]]], reason: str, field: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_shares([PIECES, WEIGHED], [[LineShare(*line) for line in part] for part in parts])
    assert (caught.value.reason, caught.value.field) == (reason, field)


def test_an_amount_without_goods_goes_whole_into_one_part() -> None:
    amount_only = LineToSplit(0, divisible=False)
    assert check_shares([PIECES, amount_only], [[LineShare(1, 0)], [LineShare(2, 0)]]) == [[(1, 3_000)], [(2, 0)]]
    with pytest.raises(NotWholly):
        check_shares([PIECES, amount_only], [[LineShare(1, 1_000)], [LineShare(1, 2_000)]])
