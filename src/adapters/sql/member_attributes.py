"""Attributes of members in SQL: definitions, and values with their history, encrypted."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, tuple_, update

from adapters.sql.member_keys import attribute_context
from adapters.sql.statements import upsert
from adapters.sql.tables.membership import member_attribute_values as values
from adapters.sql.tables.membership import member_attributes
from adapters.sql.transaction import Transaction
from application.ports import member_attributes as ports
from domain.membership.attribute import AttributeKind, AttributeValue, MemberAttribute

_DEFINED: Final = select(member_attributes).order_by(member_attributes.c.code)
_DEFINE: Final = upsert(member_attributes)
_CURRENT: Final = (
    select(values)
    .where(values.c.member_id == bindparam("member_id"), values.c.replaced_at.is_(None))
    .order_by(values.c.attribute_code)
)
_END: Final = (
    update(values)
    .where(values.c.value_id == bindparam("old_id"))
    .values(replaced_at=bindparam("at", type_=values.c.replaced_at.type))
)
_ADD: Final = insert(values)
_HISTORY: Final = (
    select(values)
    .where(
        values.c.member_id == bindparam("member_id"),
        values.c.attribute_code == bindparam("attribute_code"),
        tuple_(values.c.set_at, values.c.value_id)
        < tuple_(
            bindparam("before_at", type_=values.c.set_at.type), bindparam("before_id", type_=values.c.value_id.type)
        ),
    )
    .order_by(values.c.set_at.desc(), values.c.value_id.desc())
    .limit(bindparam("limit"))
)
_LAST: Final = (datetime.max.replace(tzinfo=UTC), 2**63 - 1)
"""Later than any instant, and larger than any id."""


class MemberAttributes(ports.MemberAttributes):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def defined(self) -> Sequence[MemberAttribute]:
        return [
            MemberAttribute(row.code, row.name, AttributeKind(row.kind), tuple(row.choices))
            for row in self._transaction.execute(_DEFINED)
        ]

    def define(self, attributes: Sequence[MemberAttribute]) -> None:
        rows = [
            {"code": one.code, "name": one.name, "kind": one.kind.value, "choices": list(one.choices)}
            for one in attributes
        ]
        self._transaction.execute(_DEFINE, sorted(rows, key=lambda row: str(row["code"])))

    def current(self, member_id: int) -> Sequence[AttributeValue]:
        return [self._value(row) for row in self._transaction.execute(_CURRENT, {"member_id": member_id})]

    def replace(self, old: Collection[AttributeValue], new: Sequence[AttributeValue], *, at: datetime) -> None:
        if old:
            self._transaction.execute(_END, [{"old_id": value.value_id, "at": at} for value in old])
        if new:
            self._transaction.execute(_ADD, [self._row(value) for value in new])

    def history(
        self, member_id: int, attribute_code: str, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[AttributeValue]:
        before_at, before_id = _LAST if after is None else min(after, _LAST)
        asked = {
            "member_id": member_id,
            "attribute_code": attribute_code,
            "before_at": before_at,
            "before_id": before_id,
            "limit": limit,
        }
        return [self._value(row) for row in self._transaction.execute(_HISTORY, asked)]

    def _row(self, value: AttributeValue) -> dict[str, object]:
        return {
            "value_id": value.value_id,
            "member_id": value.member_id,
            "attribute_code": value.attribute_code,
            "value_cipher": self._transaction.data_keys.encrypt(
                value.member_id, value.text, attribute_context(value.value_id)
            ),
            "set_at": value.set_at,
            "replaced_at": value.replaced_at,
            "caller_id": value.caller_id,
            "staff_id": value.staff_id,
        }

    def _value(self, row: Row[Any]) -> AttributeValue:
        return AttributeValue(
            value_id=row.value_id,
            member_id=row.member_id,
            attribute_code=row.attribute_code,
            text=self._transaction.data_keys.decrypt(row.member_id, row.value_cipher, attribute_context(row.value_id)),
            set_at=row.set_at,
            replaced_at=row.replaced_at,
            caller_id=row.caller_id,
            staff_id=row.staff_id,
        )
