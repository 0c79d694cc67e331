"""Consent of members in SQL: entries that are only added, and the state that they move."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, insert, select, tuple_

from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.membership import members
from adapters.sql.tables.privacy import consent_entries, consents
from adapters.sql.transaction import Transaction
from application.ports import consents as ports
from application.ports.consents import ConsentKey
from domain.membership.consent import ConsentEntry

_ADD: Final = insert(consent_entries)
_MOVE: Final = upsert(consents)
_CURRENT: Final = (
    select(consent_entries)
    .join_from(
        consents,
        consent_entries,
        and_(
            consent_entries.c.member_id == consents.c.member_id,
            consent_entries.c.purpose == consents.c.purpose,
            consent_entries.c.number == consents.c.number,
        ),
    )
    .where(any_of(consents.c.member_id, "member_ids"))
)
_ENTRY: Final = select(consent_entries).where(
    consent_entries.c.member_id == bindparam("of_member", type_=members.c.member_id.type),
    consent_entries.c.purpose == bindparam("of_purpose"),
    consent_entries.c.number == bindparam("of_number"),
)
_ORDER: Final = (consent_entries.c.decided_at, consent_entries.c.purpose, consent_entries.c.number)
_HISTORY: Final = (
    select(consent_entries)
    .where(
        consent_entries.c.member_id == bindparam("of_member", type_=members.c.member_id.type),
        tuple_(*_ORDER) < tuple_(*[bindparam(f"before_{column.name}", type_=column.type) for column in _ORDER]),
    )
    .order_by(*[column.desc() for column in _ORDER])
    .limit(bindparam("limit"))
)
_LAST: Final = (datetime.max.replace(tzinfo=UTC), "", 0)
"""Later than any instant."""
_ALLOWED: Final = (
    select(consents.c.member_id, consents.c.purpose)
    .join_from(consents, members, members.c.member_id == consents.c.member_id)
    .where(
        any_of(consents.c.member_id, "member_ids"),
        any_of(consents.c.purpose, "purposes"),
        consents.c.given,
        members.c.erased_at.is_(None),
        members.c.merged_into.is_(None),
    )
    .order_by(consents.c.member_id, consents.c.purpose)
)
_FIELDS: Final = [field.name for field in fields(ConsentEntry)]


class Consents(ports.Consents):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def current(self, member_ids: Collection[int]) -> Mapping[tuple[int, str], ConsentEntry]:
        rows = self._transaction.execute(_CURRENT, {"member_ids": sorted(member_ids)})
        return {(row.member_id, row.purpose): _entry(row) for row in rows}

    def record(self, entries: Sequence[ConsentEntry]) -> None:
        self._transaction.execute(_ADD, [asdict(entry) for entry in entries])
        self._transaction.execute(
            _MOVE,
            [
                {"member_id": one.member_id, "purpose": one.purpose, "number": one.number, "given": one.given}
                for one in sorted(entries, key=lambda one: (one.member_id, one.purpose))
            ],
        )

    def entry(self, member_id: int, purpose: str, number: int) -> ConsentEntry | None:
        asked = {"of_member": member_id, "of_purpose": purpose, "of_number": number}
        row = self._transaction.execute(_ENTRY, asked).one_or_none()
        return None if row is None else _entry(row)

    def history(self, member_id: int, *, after: ConsentKey | None, limit: int) -> Sequence[ConsentEntry]:
        at, purpose, number = after or _LAST
        asked = {
            "of_member": member_id,
            "before_decided_at": at,
            "before_purpose": purpose,
            "before_number": number,
            "limit": limit,
        }
        return [_entry(row) for row in self._transaction.execute(_HISTORY, asked)]

    def allowed(self, member_ids: Collection[int], purposes: Collection[str]) -> Mapping[int, Collection[str]]:
        found: dict[int, list[str]] = {}
        asked = {"member_ids": sorted(member_ids), "purposes": sorted(purposes)}
        for row in self._transaction.execute(_ALLOWED, asked):
            found.setdefault(row.member_id, []).append(row.purpose)
        return found


def _entry(row: Row[Any]) -> ConsentEntry:
    return ConsentEntry(**{name: row._mapping[name] for name in _FIELDS})
