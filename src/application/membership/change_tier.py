"""Somebody gives a member a tier by hand, and says why."""

from dataclasses import dataclass

from application.fields import optional_code, optional_date, required_name
from application.membership.queries import checked_key
from application.membership.tier_programme import programme_in_force
from application.named_members import known_member_id
from application.ports.kernel import UnitOfWork
from application.scope import latest_day
from application.tier_entries import TierDecision, record_decisions
from domain.membership.tier import TierCause, code_at, end_of, rank_of
from domain.shared.errors import Invalid, NotFound, Rejected


class UnknownTier(NotFound):
    en = "The tier programme has no tier “{tier}”. It has: {known}."
    zh = "会员等级方案中没有等级“{tier}”。可用：{known}。"


class EndsBeforeTomorrow(Invalid):
    en = "{valid_until} is not after today, {today}. Name the first day on which the tier no longer holds."
    zh = "{valid_until} 不晚于今天（{today}）。请填写等级失效的第一天。"


class NothingEnds(Invalid):
    en = "No tier has no end. Leave valid_until empty, or name a tier."
    zh = "取消等级时没有有效期，请留空 valid_until，或填写等级。"


class TierUnchanged(Rejected):
    en = "The member has this tier until this day already."
    zh = "该会员已是此等级且有效期相同。"


@dataclass(frozen=True, slots=True)
class ChangeTier:
    """The member's tier from now on, empty for none, until `valid_until` (ISO, exclusive; empty for a full period)."""

    member_key: str
    tier: str
    reason: str
    valid_until: str = ""


@dataclass(frozen=True, slots=True)
class TierChanged:
    """The tier before and now; `valid_until` is empty for no end."""

    from_tier: str
    to_tier: str
    valid_until: str


def change_tier(uow: UnitOfWork, command: ChangeTier) -> TierChanged:
    """Gives a member a tier of the programme, or takes it away; promotions and prices follow from the next basket on.

    Raises UnknownMember, UnknownTier, EndsBeforeTomorrow, NothingEnds, TierUnchanged and NoTierProgramme.
    """
    key = checked_key(command.member_key)
    tier = optional_code(command.tier, field="tier")
    reason = required_name(command.reason, field="reason")
    stated = optional_date(command.valid_until, field="valid_until")
    uow.refresh()
    stored, today = programme_in_force(uow), latest_day(uow)
    rank = rank_of(stored.programme, tier)
    if rank is None:
        raise UnknownTier("tier", tier=tier, known=", ".join(one.code for one in stored.programme.tiers))
    if stated is not None and not tier:
        raise NothingEnds("valid_until")
    if stated is not None and stated <= today:
        raise EndsBeforeTomorrow("valid_until", valid_until=stated.isoformat(), today=today.isoformat())
    valid_until = stated or end_of(stored.programme, rank, today)
    member_id = known_member_id(uow, key)
    uow.members.hold([member_id])
    [member] = uow.tiers.lock([member_id])
    if (member.tier, member.valid_until) == (tier, valid_until):
        raise TierUnchanged("tier")
    decision = TierDecision(member, code_at(stored.programme, rank), valid_until)
    record_decisions(uow, [decision], cause=TierCause.MANUAL, version=stored.version, on=today, reason=reason)
    return TierChanged(member.tier, tier, valid_until.isoformat() if valid_until else "")
