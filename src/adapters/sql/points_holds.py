"""Points that are held, in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, exists, literal_column, select

from adapters.sql.tables.loyalty import points_entries, points_hold_ends, points_holds
from adapters.sql.transaction import Transaction
from application.ports import points_holds as ports
from domain.loyalty.hold import PointsHold
from domain.loyalty.ledger import PointsReason

_HOLD_ID: Final = bindparam("hold_id", type_=points_holds.c.hold_id.type)
_HOLD: Final = select(points_holds).where(points_holds.c.hold_id == _HOLD_ID)
_END: Final = select(points_hold_ends.c.end_id).where(points_hold_ends.c.hold_id == _HOLD_ID)
# All entries of a hold were posted at its moment, and a statement finds them by that; ids ascend as they were made.
_LOTS: Final = (
    select(points_entries.c.lot_id)
    .where(
        points_entries.c.member_id == bindparam("member_id", type_=points_entries.c.member_id.type),
        points_entries.c.posted_at == bindparam("posted_at", type_=points_entries.c.posted_at.type),
        points_entries.c.sale_id == _HOLD_ID,
        points_entries.c.reason == PointsReason.HELD.value,
        points_entries.c.points > literal_column("0"),
    )
    .order_by(points_entries.c.entry_id)
)
_STANDING: Final = (
    select(points_holds)
    .where(
        points_holds.c.member_id == bindparam("member_id", type_=points_holds.c.member_id.type),
        points_holds.c.expires_at > bindparam("at", type_=points_holds.c.expires_at.type),
        ~exists().where(points_hold_ends.c.hold_id == points_holds.c.hold_id),
    )
    .order_by(points_holds.c.expires_at, points_holds.c.hold_id)
    .limit(bindparam("limit"))
)


class PointsHolds(ports.PointsHolds):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, hold_id: int) -> PointsHold | None:
        found = self._transaction.execute(_HOLD, {"hold_id": hold_id}).one_or_none()
        return None if found is None else PointsHold(**found._mapping)

    def is_ended(self, hold_id: int) -> bool:
        return self._transaction.execute(_END, {"hold_id": hold_id}).first() is not None

    def lot_ids(self, hold: PointsHold) -> Sequence[int]:
        asked = {"member_id": hold.member_id, "posted_at": hold.posted_at, "hold_id": hold.hold_id}
        return [row.lot_id for row in self._transaction.execute(_LOTS, asked)]

    def standing(self, member_id: int, *, at: datetime, limit: int) -> Sequence[PointsHold]:
        rows = self._transaction.execute(_STANDING, {"member_id": member_id, "at": at, "limit": limit})
        return [PointsHold(**row._mapping) for row in rows]
