"""Pools of points in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from adapters.sql.statements import any_of
from adapters.sql.tables.loyalty import points_accounts, points_pool_members
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import points_pools as ports
from application.ports.points_pools import Pooled

_OWNER: Final = select(points_pool_members.c.owner_id).where(
    points_pool_members.c.member_id == bindparam("member_id", type_=points_pool_members.c.member_id.type)
)
_OWNERS: Final = select(points_pool_members.c.member_id, points_pool_members.c.owner_id).where(
    any_of(points_pool_members.c.member_id, "member_ids")
)
_MEMBERS: Final = (
    select(members.c.member_id, members.c.member_number, points_accounts.c.points_balance)
    .join_from(points_pool_members, members, members.c.member_id == points_pool_members.c.member_id)
    .join(points_accounts, points_accounts.c.member_id == members.c.member_id)
    .where(points_pool_members.c.owner_id == bindparam("owner_id", type_=points_pool_members.c.owner_id.type))
    .order_by(points_pool_members.c.member_id != points_pool_members.c.owner_id, members.c.member_number)
)
_JOIN: Final = insert(points_pool_members)
_LEAVE: Final = delete(points_pool_members).where(any_of(points_pool_members.c.member_id, "member_ids"))


class PointsPools(ports.PointsPools):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def owner_of(self, member_id: int) -> int | None:
        return self._transaction.execute(_OWNER, {"member_id": member_id}).scalar_one_or_none()

    def owners_of(self, member_ids: Collection[int]) -> Mapping[int, int]:
        rows = self._transaction.execute(_OWNERS, {"member_ids": sorted(member_ids)})
        return {row.member_id: row.owner_id for row in rows}

    def members(self, owner_id: int) -> Sequence[Pooled]:
        return [Pooled(**row._mapping) for row in self._transaction.execute(_MEMBERS, {"owner_id": owner_id})]

    def join(self, owner_id: int, member_ids: Sequence[int]) -> None:
        rows = [{"owner_id": owner_id, "member_id": member_id} for member_id in member_ids]
        self._transaction.execute(_JOIN, rows)

    def leave(self, member_ids: Sequence[int]) -> None:
        self._transaction.execute(_LEAVE, {"member_ids": list(member_ids)})
