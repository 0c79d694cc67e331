"""Head office says after what, and when, members are asked how they are served."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import at_most, named_once, required_code, required_name, within
from application.ports.kernel import UnitOfWork
from application.scope import WholeChainOnly
from domain.care.follow_up import FollowUpPlan
from domain.identity.organisation import WHOLE_CHAIN
from domain.shared.errors import Rejected

PLANS_MAX: Final = 100
DAYS_MAX: Final = 365


class TriggerFixed(Rejected):
    en = "Plan “{code}” is triggered by {trigger}, as its tasks were. End it, and put another plan."
    zh = "回访计划“{code}”的触发条件为 {trigger}，已有任务依赖于它。请停用后另建计划。"


class TooManyPlans(Rejected):
    en = "A chain has at most {count_max} follow-up plans; with these there would be {count}."
    zh = "回访计划最多 {count_max} 个，加上这些将有 {count} 个。"


@dataclass(frozen=True, slots=True)
class PutFollowUpPlans:
    plans: tuple[FollowUpPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUpPlansPut:
    """How many of them are new."""

    created: int


@dataclass(frozen=True, slots=True)
class ListFollowUpPlans:
    pass


@dataclass(frozen=True, slots=True)
class FollowUpPlansListed:
    plans: Sequence[FollowUpPlan]


def put_follow_up_plans(uow: UnitOfWork, command: PutFollowUpPlans) -> FollowUpPlansPut:
    """Adds plans, or changes those of the same code; tasks that are open stay. What is not named stays as it is.

    Raises WholeChainOnly, TriggerFixed, TooManyPlans and the refusals of fields.
    """
    at_most(command.plans, PLANS_MAX, field="plans")
    named_once([plan.code for plan in command.plans], field="plans")
    plans = [_checked(plan, f"plans[{index}]") for index, plan in enumerate(command.plans)]
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    # Whoever puts plans at the same time waits: they are compared with what there is.
    uow.bump("follow_up_plans")
    known = {plan.code: plan for plan in uow.follow_ups.plans()}
    for index, plan in enumerate(plans):
        before = known.get(plan.code)
        if before is not None and before.trigger is not plan.trigger:
            raise TriggerFixed(f"plans[{index}].trigger", code=plan.code, trigger=before.trigger.value)
    created = sum(plan.code not in known for plan in plans)
    if len(known) + created > PLANS_MAX:
        raise TooManyPlans("plans", count_max=PLANS_MAX, count=len(known) + created)
    uow.follow_ups.put_plans(plans)
    return FollowUpPlansPut(created)


def list_follow_up_plans(uow: UnitOfWork, query: ListFollowUpPlans) -> FollowUpPlansListed:
    """All plans by code, ended ones too; at most 100."""
    return FollowUpPlansListed(uow.follow_ups.plans())


def _checked(plan: FollowUpPlan, field: str) -> FollowUpPlan:
    return FollowUpPlan(
        code=required_code(plan.code, field=f"{field}.code"),
        trigger=plan.trigger,
        days=within(plan.days, 0, DAYS_MAX, field=f"{field}.days"),
        text_en=required_name(plan.text_en, field=f"{field}.text_en"),
        text_zh=required_name(plan.text_zh, field=f"{field}.text_zh"),
        place=plan.place,
        ended=plan.ended,
    )
