"""Stock that does not suffice for everyone, and stock that others have too much of."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from domain.replenishment.classification import WHOLE_BP
from domain.shared.money import allocate, divide


def sell_through_bp(*, sold_milli: int, on_hand_milli: int) -> int:
    """The share of what was there that was sold, in basis points, halves up; 0 where nothing was there.

    What came back beyond what was sold counts as nothing sold, and stock that is owed as none.
    """
    sold, left = max(sold_milli, 0), max(on_hand_milli, 0)
    return divide(sold * WHOLE_BP, sold + left) if sold else 0


def spread(*, quantity_milli: int, weights: Sequence[int], step_milli: int = 1) -> list[int]:
    """All of a quantity over places in proportion to their weights, in whole steps; the parts sum to the quantity.

    By largest remainder, ties to the earlier place; equal parts where all weights are zero. What is left of a quantity
    that is no whole number of steps goes to the first place that gets anything.
    """
    if not weights:
        return []
    steps, rest = divmod(quantity_milli, step_milli)
    parts = [part * step_milli for part in allocate(steps, weights if any(weights) else [1] * len(weights))]
    if rest:
        parts[next((index for index, part in enumerate(parts) if part), 0)] += rest
    return parts


def share_out(
    *, available_milli: int, wants_milli: Sequence[int], weights: Sequence[int], step_milli: int = 1
) -> list[int]:
    """What each place gets of stock that may not suffice, in whole steps and never above what it wants.

    Where there is enough, everyone gets all. Otherwise everything available is given, in proportion to the weights as
    far as that is wanted, and what that leaves again so among those who still want; places without weight come last.
    `wants_milli` are whole steps; of `available_milli` a part of a step stays. Parts sum to the smaller of both.
    """
    left = max(available_milli, 0) // step_milli
    wants = [max(want, 0) // step_milli for want in wants_milli]
    if left >= sum(wants):
        return [want * step_milli for want in wants]
    given = [0] * len(wants)
    while left:
        open_places = [index for index, want in enumerate(wants) if given[index] < want]
        weighed = [index for index in open_places if weights[index] > 0]
        takers = weighed or open_places
        parts = allocate(left, [weights[index] or 1 for index in takers])
        for index, part in zip(takers, parts, strict=True):
            taken = min(part, wants[index] - given[index])
            given[index] += taken
            left -= taken
    return [steps * step_milli for steps in given]


@dataclass(frozen=True, slots=True)
class Move:
    """A quantity from one place to another; places are positions in the sequences that were given."""

    source: int
    destination: int
    quantity_milli: int


def moves_before_buying(
    *, surplus_milli: Sequence[int], needs_milli: Sequence[int], least_milli: int = 1
) -> list[Move]:
    """Which surplus goes where before anything is bought: the largest need first, from the largest surplus left.

    Nothing leaves a place beyond its surplus or reaches one beyond its need, and no move is below `least_milli`, since
    each costs a journey. So there are fewer moves than places. Ties go to the earlier place.
    """
    surplus = [(-quantity, place) for place, quantity in enumerate(surplus_milli) if quantity >= least_milli]
    heapify(surplus)
    moves: list[Move] = []
    for destination in sorted(range(len(needs_milli)), key=lambda place: -needs_milli[place]):
        need = needs_milli[destination]
        while need >= least_milli:
            if not surplus:
                return moves
            most, source = heappop(surplus)
            quantity = min(need, -most)
            if -most - quantity >= least_milli:
                heappush(surplus, (most + quantity, source))
            need -= quantity
            moves.append(Move(source, destination, quantity))
    return moves
