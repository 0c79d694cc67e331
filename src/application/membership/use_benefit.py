"""Members use what their tier grants each month, such as free parking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from application.fields import required_code, required_name
from application.membership.queries import checked_key
from application.membership.tier_programme import programme_in_force
from application.membership.views import PERSONAL
from application.named_members import known_member_id
from application.ports.kernel import UnitOfWork
from application.ports.tiers import BenefitUse
from application.scope import store_in_scope, trading_day
from domain.membership.tier import TierBenefit
from domain.shared.errors import NotFound, Rejected

DAYS_OF_LONGEST_MONTH: Final = 31


class UnknownBenefit(NotFound):
    en = "The tier programme has no benefit “{code}”. It has: {known}."
    zh = "会员等级方案中没有权益“{code}”。可用：{known}。"


class BenefitNotForTier(Rejected):
    en = "“{code}” is for the tiers {tiers}; this member's tier is “{tier}”."
    zh = "权益“{code}”适用于等级 {tiers}，该会员的等级为“{tier}”。"


class BenefitUsedUp(Rejected):
    en = (
        "This member has used “{code}” {uses} times this month, which is all. It may be used again from {renews_on} on."
    )
    zh = "该会员本月已使用“{code}”{uses} 次，已用完。{renews_on} 起可再次使用。"


@dataclass(frozen=True, slots=True)
class UseBenefit:
    """`note` says for what, such as a plate number; the store is the terminal's own unless one is named."""

    member_key: str
    benefit_code: str
    note: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class BenefitUsed:
    """How often it has been used this month, with this time, how often it still may be, and from when on again."""

    used: int
    left: int
    renews_on: str


@dataclass(frozen=True, slots=True)
class ListBenefits:
    member_key: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class BenefitUseView:
    """One use; of the note only the end is shown to those who may not see personal data."""

    note: str
    store_code: str
    used_at: datetime


@dataclass(frozen=True, slots=True)
class BenefitView:
    code: str
    name_en: str
    name_zh: str
    uses_per_month: int
    used: int
    left: int
    uses: Sequence[BenefitUseView]


@dataclass(frozen=True, slots=True)
class Benefits:
    """What the member's tier grants this month, and the first day of the next."""

    tier: str
    renews_on: str
    benefits: Sequence[BenefitView]


def use_benefit(uow: UnitOfWork, command: UseBenefit) -> BenefitUsed:
    """Uses a benefit once; never oftener in a month than it may be, because whoever uses it has locked its counter.

    The month is that of the store's trading day. Raises UnknownMember, UnknownStore, UnknownBenefit,
    BenefitNotForTier, BenefitUsedUp and NoTierProgramme.
    """
    key = checked_key(command.member_key)
    code = required_code(command.benefit_code, field="benefit_code")
    note = required_name(command.note, field="note")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    month = _month(trading_day(uow, store))
    known = {one.code: one for one in programme_in_force(uow).programme.benefits}
    if code not in known:
        raise UnknownBenefit("benefit_code", code=code, known=", ".join(known))
    benefit = known[code]
    member = uow.tiers.of(known_member_id(uow, key))
    if member.tier not in benefit.tiers:
        raise BenefitNotForTier("benefit_code", code=code, tiers=", ".join(benefit.tiers), tier=member.tier)
    # Their count is nobody else's until the end of this.
    uow.members.hold([member.member_id])
    used = uow.tiers.lock_benefit(member.member_id, code, month)
    if used >= benefit.uses_per_month:
        raise BenefitUsedUp("benefit_code", code=code, uses=used, renews_on=_after(month).isoformat())
    caller = uow.caller
    uow.tiers.use_benefit(
        BenefitUse(
            use_id=uow.new_id(),
            member_id=member.member_id,
            benefit_code=code,
            month=month,
            note=note,
            store_id=store.store_id,
            caller_id=caller.caller_id,
            staff_id=caller.staff_id,
            used_at=uow.now,
        )
    )
    return BenefitUsed(used + 1, benefit.uses_per_month - used - 1, _after(month).isoformat())


def list_benefits(uow: UnitOfWork, query: ListBenefits) -> Benefits:
    """What a member's tier grants, and what of it is used this month by the store's trading day.

    Raises UnknownMember, UnknownStore and NoTierProgramme.
    """
    key = checked_key(query.member_key)
    uow.refresh()
    month = _month(trading_day(uow, store_in_scope(uow, query.store_code)))
    programme = programme_in_force(uow).programme
    member = uow.tiers.of(known_member_id(uow, key))
    uses = uow.tiers.benefit_uses(member.member_id, month)
    return Benefits(
        member.tier,
        _after(month).isoformat(),
        [
            _view(uow, benefit, [one for one in uses if one.benefit_code == benefit.code])
            for benefit in programme.benefits
            if member.tier in benefit.tiers
        ],
    )


def _view(uow: UnitOfWork, benefit: TierBenefit, uses: Sequence[BenefitUse]) -> BenefitView:
    personal = uow.caller.may(PERSONAL)
    return BenefitView(
        benefit.code,
        benefit.name_en,
        benefit.name_zh,
        benefit.uses_per_month,
        len(uses),
        max(0, benefit.uses_per_month - len(uses)),
        [
            BenefitUseView(
                one.note if personal else f"**{one.note[-2:]}", uow.chain.stores[one.store_id].code, one.used_at
            )
            for one in uses
        ],
    )


def _month(on: date) -> date:
    return on.replace(day=1)


def _after(month: date) -> date:
    return _month(month + timedelta(days=DAYS_OF_LONGEST_MONTH))
