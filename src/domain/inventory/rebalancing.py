"""Who gives what to whom: stores that have more than their most, to stores that have less than their least.

Exact and the same for the same figures: no store gives below its most or gets above it, and of each SKU as much moves
as there is to give or is needed, whichever is less.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Position:
    """What one store has of one SKU and should have, in thousandths; `min_milli` is at most `max_milli`.

    `free_milli` is what could leave now: on hand, neither reserved nor promised to others. `coming_milli` is on its
    way. `group` bounds who gives to whom, e.g. a currency. `step_milli` is the smallest quantity that moves.
    """

    store_id: int
    sku_id: int
    free_milli: int
    coming_milli: int
    min_milli: int
    max_milli: int
    group: str = ""
    step_milli: int = 1
    may_receive: bool = True

    @property
    def surplus_milli(self) -> int:
        """What it can give, in whole steps."""
        return _whole(max(0, self.free_milli - self.max_milli), self.step_milli)

    @property
    def shortage_milli(self) -> int:
        """What takes it to its most, in whole steps, where it has and awaits less than its least."""
        has = self.free_milli + self.coming_milli
        return _whole(self.max_milli - has, self.step_milli) if self.may_receive and has < self.min_milli else 0


@dataclass(frozen=True, slots=True)
class Move:
    from_store_id: int
    to_store_id: int
    sku_id: int
    quantity_milli: int


def rebalanced(positions: Sequence[Position]) -> list[Move]:
    """Moves of every SKU, one per pair of stores, in the order of source, destination and SKU.

    Where there is too little, all are brought to their least first, those who have least of their most before others,
    and then to their most in the same order. The store with the most to give is asked first, so that parcels are few.
    """
    moves: dict[tuple[int, int, int], int] = {}
    by_sku: dict[tuple[int, str], list[Position]] = {}
    for one in positions:
        by_sku.setdefault((one.sku_id, one.group), []).append(one)
    for (sku_id, _), of_sku in by_sku.items():
        surplus = {one.store_id: one.surplus_milli for one in of_sku if one.surplus_milli}
        short = sorted((one for one in of_sku if one.shortage_milli), key=_urgency)
        for wanted in (_to_least(short), _to_most(short)):
            for store_id, quantity in wanted:
                for giver, given in _taken(surplus, quantity):
                    key = giver, store_id, sku_id
                    moves[key] = moves.get(key, 0) + given
    return [Move(*key, moves[key]) for key in sorted(moves)]


def _urgency(one: Position) -> tuple[Fraction, int]:
    # What should hold nothing and owes goods is short by what it owes.
    return Fraction(one.free_milli + one.coming_milli, one.max_milli or 1), one.store_id


def _to_least(short: Sequence[Position]) -> list[tuple[int, int]]:
    """What takes each to its least, rounded up to whole steps as far as its most allows."""
    wanted = []
    for one in short:
        missing = one.min_milli - one.free_milli - one.coming_milli
        wanted.append((one.store_id, min(-_whole(-missing, one.step_milli), one.shortage_milli)))
    return wanted


def _to_most(short: Sequence[Position]) -> list[tuple[int, int]]:
    least = dict(_to_least(short))
    return [(one.store_id, one.shortage_milli - least[one.store_id]) for one in short]


def _taken(surplus: dict[int, int], quantity: int) -> list[tuple[int, int]]:
    """Takes a quantity, or what there is of it, from those who have most to give, and lowers their surplus."""
    taken = []
    while quantity and surplus:
        giver = min(surplus, key=lambda store_id: (-surplus[store_id], store_id))
        given = min(quantity, surplus[giver])
        taken.append((giver, given))
        quantity -= given
        surplus[giver] -= given
        if not surplus[giver]:
            del surplus[giver]
    return taken


def _whole(quantity: int, step: int) -> int:
    return quantity // step * step
