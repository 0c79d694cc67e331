"""Baskets that are put aside, in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, exists, select, tuple_

from adapters.sql.tables.parking import parked_basket_ends as ends
from adapters.sql.tables.parking import parked_baskets as baskets
from adapters.sql.transaction import Transaction
from application.ports import parking as ports
from domain.sales.parking import ParkedBasket

_BASKET_ID: Final = bindparam("basket_id", type_=baskets.c.basket_id.type)
_LOCK: Final = select(baskets).where(baskets.c.basket_id == _BASKET_ID).with_for_update()
# Read after the lock, by a statement of its own: an end that was committed while it waited must be seen.
_END: Final = select(ends.c.basket_id).where(ends.c.basket_id == _BASKET_ID)
_STANDING: Final = (
    select(baskets)
    .where(
        baskets.c.store_id == bindparam("store_id", type_=baskets.c.store_id.type),
        baskets.c.expires_at > bindparam("at", type_=baskets.c.expires_at.type),
        ~exists().where(ends.c.basket_id == baskets.c.basket_id),
    )
    .order_by(baskets.c.expires_at, baskets.c.basket_id)
    .limit(bindparam("limit"))
)
_NEXT: Final = _STANDING.where(
    tuple_(baskets.c.expires_at, baskets.c.basket_id)
    > tuple_(
        bindparam("after_at", type_=baskets.c.expires_at.type), bindparam("after_id", type_=baskets.c.basket_id.type)
    )
)


class ParkedBaskets(ports.ParkedBaskets):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, basket_id: int) -> ParkedBasket | None:
        found = self._transaction.execute(_LOCK, {"basket_id": basket_id}).one_or_none()
        return None if found is None else ParkedBasket(**found._mapping)

    def is_ended(self, basket_id: int) -> bool:
        return self._transaction.execute(_END, {"basket_id": basket_id}).first() is not None

    def standing(
        self, store_id: int, *, at: datetime, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[ParkedBasket]:
        asked = {"store_id": store_id, "at": at, "limit": limit}
        statement = _STANDING
        if after is not None:
            statement = _NEXT
            asked |= {"after_at": after[0], "after_id": after[1]}
        return [ParkedBasket(**row._mapping) for row in self._transaction.execute(statement, asked)]
