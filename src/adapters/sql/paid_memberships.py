"""Paid memberships in SQL."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, bindparam, exists, select, text, update

from adapters.sql.statements import any_of
from adapters.sql.tables.membership import members
from adapters.sql.tables.tiers import OPEN_MEMBERSHIP, paid_memberships
from adapters.sql.transaction import Transaction
from application.ports import paid_memberships as ports
from domain.membership.paid import PaidMembership

_OPEN: Final = text(OPEN_MEMBERSHIP)
_KEPT: Final = paid_memberships.c
_DUE: Final = (
    select(paid_memberships)
    .where(_OPEN, _KEPT.released_to < bindparam("on", type_=_KEPT.released_to.type))
    .order_by(_KEPT.released_to, _KEPT.membership_id)
    .limit(bindparam("limit"))
)
_LOCK_OPEN: Final = (
    select(paid_memberships)
    .where(any_of(_KEPT.member_id, "member_ids"), _OPEN)
    .order_by(_KEPT.starts_on, _KEPT.membership_id)
    .with_for_update()
)
_OF_SALE: Final = select(paid_memberships).where(_KEPT.sale_id == bindparam("of_sale")).order_by(_KEPT.line_number)
_MOVED: Final = ("units", "ends_on", "value_minor", "released_minor", "released_to", "ended")
_MOVE: Final = (
    update(paid_memberships)
    .where(_KEPT.membership_id == bindparam("of_membership"))
    .values({name: bindparam(f"new_{name}", type_=_KEPT[name].type) for name in _MOVED})
)
_LIST: Final = (
    select(paid_memberships)
    .where(_KEPT.member_id == bindparam("of_member"), _KEPT.membership_id > bindparam("after"))
    .order_by(_KEPT.membership_id)
    .limit(bindparam("limit"))
)
HAS_OPEN: Final = exists(select(_KEPT.membership_id).where(_KEPT.member_id == members.c.member_id, _OPEN))
"""Whether a row of members has a membership that has not ended: what becomes of its tier is decided when it does."""


class PaidMemberships(ports.PaidMemberships):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def due(self, on: date, *, limit: int) -> Sequence[PaidMembership]:
        return _all(self._transaction.execute(_DUE, {"on": on, "limit": limit}))

    def lock_open(self, member_ids: Sequence[int]) -> Sequence[PaidMembership]:
        return _all(self._transaction.execute(_LOCK_OPEN, {"member_ids": member_ids}))

    def of_sale(self, sale_id: int) -> Sequence[PaidMembership]:
        return _all(self._transaction.execute(_OF_SALE, {"of_sale": sale_id}))

    def move(self, memberships: Sequence[PaidMembership]) -> None:
        rows = [
            {"of_membership": one.membership_id, **{f"new_{name}": getattr(one, name) for name in _MOVED}}
            for one in memberships
        ]
        if rows:
            self._transaction.execute(_MOVE, rows)

    def list_of(self, member_id: int, *, after: int, limit: int) -> Sequence[PaidMembership]:
        return _all(self._transaction.execute(_LIST, {"of_member": member_id, "after": after, "limit": limit}))


def _all(rows: Any) -> list[PaidMembership]:
    return [_membership(row) for row in rows]


def _membership(row: Row[Any]) -> PaidMembership:
    return PaidMembership(**row._mapping)
