"""Stores ask members how they are served: tasks are opened, claimed, and closed once with what came of it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from application.fields import Missing, optional_code, optional_date, required_text
from application.follow_up_tasks import announce, entry_of, open_tasks
from application.named_members import known_member_id
from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore, latest_day, trading_day
from domain.care.follow_up import (
    FollowUp,
    FollowUpEntryKind,
    FollowUpOutcome,
    FollowUpPlan,
    FollowUpState,
    FollowUpTrigger,
    due_on,
)
from domain.identity.organisation import Caller
from domain.shared.errors import Invalid, NotFound, Rejected

TEXT_CHARACTERS_MAX: Final = 2_000
ENTRIES_MAX: Final = 100


class UnknownFollowUp(NotFound):
    en = "There is no follow-up {follow_up_id} in this caller's scope."
    zh = "当前调用方范围内没有回访任务 {follow_up_id}。"


class UnknownFollowUpPlan(NotFound):
    en = "There is no follow-up plan “{code}” in force. Put it with PutFollowUpPlans first."
    zh = "没有有效的回访计划“{code}”，请先用 PutFollowUpPlans 设置。"


class PlanOpensItself(Rejected):
    en = "Plan “{code}” opens its tasks by itself. Name a plan that is opened by hand, or none."
    zh = "回访计划“{code}”会自动生成任务，请改用手工计划或不填计划。"


class AlreadyOpened(Rejected):
    en = "Plan “{code}” has a task for this member of {occurred_on} already."
    zh = "回访计划“{code}”在 {occurred_on} 已为该会员生成任务。"


class DuePast(Invalid):
    en = "{due_date} is over: today is {today}. Name today or a later day."
    zh = "{due_date} 已过：今天是 {today}。请填写今天或以后的日期。"


class FollowUpOver(Rejected):
    en = "Follow-up {follow_up_id} was closed at {closed_at}. Open a new one."
    zh = "回访任务 {follow_up_id} 已于 {closed_at} 关闭，请新建任务。"


class FollowUpTaken(Rejected):
    en = "Follow-up {follow_up_id} is {staff_code}'s. Name who takes it over in staff_code."
    zh = "回访任务 {follow_up_id} 已由 {staff_code} 认领。如需转交，请在 staff_code 中填写接手人。"


class FollowUpTooLong(Rejected):
    en = "Follow-up {follow_up_id} was handed over {entries} times, which is all that are kept. Close it."
    zh = "回访任务 {follow_up_id} 已转交 {entries} 次，达到上限，请关闭。"


class StaffNeeded(Invalid):
    en = "Nobody is signed in here. Name who takes the follow-up in staff_code."
    zh = "当前没有登录员工，请在 staff_code 中填写由谁负责。"


class UnknownAssignee(NotFound):
    en = "No member of staff “{staff_code}” works there. Name somebody who does."
    zh = "该门店没有在职员工“{staff_code}”，请填写在该门店工作的员工。"


@dataclass(frozen=True, slots=True)
class OpenFollowUp:
    """By hand: with a plan for that, or with a text and a day (ISO). The store is the terminal's own, or none."""

    member_key: str
    plan_code: str = ""
    text: str = ""
    due_date: str = ""
    store_code: str = ""
    staff_code: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpOpened:
    follow_up_id: int
    due_date: str


@dataclass(frozen=True, slots=True)
class ClaimFollowUp:
    """By whoever is signed in, or by `staff_code`, to whom it is handed over."""

    follow_up_id: int
    staff_code: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpClaimed:
    staff_code: str


@dataclass(frozen=True, slots=True)
class CloseFollowUp:
    follow_up_id: int
    outcome: FollowUpOutcome
    note: str


@dataclass(frozen=True, slots=True)
class FollowUpClosed:
    overdue: bool


def open_follow_up(uow: UnitOfWork, command: OpenFollowUp) -> FollowUpOpened:
    """Opens a task for a member by hand; raises UnknownMember, UnknownStore, UnknownFollowUpPlan, PlanOpensItself,
    AlreadyOpened, DuePast, UnknownAssignee and the refusals of fields.
    """
    code = optional_code(command.plan_code, field="plan_code")
    stated = optional_date(command.due_date, field="due_date")
    if not code and stated is None:
        raise Missing("due_date")
    text = required_text(command.text, TEXT_CHARACTERS_MAX, field="text") if command.text or not code else ""
    uow.refresh()
    store_id = _store_of(uow, command.store_code)
    today = _today(uow, store_id)
    plan = _plan(uow, code) if code else None
    due = stated if stated is not None or plan is None else due_on(plan=plan, occurred_on=today)
    assert due is not None
    if due < today:
        raise DuePast("due_date", due_date=due.isoformat(), today=today.isoformat())
    member_id = known_member_id(uow, command.member_key)
    # Two who open one for the same plan wait for each other, and the second is refused.
    uow.members.locked(member_id)
    if code and (member_id, code, today) in uow.follow_ups.opened([member_id], [code]):
        raise AlreadyOpened("plan_code", code=code, occurred_on=today.isoformat())
    staff_id = _assignee(uow, command.staff_code, store_id) if command.staff_code else None
    task = FollowUp(uow.new_id(), member_id, code, today, store_id, staff_id, FollowUpState.OPEN, None, due, 1, uow.now)
    open_tasks(uow, [task], text=text)
    return FollowUpOpened(task.follow_up_id, due.isoformat())


