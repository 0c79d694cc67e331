"""Which follow-ups are due, and what came of those of a member."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from application.care.follow_ups import UnknownAssignee, UnknownFollowUp, sees
from application.fields import optional_date
from application.named_members import known_member_id
from application.paging import next_token, page
from application.ports.follow_ups import FollowUpFilter, ListedFollowUp
from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore, latest_day, who
from domain.care.follow_up import (
    FollowUpEntry,
    FollowUpEntryKind,
    FollowUpOutcome,
    FollowUpPlan,
    FollowUpState,
)
from domain.shared.errors import Invalid


class FollowUpOrFilter(Invalid):
    en = "Ask for one follow-up, for those of one member, or by store, staff and day: not for several of these."
    zh = "请查询单个任务、某会员的任务，或按门店、员工和日期查询，三者只能选一。"


@dataclass(frozen=True, slots=True)
class ListFollowUps:
    """One task, all of a member, or those in a state (None for open) by due date.

    `store_code`, `staff_code` and `until_date` (ISO, included) narrow the last.
    """

    follow_up_id: int = 0
    member_key: str = ""
    state: FollowUpState | None = None
    store_code: str = ""
    staff_code: str = ""
    until_date: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpEntryView:
    """`by` is the code of the member of staff, terminal or service."""

    kind: FollowUpEntryKind
    text: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """`text` says what to do: what was written by hand, else the plan's in the caller's language.

    `staff_code` is empty until somebody has claimed it, `outcome` None until it is closed. Dates are ISO.
    """

    follow_up_id: int
    member_number: str
    plan_code: str
    text: str
    store_code: str
    staff_code: str
    state: FollowUpState
    outcome: FollowUpOutcome | None
    occurred_date: str
    due_date: str
    overdue: bool
    opened_at: datetime
    closed_at: datetime | None
    entries: Sequence[FollowUpEntryView]


@dataclass(frozen=True, slots=True)
class FollowUpPage:
    follow_ups: Sequence[FollowUpView]
    next_page_token: str


def list_follow_ups(uow: UnitOfWork, query: ListFollowUps) -> FollowUpPage:
    """Tasks in the caller's scope by due date, with their entries; those of merged files are their member's.

    Raises FollowUpOrFilter, UnknownFollowUp, UnknownMember, UnknownStore and UnknownAssignee.
    """
    asked = page(query.page_size, query.page_token, key=(date, int))
    narrowed = bool(query.store_code or query.staff_code or query.until_date or query.state)
    if sum([bool(query.follow_up_id), bool(query.member_key), narrowed]) > 1:
        raise FollowUpOrFilter("follow_up_id" if query.follow_up_id else "member_key")
    uow.refresh()
    if query.follow_up_id:
        found = uow.follow_ups.find(query.follow_up_id)
        if found is None or not sees(uow.caller, found.task):
            raise UnknownFollowUp("follow_up_id", follow_up_id=query.follow_up_id)
        return FollowUpPage(_views(uow, [found]), "")
    after = (asked.after[0], asked.after[1]) if asked.after else None
    if query.member_key:
        member_id = known_member_id(uow, query.member_key)
        rows = uow.follow_ups.list_of_member(member_id, uow.caller.store_ids, after=after, limit=asked.limit + 1)
    else:
        rows = uow.follow_ups.list_by_day(_filter(uow, query), after=after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda row: (row.task.due_on, row.task.follow_up_id))
    return FollowUpPage(_views(uow, rows[: asked.limit]), token)


def _filter(uow: UnitOfWork, query: ListFollowUps) -> FollowUpFilter:
    store_ids, staff_id = uow.caller.store_ids, None
    if query.store_code:
        store_id = uow.chain.store_ids.get(query.store_code)
        if store_id is None or not uow.caller.sees(store_id):
            raise UnknownStore("store_code", store_code=query.store_code)
        store_ids = frozenset({store_id})
    if query.staff_code:
        staff_id = next((id for id, code in uow.chain.staff_codes.items() if code == query.staff_code), None)
        if staff_id is None:
            raise UnknownAssignee("staff_code", staff_code=query.staff_code[:64])
    until_on = optional_date(query.until_date, field="until_date") or date.max
    return FollowUpFilter(query.state or FollowUpState.OPEN, store_ids, staff_id, until_on)


def _views(uow: UnitOfWork, rows: Sequence[ListedFollowUp]) -> Sequence[FollowUpView]:
    if not rows:
        return []
    plans = {plan.code: plan for plan in uow.follow_ups.plans()}
    entries: dict[int, list[FollowUpEntry]] = defaultdict(list)
    for entry in uow.follow_ups.entries([row.task.follow_up_id for row in rows]):
        entries[entry.follow_up_id].append(entry)
    today = latest_day(uow)
    return [_view(uow, row, plans, entries[row.task.follow_up_id], today) for row in rows]


def _view(
    uow: UnitOfWork,
    row: ListedFollowUp,
    plans: Mapping[str, FollowUpPlan],
    entries: Sequence[FollowUpEntry],
    today: date,
) -> FollowUpView:
    task, chain = row.task, uow.chain
    plan = plans.get(task.plan_code)
    planned = "" if plan is None else plan.text_zh if uow.caller.language.startswith("zh") else plan.text_en
    done_on = task.closed_at.date() if task.closed_at is not None else today
    return FollowUpView(
        follow_up_id=task.follow_up_id,
        member_number=row.member_number,
        plan_code=task.plan_code,
        text=entries[0].text or planned,
        store_code=chain.stores[task.store_id].code if task.store_id is not None else "",
        staff_code=chain.staff_codes.get(task.staff_id or 0, ""),
        state=task.state,
        outcome=task.outcome,
        occurred_date=task.occurred_on.isoformat(),
        due_date=task.due_on.isoformat(),
        overdue=done_on > task.due_on,
        opened_at=task.opened_at,
        closed_at=task.closed_at,
        entries=[
            FollowUpEntryView(one.kind, one.text, one.at, who(uow, caller_id=one.caller_id, staff_id=one.staff_id))
            for one in entries
        ],
    )
