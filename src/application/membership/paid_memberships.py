"""Paid memberships day by day: their revenue is earned, those that are over end, and members see theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from application.fields import optional_date
from application.membership.queries import checked_key
from application.membership.tier_programme import ReviewInFuture
from application.membership_ledger import record_movement, tier_left
from application.named_members import known_member_id
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.tiers import MemberTier
from application.scope import chain_day
from application.tier_entries import record_decisions
from domain.identity.organisation import WHOLE_CHAIN
from domain.membership.paid import MembershipReason, PaidMembership, earned_by
from domain.membership.tier import TierCause, window_on
from domain.shared.errors import Forbidden

MEMBERSHIPS_AT_ONCE: Final = 500


class MembershipsOfChain(Forbidden):
    en = "Paid memberships hold in every store, so only who may act for the whole chain lets them end."
    zh = "付费会员全连锁有效，只有管理整个连锁的人员可以执行到期处理。"


@dataclass(frozen=True, slots=True)
class ReleaseMemberships:
    """As of a business date (ISO; empty for the one begun in every store): all days before it are over."""

    on: str = ""


@dataclass(frozen=True, slots=True)
class MembershipsReleased:
    """How many were moved on, how many of them have ended, and the business date; none when nothing was left to do."""

    memberships: int
    ended: int
    on: str


@dataclass(frozen=True, slots=True)
class ListPaidMemberships:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class PaidMembershipView:
    """`ends_on` is exclusive; `value_left_minor` is the revenue that waits for the days to come."""

    membership_id: int
    plan_code: str
    tier: str
    sale_id: int
    store_code: str
    currency: str
    units: int
    starts_on: str
    ends_on: str
    ended: bool
    value_left_minor: int
    sold_at: datetime


@dataclass(frozen=True, slots=True)
class PaidMembershipPage:
    memberships: Sequence[PaidMembershipView]
    next_page_token: str


def release_memberships(uow: UnitOfWork, command: ReleaseMemberships) -> MembershipsReleased:
    """Earns the revenue of days that are over, of up to 500 memberships, and ends those that are; run it until none is.

    Booked on that date in the stores that had sold them, one entry for all of a store. Doing it again changes nothing,
    and being late earns the same. Members whose membership ends have the tier that they earned. Raises
    MembershipsOfChain and ReviewInFuture.
    """
    stated = optional_date(command.on, field="on")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise MembershipsOfChain
    uow.refresh()
    today = chain_day(uow)
    on = stated or today
    if on > today:
        raise ReviewInFuture("on", on=on.isoformat(), today=today.isoformat())
    due = uow.paid_memberships.due(on, limit=MEMBERSHIPS_AT_ONCE)
    if not due:
        return MembershipsReleased(0, 0, on.isoformat())
    wanted = {one.membership_id for one in due}
    ids = sorted({one.member_id for one in due})
    # Members before their memberships, as sales lock them; another run may have been faster.
    members = {one.member_id: one for one in uow.tiers.lock(ids)}
    own = uow.paid_memberships.lock_open(ids)
    moved = [one for one in own if one.membership_id in wanted and one.released_to < on]
    _release(uow, moved, on)
    uow.paid_memberships.move(moved)
    _lower(uow, members, own, [one for one in moved if one.ended], on)
    return MembershipsReleased(len(moved), sum(one.ended for one in moved), on.isoformat())


def _release(uow: UnitOfWork, moved: Sequence[PaidMembership], on: date) -> None:
    earned: dict[tuple[int, str], int] = {}
    for one in moved:
        value = earned_by(one, on) - one.released_minor
        one.released_minor += value
        one.released_to = on
        one.ended = on >= one.ends_on
        key = one.store_id, one.currency
        earned[key] = earned.get(key, 0) + value
    for (store_id, currency), value in sorted(earned.items()):
        if value:
            record_movement(
                uow, MembershipReason.RELEASED,
                membership_id=0, value_minor=-value, currency=currency, store_id=store_id, on=on, at=uow.now,
                caller=uow.caller,
            )  # fmt: skip


def _lower(
    uow: UnitOfWork,
    members: dict[int, MemberTier],
    own: Sequence[PaidMembership],
    ended: Sequence[PaidMembership],
    on: date,
) -> None:
    stored = uow.chain.tier_programme
    if not ended or stored is None:
        return
    over = {one.member_id: [each for each in ended if each.member_id == one.member_id] for one in ended}
    figures = uow.tiers.figures(sorted(over), stored.programme, window=window_on(stored.programme, on))
    decisions = []
    for member_id in sorted(over):
        still_open = [one for one in own if one.member_id == member_id and not one.ended]
        decision = tier_left(stored, members[member_id], over[member_id], still_open, figures, on)
        if decision is not None:
            decisions.append(decision)
    record_decisions(uow, decisions, cause=TierCause.PAID_END, version=stored.version, on=on)


def list_paid_memberships(uow: UnitOfWork, query: ListPaidMemberships) -> PaidMembershipPage:
    """The memberships that a member has bought, those that have ended too; raises UnknownMember."""
    asked = page(query.page_size, query.page_token, key=(int,))
    uow.refresh()
    member_id = known_member_id(uow, checked_key(query.member_key))
    after = asked.after[0] if asked.after else 0
    found = uow.paid_memberships.list_of(member_id, after=after, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda one: (one.membership_id,))
    return PaidMembershipPage([_view(uow, one) for one in found[: asked.limit]], token)


def _view(uow: UnitOfWork, one: PaidMembership) -> PaidMembershipView:
    return PaidMembershipView(
        membership_id=one.membership_id,
        plan_code=one.plan_code,
        tier=one.tier,
        sale_id=one.sale_id,
        store_code=uow.chain.stores[one.store_id].code,
        currency=one.currency,
        units=one.units,
        starts_on=one.starts_on.isoformat(),
        ends_on=one.ends_on.isoformat(),
        ended=one.ended,
        value_left_minor=one.value_minor - one.released_minor,
        sold_at=one.sold_at,
    )
