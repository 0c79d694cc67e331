"""Head office says which activities earn points, and who asks for the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import (
    Missing,
    days_in_order,
    optional_code,
    required_code,
    required_name,
    within,
)
from application.paging import next_token, page
from application.ports.activities import StoredActivity
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope
from domain.marketing.activity import BRINGING, Activity
from domain.shared.errors import Forbidden, Invalid, NotFound, Rejected

ACTIVITY_POINTS_MAX: Final = 1_000_000
BUDGET_MAX: Final = 10**15
TIMES_MAX: Final = 1_000
"""Whoever records an activity that is bounded counts up to so many of the member's."""
NEW_DAYS_MAX: Final = 366


class UnknownActivity(NotFound):
    en = "There is no activity “{code}” in this caller's scope."
    zh = "当前调用方范围内没有积分活动“{code}”。"


class WholeChainOnly(Forbidden):
    en = "Without store_code this holds in every store: only who may act for the whole chain may put it. Name a store."
    zh = "未指定 store_code 即全连锁有效，只能由管理整个连锁的人员设置。请指定门店。"


class GivenIsCounted(Invalid):
    en = "How many points were given is counted by the server. Leave this field empty."
    zh = "已发放积分由系统统计，请留空。"


class NobodyIsBrought(Invalid):
    en = "An activity of kind “{kind}” brings no new member. Leave this field empty."
    zh = "“{kind}”类活动不带来新会员，请留空。"


class DayAboveAll(Invalid):
    en = "{per_day} times a day are more than {times} in all. Lower it, or leave it empty."
    zh = "每日 {per_day} 次多于总次数 {times}，请调低或留空。"


class BudgetGiven(Rejected):
    en = "“{code}” has given {given} points already, so its budget cannot be {budget}."
    zh = "“{code}”已发放 {given} 积分，预算不能改为 {budget}。"


class KindStays(Rejected):
    en = "“{code}” is of kind “{kind}”, which says what counts once, and stays so. Put another activity."
    zh = "“{code}”的类型“{kind}”决定何为一次，不可更改，请另建活动。"


@dataclass(frozen=True, slots=True)
class PutActivity:
    activity: Activity


@dataclass(frozen=True, slots=True)
class ActivityPut:
    created: bool


@dataclass(frozen=True, slots=True)
class ListActivities:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ActivityPage:
    activities: Sequence[Activity]
    next_page_token: str


def put_activity(uow: UnitOfWork, command: PutActivity) -> ActivityPut:
    """Creates or changes an activity by code; what it has given stays given.

    Raises the refusals of single fields, UnknownStore, WholeChainOnly, UnknownActivity, KindStays and BudgetGiven.
    """
    activity = command.activity
    _check(activity)
    uow.refresh()
    store_id = 0
    if activity.store_code:
        store_id = store_in_scope(uow, activity.store_code, field="activity.store_code").store_id
    elif uow.caller.store_ids is not None:
        raise WholeChainOnly("activity.store_code")
    # Whoever puts an activity waits here for the one before, so that what is compared stays true.
    uow.bump("activities")
    before = uow.activities.find(activity.code)
    if before is not None:
        _check_change(uow, before, activity)
    stored = StoredActivity(before.activity_id if before else uow.new_id(), store_id, activity)
    if not uow.activities.put(stored):
        # Read after the change was refused: points may have been given meanwhile.
        now = activity_of(uow, activity.code, field="activity.code").terms
        raise BudgetGiven(
            "activity.points_budget", code=activity.code, given=now.given_points, budget=activity.points_budget
        )
    return ActivityPut(before is None)


def list_activities(uow: UnitOfWork, query: ListActivities) -> ActivityPage:
    """Activities of the whole chain and of the stores in scope, by code, as they were put, with what they gave."""
    asked = page(query.page_size, query.page_token, key=(str,))
    store_ids = uow.caller.store_ids
    rows = uow.activities.list_activities(
        None if store_ids is None else sorted(store_ids), after=asked.after[0] if asked.after else None,
        limit=asked.limit + 1,
    )  # fmt: skip
    token = next_token(rows, asked.limit, lambda row: (row.terms.code,))
    return ActivityPage([row.terms for row in rows[: asked.limit]], token)


def activity_of(uow: UnitOfWork, code: str, *, field: str = "activity_code") -> StoredActivity:
    """The activity with this code, wherever its points are booked; raises UnknownActivity."""
    found = uow.activities.find(required_code(code, field=field))
    if found is None:
        raise UnknownActivity(field, code=code)
    return found


def _check(activity: Activity) -> None:
    required_code(activity.code, field="activity.code")
    required_name(activity.name_en, field="activity.name_en")
    required_name(activity.name_zh, field="activity.name_zh")
    optional_code(activity.store_code, field="activity.store_code")
    within(activity.points, 1, ACTIVITY_POINTS_MAX, field="activity.points")
    within(activity.new_member_points, 0, ACTIVITY_POINTS_MAX, field="activity.new_member_points")
    within(activity.new_member_days, 0, NEW_DAYS_MAX, field="activity.new_member_days")
    within(activity.times_per_day_max, 0, TIMES_MAX, field="activity.times_per_day_max")
    within(activity.times_max, 0, TIMES_MAX, field="activity.times_max")
    within(activity.points_budget, 0, BUDGET_MAX, field="activity.points_budget")
    if activity.given_points:
        raise GivenIsCounted("activity.given_points")
    if 0 < activity.times_max < activity.times_per_day_max:
        raise DayAboveAll("activity.times_per_day_max", per_day=activity.times_per_day_max, times=activity.times_max)
    days_in_order(activity.from_date, activity.to_date, field="activity")
    if activity.kind in BRINGING:
        if not activity.new_member_days:
            raise Missing("activity.new_member_days")
        return
    for name in ("new_member_points", "new_member_days"):
        if getattr(activity, name):
            raise NobodyIsBrought(f"activity.{name}", kind=activity.kind)


def _check_change(uow: UnitOfWork, before: StoredActivity, activity: Activity) -> None:
    seen = uow.caller.sees(before.store_id) if before.store_id else uow.caller.store_ids is None
    if not seen:
        raise UnknownActivity("activity.code", code=activity.code)
    if activity.kind is not before.terms.kind:
        raise KindStays("activity.kind", code=activity.code, kind=before.terms.kind)
