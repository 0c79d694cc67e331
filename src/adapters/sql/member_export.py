"""Everything that is held about a member, table by table, in clear, a page at a time."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import Column, Row, Select, Table, bindparam, select, tuple_

from adapters.sql.personal_data import PLACES
from adapters.sql.statements import any_of
from adapters.sql.tables.care import case_entries, service_cases
from adapters.sql.tables.coupons import coupons
from adapters.sql.tables.credit import credit_entries
from adapters.sql.tables.follow_ups import follow_up_entries, follow_ups
from adapters.sql.tables.loyalty import points_entries
from adapters.sql.tables.membership import (
    member_attribute_values,
    member_card_events,
    member_cards,
    member_changes,
    member_keys,
    members,
)
from adapters.sql.tables.privacy import consent_entries
from adapters.sql.tables.sales import sale_lines, sales
from adapters.sql.tables.shipments import order_addresses, shipments
from adapters.sql.tables.tiers import benefit_uses, tier_entries
from adapters.sql.tables.wallet import stored_value_entries
from adapters.sql.transaction import Transaction
from application.paging import INTEGER_MAX
from application.ports import member_export as ports
from application.ports.member_export import ExportedRecords

_KEYS: Final[Mapping[Table, Sequence[str]]] = {
    members: ("member_id",),
    member_keys: ("key_digest",),
    member_changes: ("changed_at", "change_id"),
    member_attribute_values: ("attribute_code", "set_at", "value_id"),
    member_cards: ("card_digest",),
    member_card_events: ("at", "event_id"),
    tier_entries: ("number",),
    benefit_uses: ("month", "used_at", "use_id"),
    service_cases: ("due_at", "case_id"),
    case_entries: ("case_id", "number"),
    follow_ups: ("due_on", "follow_up_id"),
    follow_up_entries: ("follow_up_id", "number"),
    points_entries: ("posted_at", "entry_id"),
    stored_value_entries: ("posted_at", "entry_id"),
    credit_entries: ("posted_at", "entry_id"),
    coupons: ("coupon_id",),
    consent_entries: ("decided_at", "purpose", "number"),
    order_addresses: ("order_id",),
    shipments: ("shipment_id",),
    sales: ("business_date", "sold_at", "sale_id"),
}
"""The tables in the order of an export, each with the order of its rows: that of an index on the member."""
_PLACE_OF: Final = {place.table: place for place in PLACES}


def _page(table: Table, *, first: bool) -> Select[Any]:
    place = _PLACE_OF.get(table)
    whose = place.whose if place is not None else table
    keys = [table.c[name] for name in _KEYS[table]]
    columns = [column for column in table.columns if column.name != "member_id"]
    found = select(*columns, whose.c.member_id).where(whose.c.member_id == bindparam("of_member", type_=_ID))
    if table is coupons:
        # In the words of the index.
        found = found.where(coupons.c.member_id != 0)
    if place is not None and place.link:
        found = found.join_from(table, whose, table.c[place.link] == whose.c[place.link])
    if not first:
        found = found.where(tuple_(*keys) > tuple_(*[bindparam(f"after_{key.name}", type_=key.type) for key in keys]))
    return found.order_by(*keys).limit(bindparam("limit"))


_ID: Final = members.c.member_id.type
SECTIONS: Final = tuple((table, _page(table, first=True), _page(table, first=False)) for table in _KEYS)
_LINES: Final = (
    select(sale_lines)
    .where(any_of(sale_lines.c.sale_id, "sale_ids"))
    .order_by(sale_lines.c.sale_id, sale_lines.c.line_number)
)


class MemberRecords(ports.MemberRecords):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    @property
    def sections(self) -> int:
        return len(SECTIONS)

    def page(self, member_id: int, section: int, *, after: str, limit: int) -> ExportedRecords | None:
        table, first, following = SECTIONS[section]
        asked: dict[str, object] = {"of_member": member_id, "limit": limit + 1}
        if after:
            position = _position(table, after)
            if position is None:
                return None
            asked |= position
        rows = self._transaction.execute(following if after else first, asked).all()
        kept = rows[:limit]
        records = [_record(self._transaction, table, row) for row in kept]
        if table is sales and kept:
            lines = _lines(self._transaction, [row.sale_id for row in kept])
            for row, record in zip(kept, records, strict=True):
                record["lines"] = lines.get(row.sale_id, [])
        last = [_plain(kept[-1]._mapping[name]) for name in _KEYS[table]] if len(rows) > limit else None
        return ExportedRecords(records, json.dumps(last) if last else "")


def _record(transaction: Transaction, table: Table, row: Row[Any]) -> dict[str, object]:
    """A row as a person may read it: what was encrypted in clear, digests and keys left out."""
    record: dict[str, object] = {"table": table.name}
    place = _PLACE_OF.get(table)
    for name, value in row._mapping.items():
        context = place.contexts.get(name) if place is not None else None
        if context is not None:
            record[name.removesuffix("_cipher")] = transaction.data_keys.decrypt(row.member_id, value, context(row))
        elif not name.endswith(("_digest", "_cipher")):
            record[name] = _plain(value)
    return record


def _lines(transaction: Transaction, sale_ids: Sequence[int]) -> dict[int, list[dict[str, object]]]:
    found: dict[int, list[dict[str, object]]] = {}
    for row in transaction.execute(_LINES, {"sale_ids": sale_ids}):
        line = {name: _plain(value) for name, value in row._mapping.items() if name != "sale_id"}
        found.setdefault(row.sale_id, []).append(line)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value.isoformat() if isinstance(value, date) else value


def _position(table: Table, text: str) -> dict[str, object] | None:
    """The parameters that say after which row a page begins; None for a text that says nothing of the kind."""
    try:
        values = json.loads(text)
        names = _KEYS[table]
        if not isinstance(values, list) or len(values) != len(names):
            return None
        return {f"after_{name}": _value(table.c[name], value) for name, value in zip(names, values, strict=True)}
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None


def _value(column: Column[Any], value: Any) -> object:
    kind = column.type.python_type
    if kind is bytes:
        return bytes.fromhex(value)
    if kind is datetime:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(value)
        # An instant of year 1 or 9999 may have none in UTC.
        return at.astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    if type(value) is not kind or (isinstance(value, int) and abs(value) > INTEGER_MAX):
        raise ValueError(value)
    # A token may be made up, with a NUL or a lone surrogate.
    if isinstance(value, str) and any(one == "\0" or "\ud800" <= one <= "\udfff" for one in value):
        raise ValueError(value)
    return value
