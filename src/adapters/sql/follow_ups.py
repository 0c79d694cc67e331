"""Follow-ups in SQL; what was said is encrypted, bound to its row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, insert, select, tuple_, update

from adapters.sql.member_keys import follow_up_entry_context
from adapters.sql.reading import Filtered, Scoped
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.follow_ups import follow_up_entries, follow_up_plans, follow_ups
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import follow_ups as ports
from application.ports.follow_ups import FollowUpFilter, ListedFollowUp
from domain.care.follow_up import (
    FollowUp,
    FollowUpEntry,
    FollowUpEntryKind,
    FollowUpOutcome,
    FollowUpPlace,
    FollowUpPlan,
    FollowUpState,
    FollowUpTrigger,
)

_PLANS: Final = select(follow_up_plans).order_by(follow_up_plans.c.code)
_PUT_PLANS: Final = upsert(follow_up_plans)
_OPENED: Final = select(follow_ups.c.member_id, follow_ups.c.plan_code, follow_ups.c.occurred_on).where(
    # As a list: of one document PostgreSQL does not know how long it is.
    follow_ups.c.member_id.in_(bindparam("member_ids", expanding=True)),
    any_of(follow_ups.c.plan_code, "plan_codes"),
)
_OPEN: Final = insert(follow_ups)
_ADD_ENTRY: Final = insert(follow_up_entries)
_OF_TASK: Final = follow_ups.c.follow_up_id == bindparam("of_task")
_LOCK: Final = select(follow_ups).where(_OF_TASK).with_for_update()
_CHANGED: Final = ("staff_id", "state", "outcome", "entries", "closed_at")
_CHANGE: Final = (
    update(follow_ups)
    .where(_OF_TASK)
    .values({name: bindparam(f"new_{name}", type_=follow_ups.c[name].type) for name in _CHANGED})
)
_ENTRIES: Final = (
    select(follow_up_entries, follow_ups.c.member_id)
    .join_from(follow_up_entries, follow_ups, follow_ups.c.follow_up_id == follow_up_entries.c.follow_up_id)
    .where(any_of(follow_up_entries.c.follow_up_id, "follow_up_ids"))
    .order_by(follow_up_entries.c.follow_up_id, follow_up_entries.c.number)
)
_file: Final = members.alias("file")
_holder: Final = members.alias("holder")
# The file that was merged has its tasks still; who stands for it is named.
_LISTED: Final = (
    select(follow_ups, _holder.c.member_number)
    .join_from(follow_ups, _file, _file.c.member_id == follow_ups.c.member_id)
    .join(_holder, _holder.c.member_id == func.coalesce(_file.c.merged_into, _file.c.member_id))
)
_FIND: Final = _LISTED.where(_OF_TASK)
_START: Final = (date.min, 0)


def _page(*conditions: Any) -> Select[Any]:
    key = (follow_ups.c.due_on, follow_ups.c.follow_up_id)
    after = [bindparam(name, type_=column.type) for name, column in zip(("after_on", "after_id"), key, strict=True)]
    return (
        _LISTED.where(tuple_(*key) > tuple_(*after), *conditions)
        .order_by(follow_ups.c.due_on, follow_ups.c.follow_up_id)
        .limit(bindparam("limit"))
    )


_WANTED: Final = (
    follow_ups.c.state == bindparam("of_state"),
    follow_ups.c.due_on <= bindparam("until_on", type_=follow_ups.c.due_on.type),
)
_OF_STAFF: Final = follow_ups.c.staff_id == bindparam("of_staff")
_STORE: Final = Filtered(follow_ups.c.store_id)
_BY_DAY: Final = Scoped(lambda *within: _page(*_WANTED, *within), _STORE)
_BY_STAFF: Final = Scoped(lambda *within: _page(*_WANTED, _OF_STAFF, *within), _STORE)
# One store, as most callers are, is read from its own index.
_BY_STORE: Final = _page(*_WANTED, follow_ups.c.store_id == bindparam("of_store"))
_OF_MEMBER: Final = Scoped(
    lambda *within: _page(follow_ups.c.member_id.in_(bindparam("file_ids", expanding=True)), *within), _STORE
)
_FILES: Final = select(members.c.member_id).where(members.c.merged_into == bindparam("of_member"))


class FollowUps(ports.FollowUps):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def plans(self) -> Sequence[FollowUpPlan]:
        return [
            FollowUpPlan(
                **{
                    **row._mapping,
                    "trigger": FollowUpTrigger(row.trigger),
                    "place": FollowUpPlace(row.place),
                }
            )
            for row in self._transaction.execute(_PLANS)
        ]

    def put_plans(self, plans: Sequence[FollowUpPlan]) -> None:
        rows = [{**asdict(plan), "trigger": plan.trigger.value, "place": plan.place.value} for plan in plans]
        self._transaction.execute(_PUT_PLANS, rows)

    def opened(self, member_ids: Collection[int], plan_codes: Collection[str]) -> Collection[tuple[int, str, date]]:
        asked = {"member_ids": sorted(member_ids), "plan_codes": sorted(plan_codes)}
        return {(row.member_id, row.plan_code, row.occurred_on) for row in self._transaction.execute(_OPENED, asked)}

    def open(self, tasks: Sequence[FollowUp], entries: Sequence[FollowUpEntry]) -> None:
        whose = {task.follow_up_id: task.member_id for task in tasks}
        self._transaction.data_keys.load(whose.values())
        self._transaction.execute(_OPEN, [_row(task) for task in tasks])
        self._transaction.execute(_ADD_ENTRY, [self._entry_row(whose[one.follow_up_id], one) for one in entries])

    def lock(self, follow_up_id: int) -> FollowUp | None:
        row = self._transaction.execute(_LOCK, {"of_task": follow_up_id}).one_or_none()
        return None if row is None else _task(row._mapping)

    def find(self, follow_up_id: int) -> ListedFollowUp | None:
        row = self._transaction.execute(_FIND, {"of_task": follow_up_id}).one_or_none()
        return None if row is None else _listed(row)

    def change(self, task: FollowUp, entry: FollowUpEntry) -> None:
        row = _row(task)
        changed = {f"new_{name}": row[name] for name in _CHANGED}
        self._transaction.execute(_CHANGE, {**changed, "of_task": task.follow_up_id})
        self._transaction.execute(_ADD_ENTRY, self._entry_row(task.member_id, entry))

    def entries(self, follow_up_ids: Collection[int]) -> Sequence[FollowUpEntry]:
        found = []
        rows = self._transaction.execute(_ENTRIES, {"follow_up_ids": sorted(follow_up_ids)}).all()
        data_keys = self._transaction.data_keys
        data_keys.load([row.member_id for row in rows])
        for row in rows:
            context = follow_up_entry_context(row.follow_up_id, row.number)
            text = data_keys.decrypt(row.member_id, row.text_cipher, context)
            kind = FollowUpEntryKind(row.kind)
            found.append(FollowUpEntry(row.follow_up_id, row.number, kind, text, row.caller_id, row.staff_id, row.at))
        return found

    def list_by_day(
        self, wanted: FollowUpFilter, *, after: tuple[date, int] | None, limit: int
    ) -> Sequence[ListedFollowUp]:
        asked: dict[str, Any] = {"of_state": wanted.state.value, "until_on": wanted.until_on, **_from(after, limit)}
        store_ids = None if wanted.store_ids is None else sorted(wanted.store_ids)
        if wanted.staff_id is not None:
            statement, parameters = _BY_STAFF.within(store_ids, {**asked, "of_staff": wanted.staff_id})
        elif store_ids is not None and len(store_ids) == 1:
            statement, parameters = _BY_STORE, {**asked, "of_store": store_ids[0]}
        else:
            statement, parameters = _BY_DAY.within(store_ids, asked)
        return [_listed(row) for row in self._transaction.execute(statement, parameters)]

    def list_of_member(
        self, member_id: int, store_ids: Collection[int] | None, *, after: tuple[date, int] | None, limit: int
    ) -> Sequence[ListedFollowUp]:
        merged = self._transaction.execute(_FILES, {"of_member": member_id}).scalars()
        asked = {"file_ids": [member_id, *merged], **_from(after, limit)}
        within = None if store_ids is None else sorted(store_ids)
        return [_listed(row) for row in self._transaction.execute(*_OF_MEMBER.within(within, asked))]

    def _entry_row(self, member_id: int, entry: FollowUpEntry) -> dict[str, object]:
        context = follow_up_entry_context(entry.follow_up_id, entry.number)
        cipher = self._transaction.data_keys.encrypt(member_id, entry.text, context)
        row = asdict(entry)
        del row["text"]
        return {**row, "kind": entry.kind.value, "text_cipher": cipher}


def _from(after: tuple[date, int] | None, limit: int) -> dict[str, Any]:
    after_on, after_id = after or _START
    return {"after_on": after_on, "after_id": after_id, "limit": limit}


def _row(task: FollowUp) -> dict[str, Any]:
    outcome = task.outcome.value if task.outcome else ""
    return {**asdict(task), "state": task.state.value, "outcome": outcome}


def _task(columns: Mapping[Any, Any]) -> FollowUp:
    outcome = FollowUpOutcome(columns["outcome"]) if columns["outcome"] else None
    return FollowUp(**{**columns, "state": FollowUpState(columns["state"]), "outcome": outcome})


def _listed(row: Row[Any]) -> ListedFollowUp:
    columns = dict(row._mapping)
    number = columns.pop("member_number")
    return ListedFollowUp(_task(columns), number)