def claim_follow_up(uow: UnitOfWork, command: ClaimFollowUp) -> FollowUpClaimed:
    """Makes a task somebody's own; doing it again changes nothing.

    Raises UnknownFollowUp, FollowUpOver, FollowUpTaken, FollowUpTooLong, StaffNeeded and UnknownAssignee.
    """
    uow.refresh()
    task = _locked(uow, command.follow_up_id)
    codes = uow.chain.staff_codes
    if command.staff_code:
        staff_id = _assignee(uow, command.staff_code, task.store_id)
    elif uow.caller.staff_id is None:
        raise StaffNeeded("staff_code")
    else:
        staff_id = uow.caller.staff_id
        if task.staff_id not in {None, staff_id}:
            raise FollowUpTaken(
                "follow_up_id", follow_up_id=task.follow_up_id, staff_code=codes.get(task.staff_id or 0, "")
            )
    if task.staff_id != staff_id:
        if task.entries >= ENTRIES_MAX - 1:
            raise FollowUpTooLong("follow_up_id", follow_up_id=task.follow_up_id, entries=task.entries)
        task = replace(task, staff_id=staff_id, entries=task.entries + 1)
        uow.follow_ups.change(task, entry_of(uow, task, FollowUpEntryKind.CLAIMED, ""))
    return FollowUpClaimed(codes.get(staff_id, command.staff_code))


def close_follow_up(uow: UnitOfWork, command: CloseFollowUp) -> FollowUpClosed:
    """Closes a task with what came of it, once; raises UnknownFollowUp and FollowUpOver."""
    note = required_text(command.note, TEXT_CHARACTERS_MAX, field="note")
    uow.refresh()
    task = _locked(uow, command.follow_up_id)
    task = replace(
        task,
        state=FollowUpState.CLOSED,
        outcome=command.outcome,
        closed_at=uow.now,
        entries=task.entries + 1,
    )
    uow.follow_ups.change(task, entry_of(uow, task, FollowUpEntryKind.CLOSED, note))
    announce(uow, "FollowUpClosed", task)
    return FollowUpClosed(_today(uow, task.store_id) > task.due_on)


def sees(caller: Caller, task: FollowUp) -> bool:
    """Whether a task is one of a store in the caller's scope; those of head office are the whole chain's."""
    return caller.store_ids is None or (task.store_id is not None and caller.sees(task.store_id))


def _locked(uow: UnitOfWork, follow_up_id: int) -> FollowUp:
    task = uow.follow_ups.lock(follow_up_id)
    if task is None or not sees(uow.caller, task):
        raise UnknownFollowUp("follow_up_id", follow_up_id=follow_up_id)
    if task.closed_at is not None:
        raise FollowUpOver(
            "follow_up_id", follow_up_id=follow_up_id, closed_at=task.closed_at.isoformat(sep=" ", timespec="seconds")
        )
    return task


def _plan(uow: UnitOfWork, code: str) -> FollowUpPlan:
    plan = next((one for one in uow.follow_ups.plans() if one.code == code and not one.ended), None)
    if plan is None:
        raise UnknownFollowUpPlan("plan_code", code=code)
    if plan.trigger is not FollowUpTrigger.BY_HAND:
        raise PlanOpensItself("plan_code", code=code)
    return plan


def _assignee(uow: UnitOfWork, staff_code: str, store_id: int | None) -> int:
    """A member of staff who works where the task is; for one of head office, who works at all."""
    staff = uow.identity.staff_member(optional_code(staff_code, field="staff_code"))
    works = staff is not None and (staff.active if store_id is None else staff.may_work_in(uow.chain.stores[store_id]))
    if staff is None or not works:
        raise UnknownAssignee("staff_code", staff_code=staff_code)
    return staff.staff_id


def _store_of(uow: UnitOfWork, store_code: str) -> int | None:
    """The store that is named, or the terminal's own; None where head office asks."""
    if not store_code:
        return uow.caller.store_id
    store_id = uow.chain.store_ids.get(store_code)
    if store_id is None or not uow.caller.sees(store_id):
        raise UnknownStore("store_code", store_code=store_code)
    return store_id


def _today(uow: UnitOfWork, store_id: int | None) -> date:
    return latest_day(uow) if store_id is None else trading_day(uow, uow.chain.stores[store_id])
