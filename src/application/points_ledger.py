"""What sales, prizes and the loyalty programme alike do with points: repay what is owed, tell what may be spent."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from application.ports.kernel import UnitOfWork
from application.ports.loyalty import PointsByExpiry
from application.ports.membership import MemberAccount
from domain.loyalty.debt import repayments
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.redemption import Standing, standing_of


def repay_debts(
    uow: UnitOfWork,
    account: MemberAccount,
    lot: PointsLot,
    debts: Iterable[PointsLot],
    *,
    document_id: int,
    store_id: int,
    on: date,
    at: datetime,
) -> int:
    """Repays what a member owes out of a lot that a document has just filled; returns the liability that is released.

    The account is locked and its balance counts the lot already, which a repayment does not change. The document posts
    what is released against promotion expense, where the points that were never paid for had gone.
    """
    released = 0
    for debt, points, value in repayments(lot, debts):
        lot.points -= points
        lot.value_minor -= value
        debt.points += points
        account.points_debt -= points
        released += value
        for moved, change, change_value in ((lot, -points, -value), (debt, points, 0)):
            uow.add(
                PointsEntry(
                    moved.member_id, uow.new_id(), moved.lot_id, change, change_value, PointsReason.REPAID,
                    document_id, store_id, on, at,
                )
            )  # fmt: skip
    return released


def points_standing(member_id: int, found: Sequence[PointsByExpiry], *, on: date, at: datetime, debt: int) -> Standing:
    """What of a member's points may be spent on a business date at a moment, and what not yet; `debt` is owed."""
    lots = [
        PointsLot(0, member_id, 0, on, one.expires_on, one.points + one.owed, 0, one.free_on, one.held_until)
        for one in found
    ]
    return standing_of(lots, on=on, at=at, debt=debt)
