"""Points of others in a pool that pay for a sale: what may be spent, whose lots give it, and that it was spent.

A member's own points pay first, so that nobody's are spent while they have some themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from application.points_ledger import points_standing
from application.ports.kernel import Contention, UnitOfWork
from application.ports.membership import MemberAccount
from application.ports.points_pools import SharedPoints
from application.ports.sales import SaleState
from application.sales.tender import Tender
from domain.loyalty.pool import PointsPoolSpending
from domain.loyalty.redemption import LotUse, Standing, redeem_together, standing_of
from domain.sales.sale import TenderKind
from domain.shared.errors import Invalid, Rejected


class OnlyPointsFromPool(Invalid):
    en = "Only points come from a pool. Send from_pool with a tender of points, or leave it out."
    zh = "只有积分可来自共享组，请仅在积分付款中使用 from_pool。"


class NoPoolToSpend(Rejected):
    en = "Member {member_number} belongs to no pool of points. Pay without from_pool."
    zh = "会员 {member_number} 不在任何积分共享组中，请不要使用 from_pool。"


class PoolNotToSpend(Rejected):
    en = (
        "The pool of member {member_number} does not let them spend the points of the others. Pay without from_pool, or"
        " have its owner allow it (SetPointsPoolRule)."
    )
    zh = (
        "会员 {member_number} 所在共享组不允许其使用他人积分。请不要使用 from_pool，或由组长开放（SetPointsPoolRule）。"
    )


class PoolPointsExceeded(Rejected):
    en = "The member and their pool have {balance} points that can be spent, not {points}."
    zh = "会员及其共享组可用积分为 {balance}，不足 {points}。"


class PoolDayExceeded(Rejected):
    en = (
        "The member may spend {left} more points of their pool on this day, {day_max} in all, and has {own} of their"
        " own: not {points}."
    )
    zh = "会员当日还可使用共享组积分 {left}（每日上限 {day_max}），自有可用积分 {own}，不足 {points}。"


class Spendable(NamedTuple):
    """What a member may pay with: their own points, those of the others, and what of these the day leaves (each >= 0).

    `day_left` is None where the pool has no bound.
    """

    own: Standing
    others: int
    day_left: int | None

    @property
    def points(self) -> int:
        """All together."""
        return self.own.points + (self.others if self.day_left is None else min(self.others, self.day_left))


def from_pool(tenders: Iterable[Tender]) -> bool:
    """Whether points of a pool are to pay."""
    return any(tender.from_pool for tender in tenders)


def check_from_pool(tender: Tender, *, field: str) -> None:
    """Raises OnlyPointsFromPool."""
    if tender.from_pool and tender.kind is not TenderKind.POINTS:
        raise OnlyPointsFromPool(f"{field}.from_pool")


def load_shared(
    uow: UnitOfWork, paying: Iterable[tuple[str, Sequence[Tender], date]], state: SaleState
) -> Mapping[int, SharedPoints]:
    """The pools of those who pay with them, by member, read when the accounts of everybody in them are locked.

    `paying` are the keys of the buyers, their tenders and the business date. Raises Contention where somebody has
    joined a pool since its members were looked for.
    """
    spenders: dict[int, set[date]] = {}
    for member_key, tenders, on in paying:
        member = state.members.get(member_key)
        if member is not None and from_pool(tenders):
            spenders.setdefault(member.member_id, set()).add(on)
    if not spenders:
        return {}
    found = uow.points_pools.shared(spenders)
    for one in found.values():
        for other_id in one.others:
            account = state.accounts.get(other_id)
            if account is None or (account.points_balance > 0 and other_id not in state.lots):
                raise Contention("a member joined a pool meanwhile")
    return found


def pool_of(member: MemberAccount, shared: Mapping[int, SharedPoints], *, field: str) -> SharedPoints:
    """The pool that a member may spend from; raises NoPoolToSpend or PoolNotToSpend."""
    pool = shared.get(member.member_id)
    if pool is None:
        raise NoPoolToSpend(field, member_number=member.member_number)
    if not pool.rule.lets(member.member_id):
        raise PoolNotToSpend(field, member_number=member.member_number)
    return pool


def spendable_of(own: Standing, others: Iterable[Standing], pool: SharedPoints, *, on: date) -> Spendable:
    """What a member may pay with on a business date."""
    day_max = pool.rule.points_per_day_max
    day_left = max(day_max - pool.spent.get(on, 0), 0) if day_max else None
    return Spendable(own, sum(one.points for one in others), day_left)


def spend_together(
    member: MemberAccount, state: SaleState, tender: Tender, *, on: date, at: datetime, field: str
) -> tuple[int, list[LotUse]]:
    """How many points may be spent, and the lots that give those of the tender; changes nothing.

    Raises NoPoolToSpend, PoolNotToSpend, PoolPointsExceeded and PoolDayExceeded.
    """
    pool = pool_of(member, state.shared, field=f"{field}.from_pool")
    lots = state.lots.get(member.member_id, [])
    others = [(state.lots.get(one, []), state.accounts[one].points_debt) for one in pool.others]
    own = standing_of(lots, on=on, at=at, debt=member.points_debt)
    standings = [standing_of(their, on=on, at=at, debt=debt) for their, debt in others]
    spendable = spendable_of(own, standings, pool, on=on)
    points = tender.points
    if points > own.points + spendable.others:
        raise PoolPointsExceeded(f"{field}.points", points=points, balance=own.points + spendable.others)
    if points > spendable.points:
        raise PoolDayExceeded(
            f"{field}.points",
            points=points,
            own=own.points,
            left=spendable.day_left,
            day_max=pool.rule.points_per_day_max,
        )
    uses = redeem_together(lots, others, points=points, on=on, at=at, debt=member.points_debt, field=f"{field}.points")
    return spendable.points, uses


def pool_points(uow: UnitOfWork, member: MemberAccount, own: Standing, *, on: date) -> int:
    """The points with which a member may pay now, those of their pool among them; their own where there is none."""
    pool = uow.points_pools.shared({member.member_id: [on]}).get(member.member_id)
    if pool is None or not pool.rule.lets(member.member_id):
        return own.points
    found = uow.points_pools.points_of(pool.others)
    others = [
        points_standing(other_id, one.points, on=on, at=uow.now, debt=one.debt) for other_id, one in found.items()
    ]
    return spendable_of(own, others, pool, on=on).points


def record_spending(
    uow: UnitOfWork, spender: MemberAccount, pool: SharedPoints, uses: Iterable[LotUse], *, sale_id: int, on: date
) -> None:
    """Adds whose points paid for somebody else; the next sale of the batch may spend so much less on that day."""
    given: dict[int, int] = {}
    for use in uses:
        if use.lot.member_id != spender.member_id:
            given[use.lot.member_id] = given.get(use.lot.member_id, 0) + use.points
    for member_id, points in given.items():
        uow.add(PointsPoolSpending(sale_id, member_id, spender.member_id, pool.rule.owner_id, on, points))
        pool.spent[on] = pool.spent.get(on, 0) + points
