"""Service cases in SQL; what was said is encrypted, bound to its row."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, tuple_, update

from adapters.sql.member_keys import case_context, case_entry_context
from adapters.sql.reading import Filtered, Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.care import case_entries, service_cases
from adapters.sql.transaction import Transaction
from application.ports import care as ports
from domain.care.service_case import CaseEntry, CaseEntryKind, CaseState, ServiceCase

_BY_ID: Final = select(service_cases).where(service_cases.c.case_id == bindparam("of_case"))
_LOCK: Final = _BY_ID.with_for_update()
_OPEN: Final = insert(service_cases)
_CHANGED: Final = ("state", "entries", "first_answered_at", "closed_at")
_CHANGE: Final = (
    update(service_cases)
    .where(service_cases.c.case_id == bindparam("of_case"))
    .values({name: bindparam(f"new_{name}", type_=service_cases.c[name].type) for name in _CHANGED})
)
_ADD_ENTRY: Final = insert(case_entries)
_ENTRIES: Final = (
    select(case_entries, service_cases.c.member_id)
    .join_from(case_entries, service_cases, service_cases.c.case_id == case_entries.c.case_id)
    .where(case_entries.c.case_id == bindparam("of_case"))
    .order_by(case_entries.c.number)
    .limit(bindparam("limit"))
)
_START: Final = (datetime.min.replace(tzinfo=UTC), 0)
_FIELDS: Final = [field.name for field in fields(ServiceCase) if field.name != "subject"]


def _page(*conditions: Any) -> Any:
    return (
        select(service_cases)
        .where(
            tuple_(service_cases.c.due_at, service_cases.c.case_id)
            > tuple_(
                bindparam("after_at", type_=service_cases.c.due_at.type),
                bindparam("after_id", type_=service_cases.c.case_id.type),
            ),
            *conditions,
        )
        .order_by(service_cases.c.due_at, service_cases.c.case_id)
        .limit(bindparam("limit"))
    )


_STORE: Final = Filtered(service_cases.c.store_id)
_DUE: Final = Scoped(lambda *within: _page(service_cases.c.closed_at.is_(None), *within), _STORE)
_OF_MEMBER: Final = Scoped(lambda *within: _page(any_of(service_cases.c.member_id, "member_ids"), *within), _STORE)


class ServiceCases(ports.ServiceCases):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def open(self, case: ServiceCase, entry: CaseEntry) -> None:
        row: dict[str, object] = {name: getattr(case, name) for name in _FIELDS}
        row["state"] = case.state.value
        row["subject_cipher"] = self._transaction.data_keys.encrypt(
            case.member_id, case.subject, case_context(case.case_id)
        )
        self._transaction.execute(_OPEN, row)
        self._add(entry, case.member_id)

    def lock(self, case_id: int) -> ServiceCase | None:
        return self._one(_LOCK, case_id)

    def find(self, case_id: int) -> ServiceCase | None:
        return self._one(_BY_ID, case_id)

    def change(self, case: ServiceCase, entry: CaseEntry) -> None:
        changed: dict[str, object] = {f"new_{name}": getattr(case, name) for name in _CHANGED}
        self._transaction.execute(_CHANGE, {**changed, "new_state": case.state.value, "of_case": case.case_id})
        self._add(entry, case.member_id)

    def entries(self, case_id: int, *, limit: int) -> Sequence[CaseEntry]:
        found = []
        for row in self._transaction.execute(_ENTRIES, {"of_case": case_id, "limit": limit}):
            context = case_entry_context(row.case_id, row.number)
            text = self._transaction.data_keys.decrypt(row.member_id, row.text_cipher, context)
            kind = CaseEntryKind(row.kind)
            found.append(CaseEntry(row.case_id, row.number, kind, text, row.caller_id, row.staff_id, row.at))
        return found

    def list_due(
        self, store_ids: Collection[int] | None, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[ServiceCase]:
        return self._listed(_DUE, store_ids, {}, after, limit)

    def list_of_member(
        self,
        member_ids: Collection[int],
        store_ids: Collection[int] | None,
        *,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[ServiceCase]:
        return self._listed(_OF_MEMBER, store_ids, {"member_ids": sorted(member_ids)}, after, limit)

    def _listed(
        self,
        scoped: Scoped,
        store_ids: Collection[int] | None,
        asked: dict[str, object],
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[ServiceCase]:
        after_at, after_id = after or _START
        asked = {**asked, "after_at": after_at, "after_id": after_id, "limit": limit}
        within = None if store_ids is None else sorted(store_ids)
        rows = self._transaction.execute(*scoped.within(within, asked)).all()
        self._transaction.data_keys.load([row.member_id for row in rows])
        return [self._case(row) for row in rows]

    def _one(self, statement: Any, case_id: int) -> ServiceCase | None:
        row = self._transaction.execute(statement, {"of_case": case_id}).one_or_none()
        return None if row is None else self._case(row)

    def _case(self, row: Row[Any]) -> ServiceCase:
        values = {name: row._mapping[name] for name in _FIELDS}
        subject = self._transaction.data_keys.decrypt(row.member_id, row.subject_cipher, case_context(row.case_id))
        return ServiceCase(**{**values, "state": CaseState(row.state), "subject": subject})

    def _add(self, entry: CaseEntry, member_id: int) -> None:
        context = case_entry_context(entry.case_id, entry.number)
        cipher = self._transaction.data_keys.encrypt(member_id, entry.text, context)
        self._transaction.execute(
            _ADD_ENTRY,
            {
                "case_id": entry.case_id,
                "number": entry.number,
                "kind": entry.kind.value,
                "text_cipher": cipher,
                "caller_id": entry.caller_id,
                "staff_id": entry.staff_id,
                "at": entry.at,
            },
        )
