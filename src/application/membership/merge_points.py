"""Points of merged files: their lots, and what is owed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from application.membership.merge_work import Merging, Undoing
from application.points_ledger import repay_debts
from domain.finance.journal import JournalEntry, balanced
from domain.finance.points_postings import repayment_postings
from domain.loyalty.ledger import PointsEntry, PointsLot, PointsReason
from domain.loyalty.redemption import valid_lots

DOCUMENT_KIND: Final = "member_merge"


def move_points(merging: Merging) -> None:
    """Lots go as they are: with their date, their sale and their value, debts too. Then what is owed is repaid.

    The chain owes the same in every store, but for what the points carried that repay a debt: it is released.
    """
    uow, giver, taker = merging.uow, merging.merged.member_id, merging.survivor.member_id
    lots = uow.points.lock(giver).lots
    merging.points = sum(lot.points for lot in lots)
    _move_lots(merging, lots, giver, taker)
    _post(merging, _settled(merging, taker))


def move_points_back(undoing: Undoing) -> None:
    """Debts that the merge repaid are owed again, then the lots that came go back with what is left in them.

    Either member repays what they owe out of what they have then, as they would with any points that come.
    """
    uow, giver, taker = undoing.uow, undoing.survivor.member_id, undoing.merged.member_id
    restored = _owed_again(undoing)
    _move_lots(undoing, uow.merges.lots_brought(undoing.merge), giver, taker)
    _post(undoing, [*restored, *_settled(undoing, giver), *_settled(undoing, taker)])


def _move_lots(work: Merging | Undoing, lots: Sequence[PointsLot], giver: int, taker: int) -> None:
    for lot in lots:
        if lot.points:
            _enter(work, replace(lot, member_id=giver), -lot.points, -lot.value_minor, PointsReason.MERGED_OUT)
            _enter(work, replace(lot, member_id=taker), lot.points, lot.value_minor, PointsReason.MERGED_IN)
    if lots:
        work.uow.merges.move_lots([lot.lot_id for lot in lots], taker)


def _settled(work: Merging | Undoing, member_id: int) -> list[int]:
    """Repays what the member owes out of valid lots, the first expiring first; the liability that each releases."""
    uow = work.uow
    locked = uow.points.lock(member_id)
    released = []
    for lot in valid_lots(locked.lots, on=work.on, at=uow.now):
        if not locked.account.points_debt:
            break
        released.append(
            repay_debts(
                uow, locked.account, lot, locked.lots,
                document_id=work.document_id, store_id=work.store.store_id, on=work.on, at=uow.now,
            )
        )  # fmt: skip
    return released


def _owed_again(undoing: Undoing) -> list[int]:
    """Undoes the repayments of the merge, entry by entry; the liability that each releases, which is below zero."""
    uow = undoing.uow
    repaid = uow.merges.repaid(undoing.merge)
    survivor_id = undoing.survivor.member_id
    gone = {lot.lot_id: lot for lot, _ in repaid if lot.member_id != survivor_id}
    opened = {lot_id: _like(undoing, lot) for lot_id, lot in gone.items()}
    for lot, entry in repaid:
        into = opened.get(lot.lot_id, lot)
        into.points -= entry.points
        into.value_minor -= entry.value_minor
        _enter(undoing, into, -entry.points, -entry.value_minor, PointsReason.REPAY_REVERSED)
    return [entry.value_minor for _, entry in repaid]


def _like(undoing: Undoing, lot: PointsLot) -> PointsLot:
    """A lot with the terms of one that was emptied and is another member's since an onward merge was undone."""
    own = replace(
        lot, lot_id=undoing.uow.new_id(), member_id=undoing.survivor.member_id, points=0, value_minor=0,
        held_until=None, held_from=None,
    )  # fmt: skip
    undoing.uow.add(own)
    return own


def _enter(work: Merging | Undoing, lot: PointsLot, points: int, value: int, reason: PointsReason) -> None:
    uow = work.uow
    uow.add(
        PointsEntry(
            lot.member_id, uow.new_id(), lot.lot_id, points, value, reason, work.document_id, work.store.store_id,
            work.on, uow.now,
        )
    )  # fmt: skip


def _post(work: Merging | Undoing, released: Sequence[int]) -> None:
    """Posts the liability that repayments have released, less what is owed again; nothing where there are none."""
    if not released:
        return
    uow, store = work.uow, work.store
    entry = JournalEntry(
        uow.new_id(), store.store_id, work.on, store.currency, "", DOCUMENT_KIND, work.document_id, uow.now
    )
    uow.add(entry, *balanced(entry.entry_id, repayment_postings(value_minor=sum(released))))
