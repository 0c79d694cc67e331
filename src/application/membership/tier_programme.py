"""HQ says which tiers there are and what they take, version by version."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from application.fields import at_most, named_once, required_code, required_name, within
from application.ports.kernel import UnitOfWork
from application.ports.tiers import StoredProgramme
from application.scope import latest_day
from domain.identity.organisation import WHOLE_CHAIN
from domain.membership.tier import CRITERIA, Tier, TierProgramme, TierWindow, criteria
from domain.shared.errors import Forbidden, Invalid, NotFound
from domain.shared.money import minor_digits

TIERS_MAX: Final = 20
BENEFITS_MAX: Final = 20
CARD_TYPES_MAX: Final = 20
PLANS_MAX: Final = 20
PLAN_MONTHS_MAX: Final = 120
CASE_PRIORITY_MAX: Final = 5
CASE_HOURS_MAX: Final = 8_784
USES_MAX: Final = 1_000
DAYS_MAX: Final = 3_660
SCORE_MAX: Final = 1_000_000
CRITERION_MAX: Final = 10**15
_CARD_TYPE: Final = re.compile("[A-Za-z0-9_-]{1,40}")


class NoTierProgramme(NotFound):
    en = "This chain has no tier programme. Put one with PutTierProgramme or `liansuo tier put`."
    zh = "本连锁尚无会员等级方案，请先用 PutTierProgramme 或 `liansuo tier put` 设置。"


class TiersOutsideScope(Forbidden):
    en = "Tiers hold in the whole chain, so only those responsible for all of it change them."
    zh = "会员等级适用于整个连锁，只有负责全连锁的人员可以修改。"


class CriteriaMissing(Invalid):
    en = "Only the lowest tier may be open to everybody. Say what “{code}” takes: spend, visits, points or score."
    zh = "只有最低等级可以不设条件。请为“{code}”填写消费额、次数、积分或活跃度。"


class CriterionFalls(Invalid):
    en = "“{code}” would take less than “{lower}” below it ({value} < {lower_value}). Raise it, or change the order."
    zh = "“{code}”的要求低于其下级“{lower}”（{value} < {lower_value}），请提高要求或调整顺序。"


class NothingScores(Invalid):
    en = "A tier asks for a score, and nothing brings one. State visit_score or check_in_score."
    zh = "有等级要求活跃度，但没有任何行为计分，请填写 visit_score 或 check_in_score。"


class InvalidCardType(Invalid):
    en = "“{code}” is no code of a card type: write up to 40 letters, digits, “-” and “_”."
    zh = "“{code}”不是有效的卡种代码：最多 40 个字母、数字、“-”和“_”。"


class BenefitOfNoTier(Invalid):
    en = "The programme has no tier “{tier}”. Name the tiers that have the benefit by their codes."
    zh = "方案中没有等级“{tier}”，请填写享有该权益的等级代码。"


class MonthsOrDays(Invalid):
    en = "A plan lasts so many months or so many days. State one of the two."
    zh = "付费会员方案须填写月数或天数之一。"


class ReviewInFuture(Invalid):
    en = "{on} has not come yet: today is {today}. Decide tiers as of today or a day before."
    zh = "{on} 尚未到来，今天是 {today}。请按今天或更早的日期评定等级。"


@dataclass(frozen=True, slots=True)
class PutTierProgramme:
    programme: TierProgramme


@dataclass(frozen=True, slots=True)
class TierProgrammePut:
    """The version in force, and whether it is new: the same programme again makes none."""

    version: int
    changed: bool


@dataclass(frozen=True, slots=True)
class GetTierProgramme:
    pass


@dataclass(frozen=True, slots=True)
class TierProgrammeView:
    version: int
    programme: TierProgramme
    put_at: datetime


def put_tier_programme(uow: UnitOfWork, command: PutTierProgramme) -> TierProgrammePut:
    """Puts a new version of the chain's programme; members keep their tiers until a sale or a review decides anew.

    Raises the refusals of single fields and TiersOutsideScope.
    """
    programme = command.programme
    _check(programme)
    if not uow.caller.manages(WHOLE_CHAIN):
        raise TiersOutsideScope("programme")
    # Whoever puts one waits here for the one before, so that versions follow each other.
    uow.bump("tiers")
    before = uow.tiers.programme()
    if before is not None and before.programme == programme:
        return TierProgrammePut(before.version, changed=False)
    # It is kept in memory with the chain.
    uow.bump("chain")
    version = before.version + 1 if before else 1
    stored = StoredProgramme(version, programme, uow.now)
    uow.tiers.put_programme(stored, caller_id=uow.caller.caller_id, staff_id=uow.caller.staff_id)
    return TierProgrammePut(version, changed=True)


def get_tier_programme(uow: UnitOfWork, _query: GetTierProgramme) -> TierProgrammeView:
    """The programme in force; raises NoTierProgramme."""
    found = programme_in_force(uow)
    return TierProgrammeView(found.version, found.programme, found.put_at)


def programme_in_force(uow: UnitOfWork) -> StoredProgramme:
    """The newest version; raises NoTierProgramme."""
    found = uow.tiers.programme()
    if found is None:
        raise NoTierProgramme
    return found


def as_of_day(uow: UnitOfWork, stated: date | None) -> date:
    """The day as of which tiers are decided: the one stated, or today; raises ReviewInFuture."""
    today = latest_day(uow)
    on = stated or today
    if on > today:
        raise ReviewInFuture("on", on=on.isoformat(), today=today.isoformat())
    return on


def _check(programme: TierProgramme) -> None:
    minor_digits(programme.currency, field="programme.currency")
    at_most(programme.tiers, TIERS_MAX, field="programme.tiers")
    for index, tier in enumerate(programme.tiers):
        _check_tier(tier, f"programme.tiers[{index}]", lowest=index == 0)
    named_once([tier.code for tier in programme.tiers], field="programme.tiers")
    _check_order(programme.tiers)
    days_min = 1 if programme.window is TierWindow.ROLLING_DAYS else 0
    within(programme.window_days, days_min, DAYS_MAX, field="programme.window_days")
    within(programme.review_days, days_min, DAYS_MAX, field="programme.review_days")
    within(programme.grace_days, 0, DAYS_MAX, field="programme.grace_days")
    within(programme.visit_score, 0, SCORE_MAX, field="programme.visit_score")
    within(programme.check_in_score, 0, SCORE_MAX, field="programme.check_in_score")
    _check_benefits(programme)
    _check_card_types(programme)
    _check_plans(programme)
    if any(tier.score for tier in programme.tiers) and not programme.visit_score + programme.check_in_score:
        raise NothingScores("programme.visit_score")


def _check_benefits(programme: TierProgramme) -> None:
    if programme.benefits:
        at_most(programme.benefits, BENEFITS_MAX, field="programme.benefits")
    codes = {tier.code for tier in programme.tiers}
    for index, benefit in enumerate(programme.benefits):
        field = f"programme.benefits[{index}]"
        required_code(benefit.code, field=f"{field}.code")
        required_name(benefit.name_en, field=f"{field}.name_en")
        required_name(benefit.name_zh, field=f"{field}.name_zh")
        within(benefit.uses_per_month, 1, USES_MAX, field=f"{field}.uses_per_month")
        at_most(benefit.tiers, TIERS_MAX, field=f"{field}.tiers")
        for place, tier in enumerate(benefit.tiers):
            if tier not in codes:
                raise BenefitOfNoTier(f"{field}.tiers[{place}]", tier=tier)
    named_once([benefit.code for benefit in programme.benefits], field="programme.benefits")


def _check_card_types(programme: TierProgramme) -> None:
    if programme.card_types:
        at_most(programme.card_types, CARD_TYPES_MAX, field="programme.card_types")
    codes = {tier.code for tier in programme.tiers}
    for index, one in enumerate(programme.card_types):
        field = f"programme.card_types[{index}]"
        if not _CARD_TYPE.fullmatch(required_code(one.code, field=f"{field}.code")):
            raise InvalidCardType(f"{field}.code", code=one.code)
        required_name(one.name_en, field=f"{field}.name_en")
        required_name(one.name_zh, field=f"{field}.name_zh")
        for place, tier in enumerate(one.tiers):
            if tier not in codes:
                raise BenefitOfNoTier(f"{field}.tiers[{place}]", tier=tier)
        named_once(one.tiers, field=f"{field}.tiers", key="")
    named_once([one.code for one in programme.card_types], field="programme.card_types")


def _check_plans(programme: TierProgramme) -> None:
    if programme.plans:
        at_most(programme.plans, PLANS_MAX, field="programme.plans")
    codes = {tier.code for tier in programme.tiers}
    for index, plan in enumerate(programme.plans):
        field = f"programme.plans[{index}]"
        required_code(plan.code, field=f"{field}.code")
        required_name(plan.name_en, field=f"{field}.name_en")
        required_name(plan.name_zh, field=f"{field}.name_zh")
        required_code(plan.sku, field=f"{field}.sku")
        within(plan.months, 0, PLAN_MONTHS_MAX, field=f"{field}.months")
        within(plan.days, 0, DAYS_MAX, field=f"{field}.days")
        if bool(plan.months) == bool(plan.days):
            raise MonthsOrDays(f"{field}.months")
        if plan.tier not in codes:
            raise BenefitOfNoTier(f"{field}.tier", tier=plan.tier)
    named_once([plan.code for plan in programme.plans], field="programme.plans")
    named_once([plan.sku for plan in programme.plans], field="programme.plans", key="sku")


def _check_tier(tier: Tier, field: str, *, lowest: bool) -> None:
    required_code(tier.code, field=f"{field}.code")
    required_name(tier.name_en, field=f"{field}.name_en")
    required_name(tier.name_zh, field=f"{field}.name_zh")
    for name in CRITERIA:
        within(getattr(tier, name), 0, CRITERION_MAX, field=f"{field}.{name}")
    within(tier.case_priority, 0, CASE_PRIORITY_MAX, field=f"{field}.case_priority")
    within(tier.case_hours, 0, CASE_HOURS_MAX, field=f"{field}.case_hours")
    if not lowest and not criteria(tier):
        raise CriteriaMissing(field, code=tier.code)


def _check_order(tiers: tuple[Tier, ...]) -> None:
    for index, tier in enumerate(tiers[1:], start=1):
        lower = tiers[index - 1]
        for name in criteria(tier):
            value, lower_value = getattr(tier, name), getattr(lower, name)
            if value < lower_value:
                raise CriterionFalls(
                    f"programme.tiers[{index}].{name}",
                    code=tier.code,
                    lower=lower.code,
                    value=value,
                    lower_value=lower_value,
                )
