"""Points that members owe: they were spent before the sale that had earned them was taken back.

A debt is a lot below zero that carries no liability: the chain owes nothing for it, and it is no claim that could be
set off against what others are owed (IAS 32.42). The next points that the member gains repay the oldest debt first; the
liability that these carry is released.
"""

from collections.abc import Iterable
from typing import NamedTuple

from domain.loyalty.ledger import PointsLot
from domain.shared.money import divide


class Repayment(NamedTuple):
    """Points that go from a lot into a debt, with the liability that leaves the lot with them."""

    debt: PointsLot
    points: int
    value_minor: int


def repayments(lot: PointsLot, debts: Iterable[PointsLot]) -> list[Repayment]:
    """What of a lot (0 points or more) repays which debts, the oldest first; changes none of them.

    The value is in proportion to what is left of the lot, and all of it with its last point. Lots that are not below
    zero are passed over.
    """
    points, value = lot.points, lot.value_minor
    paid = []
    for debt in sorted((debt for debt in debts if debt.points < 0), key=lambda debt: debt.lot_id):
        if not points:
            break
        part = min(points, -debt.points)
        released = value if part == points else divide(value * part, points)
        paid.append(Repayment(debt, part, released))
        points -= part
        value -= released
    return paid
