"""Pools of points in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, insert, literal_column, select

from adapters.sql.statements import any_of
from adapters.sql.tables.loyalty import (
    points_accounts,
    points_lots,
    points_pool_members,
    points_pool_rules,
    points_pool_spendings,
)
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import points_pools as ports
from application.ports.loyalty import PointsByExpiry
from application.ports.points_pools import PointsOfOther, Pooled, SharedPoints
from domain.loyalty.pool import PointsPoolRule, PoolSpending

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
_RULE: Final = (
    select(points_pool_rules)
    .where(points_pool_rules.c.owner_id == bindparam("owner_id", type_=points_pool_rules.c.owner_id.type))
    .order_by(points_pool_rules.c.version.desc())
    .limit(1)
)
_OTHERS: Final = points_pool_members.alias("others")
_NEWEST_VERSION: Final = (
    select(func.max(points_pool_rules.c.version))
    .where(points_pool_rules.c.owner_id == points_pool_members.c.owner_id)
    .correlate(points_pool_members)
    .scalar_subquery()
)
# A row for every other member of each pool, with the newest rule of its owner.
_SHARED: Final = (
    select(
        points_pool_members.c.member_id.label("spender_id"),
        _OTHERS.c.member_id.label("other_id"),
        points_pool_members.c.owner_id,
        points_pool_rules.c.version,
        points_pool_rules.c.spending,
        points_pool_rules.c.points_per_day_max,
        points_pool_rules.c.caller_id,
        points_pool_rules.c.staff_id,
        points_pool_rules.c.posted_at,
    )
    .join_from(points_pool_members, _OTHERS, _OTHERS.c.owner_id == points_pool_members.c.owner_id)
    .outerjoin(
        points_pool_rules,
        (points_pool_rules.c.owner_id == points_pool_members.c.owner_id)
        & (points_pool_rules.c.version == _NEWEST_VERSION),
    )
    .where(
        any_of(points_pool_members.c.member_id, "spender_ids"), _OTHERS.c.member_id != points_pool_members.c.member_id
    )
    .order_by(points_pool_members.c.member_id, _OTHERS.c.member_id)
)
_SPENT: Final = (
    select(
        points_pool_spendings.c.spender_id,
        points_pool_spendings.c.spent_on,
        func.sum(points_pool_spendings.c.points).label("points"),
    )
    .where(
        any_of(points_pool_spendings.c.spender_id, "spender_ids"),
        points_pool_spendings.c.spent_on.between(
            bindparam("from_date", type_=points_pool_spendings.c.spent_on.type),
            bindparam("to_date", type_=points_pool_spendings.c.spent_on.type),
        ),
    )
    .group_by(points_pool_spendings.c.spender_id, points_pool_spendings.c.spent_on)
)
_KIND: Final = (points_lots.c.member_id, points_lots.c.expires_on, points_lots.c.free_on, points_lots.c.held_until)
_POINTS_OF: Final = (
    select(*_KIND, points_accounts.c.points_debt, func.sum(points_lots.c.points).label("points"))
    .join_from(points_lots, points_accounts, points_accounts.c.member_id == points_lots.c.member_id)
    .where(any_of(points_lots.c.member_id, "member_ids"), points_lots.c.points > literal_column("0"))
    .group_by(*_KIND, points_accounts.c.points_debt)
)
NEVER_SET: Final = datetime.min.replace(tzinfo=UTC)
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

    def rule(self, owner_id: int) -> PointsPoolRule:
        found = self._transaction.execute(_RULE, {"owner_id": owner_id}).one_or_none()
        return _unset(owner_id) if found is None else _rule(found)

    def shared(self, spenders: Mapping[int, Collection[date]]) -> Mapping[int, SharedPoints]:
        spender_ids = sorted(spenders)
        others: dict[int, list[int]] = {}
        rules: dict[int, PointsPoolRule] = {}
        for row in self._transaction.execute(_SHARED, {"spender_ids": spender_ids}):
            others.setdefault(row.spender_id, []).append(row.other_id)
            rules[row.spender_id] = _unset(row.owner_id) if row.version is None else _rule(row)
        found = {spender_id: SharedPoints(rules[spender_id], ids) for spender_id, ids in others.items()}
        bounded = [spender_id for spender_id, one in found.items() if one.rule.points_per_day_max]
        if bounded:
            days = [day for spender_id in bounded for day in spenders[spender_id]]
            asked = {"spender_ids": bounded, "from_date": min(days), "to_date": max(days)}
            for row in self._transaction.execute(_SPENT, asked):
                found[row.spender_id].spent[row.spent_on] = int(row.points)
        return found

    def points_of(self, member_ids: Collection[int]) -> Mapping[int, PointsOfOther]:
        found: dict[int, list[PointsByExpiry]] = {}
        debts: dict[int, int] = {}
        for row in self._transaction.execute(_POINTS_OF, {"member_ids": sorted(member_ids)}):
            one = PointsByExpiry(row.expires_on, row.free_on, row.held_until, int(row.points), 0)
            found.setdefault(row.member_id, []).append(one)
            debts[row.member_id] = row.points_debt
        return {member_id: PointsOfOther(points, debts[member_id]) for member_id, points in found.items()}

    def join(self, owner_id: int, member_ids: Sequence[int]) -> None:
        rows = [{"owner_id": owner_id, "member_id": member_id} for member_id in member_ids]
        self._transaction.execute(_JOIN, rows)

    def leave(self, member_ids: Sequence[int]) -> None:
        self._transaction.execute(_LEAVE, {"member_ids": list(member_ids)})


def _unset(owner_id: int) -> PointsPoolRule:
    return PointsPoolRule(owner_id, 0, PoolSpending.NOBODY, 0, 0, None, NEVER_SET)


def _rule(row: Row[Any]) -> PointsPoolRule:
    return PointsPoolRule(
        row.owner_id, row.version, PoolSpending(row.spending), row.points_per_day_max, row.caller_id, row.staff_id,
        row.posted_at,
    )  # fmt: skip
