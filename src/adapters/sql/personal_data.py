"""Personal data of members in SQL: where it stands, how it comes under another key, and how it is erased.

PLACES lists every column that holds something about a member, encrypted; a test compares it with the schema.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, Select, Table, bindparam, delete, func, insert, null, select, update

from adapters.sql.data_keys import UNDER_CHAIN_KEY
from adapters.sql.member_keys import (
    attribute_context,
    benefit_context,
    case_context,
    case_entry_context,
    change_context,
    follow_up_entry_context,
    key_context,
    order_address_context,
    personal_context,
    shipment_context,
)
from adapters.sql.statements import any_of
from adapters.sql.tables.care import case_entries, service_cases
from adapters.sql.tables.coupons import coupon_audiences
from adapters.sql.tables.follow_ups import follow_up_entries, follow_ups
from adapters.sql.tables.identity import member_tokens
from adapters.sql.tables.membership import (
    member_attribute_values,
    member_card_events,
    member_cards,
    member_changes,
    member_keys,
    member_merge_keys,
    member_merges,
    members,
)
from adapters.sql.tables.privacy import member_data_keys, member_erasures
from adapters.sql.tables.shipments import order_addresses, shipments
from adapters.sql.tables.tiers import benefit_uses
from adapters.sql.transaction import Transaction
from application.ports import personal_data as ports
from application.ports.personal_data import MemberErasure, WrappingCount
from domain.membership.member import MemberKeyKind

Context = Callable[[Row[Any]], str]


def _personal(field: str) -> Context:
    return lambda row: personal_context(field, row.member_id)


class Place(NamedTuple):
    """A table with encrypted columns about members, and the context of each; `whose` has the member's id.

    Where that is another table, both name it by the column `link`.
    """

    table: Table
    contexts: Mapping[str, Context]
    whose: Table
    link: str = ""

    def rows_of(self) -> Select[Any]:
        """What it holds about the members in `member_ids`, with their ids."""
        columns = [column for column in self.table.columns if column.name != "member_id"]
        found = select(*columns, self.whose.c.member_id).where(any_of(self.whose.c.member_id, "member_ids"))
        if self.link:
            found = found.join_from(self.table, self.whose, self.table.c[self.link] == self.whose.c[self.link])
        return found


PLACES: Final = (
    Place(
        members,
        {f"{field}_cipher": _personal(field) for field in ("name", "phone", "birthday", "occupation", "email")},
        members,
    ),
    Place(
        member_keys,
        {"value_cipher": lambda row: key_context(MemberKeyKind(row.kind), row.member_id)},
        member_keys,
    ),
    Place(
        member_changes,
        {
            "before_cipher": lambda row: change_context("before", row.change_id),
            "after_cipher": lambda row: change_context("after", row.change_id),
        },
        member_changes,
    ),
    Place(
        member_attribute_values,
        {"value_cipher": lambda row: attribute_context(row.value_id)},
        member_attribute_values,
    ),
    Place(
        member_cards,
        {"card_cipher": lambda row: key_context(MemberKeyKind.CARD, row.member_id)},
        member_cards,
    ),
    Place(service_cases, {"subject_cipher": lambda row: case_context(row.case_id)}, service_cases),
    Place(
        case_entries, {"text_cipher": lambda row: case_entry_context(row.case_id, row.number)}, service_cases, "case_id"
    ),
    Place(
        follow_up_entries,
        {"text_cipher": lambda row: follow_up_entry_context(row.follow_up_id, row.number)},
        follow_ups,
        "follow_up_id",
    ),
    Place(benefit_uses, {"note_cipher": lambda row: benefit_context(row.use_id)}, benefit_uses),
    Place(order_addresses, {"address_cipher": lambda row: order_address_context(row.order_id)}, order_addresses),
    Place(
        shipments,
        {
            "address_cipher": lambda row: shipment_context("address", row.shipment_id),
            "label_cipher": lambda row: shipment_context("label", row.shipment_id),
        },
        shipments,
    ),
)


def _put(place: Place) -> Any:
    keys = list(place.table.primary_key.columns)
    return (
        update(place.table)
        .where(*[column == bindparam(f"of_{column.name}", type_=column.type) for column in keys])
        .values({name: bindparam(f"new_{name}", type_=place.table.c[name].type) for name in place.contexts})
    )


_RESEALED: Final = tuple((place, place.rows_of(), _put(place)) for place in PLACES)
_HAS_KEY: Final = select(member_data_keys.c.member_id).where(member_data_keys.c.member_id == members.c.member_id)
_UNSEALED: Final = (
    select(members.c.member_id)
    .where(members.c.member_id > bindparam("after_id"), members.c.erased_at.is_(None), ~_HAS_KEY.exists())
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
    .with_for_update(of=members)
)
_HAVING_KEYS: Final = select(member_data_keys.c.member_id).where(any_of(member_data_keys.c.member_id, "member_ids"))
_UNSEALED_COUNT: Final = select(func.count()).where(members.c.erased_at.is_(None), ~_HAS_KEY.exists())
_COUNTS: Final = (
    select(member_data_keys.c.wrapping_version, func.count().label("members"))
    .group_by(member_data_keys.c.wrapping_version)
    .order_by(member_data_keys.c.wrapping_version)
)
_OLDER: Final = (
    select(member_data_keys.c.member_id, member_data_keys.c.wrapped_key)
    .where(member_data_keys.c.wrapping_version < bindparam("now_version"))
    .order_by(member_data_keys.c.wrapping_version, member_data_keys.c.member_id)
    .limit(bindparam("limit"))
    .with_for_update()
)
_REWRAP: Final = (
    update(member_data_keys)
    .where(member_data_keys.c.member_id == bindparam("of_member"))
    .values(wrapping_version=bindparam("now_version"), wrapped_key=bindparam("new_key"))
)
_RECORD_ERASURES: Final = insert(member_erasures)
_ERASED: Final = select(members.c.member_id).where(
    any_of(members.c.member_id, "member_ids"), members.c.erased_at.is_not(None)
)


class PersonalData(ports.PersonalData):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def wrapping_counts(self) -> Sequence[WrappingCount]:
        unsealed = self._transaction.execute(_UNSEALED_COUNT).scalar_one()
        found = [WrappingCount(0, unsealed)] if unsealed else []
        rows = self._transaction.execute(_COUNTS)
        return found + [WrappingCount(row.wrapping_version, row.members) for row in rows]

    def rewrap(self, *, limit: int) -> int:
        keys = self._transaction.keys
        version = keys.wrapping_version
        found = self._transaction.execute(_OLDER, {"now_version": version, "limit": limit}).all()
        rows = [
            {
                "of_member": row.member_id,
                "now_version": version,
                "new_key": keys.rewrapped(row.member_id, row.wrapped_key),
            }
            for row in found
        ]
        if rows:
            self._transaction.execute(_REWRAP, rows)
        return len(rows)

    def reseal(self, *, after: int, limit: int) -> tuple[int, int | None]:
        execute = self._transaction.execute
        found = execute(_UNSEALED, {"after_id": after, "limit": limit}).scalars().all()
        # Under the lock: whoever else seals the same members has waited or is being waited for.
        having = set(execute(_HAVING_KEYS, {"member_ids": found}).scalars()) if found else set()
        member_ids = [member_id for member_id in found if member_id not in having]
        if member_ids:
            self._transaction.data_keys.make(member_ids)
            for place, rows_of, put in _RESEALED:
                rows = execute(rows_of, {"member_ids": member_ids}).all()
                resealed = [row for row in (self._resealed(place, row) for row in rows) if row]
                if resealed:
                    execute(put, resealed)
        return len(member_ids), found[-1] if len(found) == limit else None

    def erased(self, member_ids: Collection[int]) -> Collection[int]:
        return self._transaction.execute(_ERASED, {"member_ids": sorted(member_ids)}).scalars().all()

    def erase(self, member_ids: Collection[int], *, at: datetime) -> None:
        asked = {"member_ids": sorted(member_ids)}
        for statement in _ERASURE:
            self._transaction.execute(statement, asked)
        self._transaction.execute(_BLANK, {**asked, "at": at})
        self._transaction.data_keys.forget(member_ids)

    def record_erasures(self, erasures: Sequence[MemberErasure]) -> None:
        self._transaction.execute(_RECORD_ERASURES, [asdict(erasure) for erasure in erasures])

    def _resealed(self, place: Place, row: Row[Any]) -> dict[str, object]:
        """The row's key and its ciphers under the data key; nothing where there are none."""
        data_keys, values = self._transaction.data_keys, row._mapping
        if not any((values[name] or b"")[:1] == bytes([UNDER_CHAIN_KEY]) for name in place.contexts):
            return {}
        new: dict[str, object] = {f"of_{column.name}": values[column.name] for column in place.table.primary_key}
        for name, context_of in place.contexts.items():
            cipher = values[name]
            if cipher:
                context = context_of(row)
                text = data_keys.decrypt(row.member_id, cipher, context)
                cipher = data_keys.encrypt(row.member_id, text, context)
            new[f"new_{name}"] = cipher
        return new


def _of_files(table: Table) -> Any:
    return any_of(table.c.member_id, "member_ids")


_THEIR_CARDS: Final = select(member_cards.c.card_digest).where(_of_files(member_cards))
_THEIR_CASES: Final = select(service_cases.c.case_id).where(_of_files(service_cases))
_THEIR_FOLLOW_UPS: Final = select(follow_ups.c.follow_up_id).where(_of_files(follow_ups))
_THEIR_MERGES: Final = select(member_merges.c.merge_id).where(
    any_of(member_merges.c.survivor_id, "member_ids") | any_of(member_merges.c.merged_id, "member_ids")
)
_ERASURE: Final = (
    # The key first: whatever it encrypted is gone with it, in this database and in every copy that has lost it too.
    delete(member_data_keys).where(_of_files(member_data_keys)),
    delete(member_keys).where(_of_files(member_keys)),
    delete(member_merge_keys).where(member_merge_keys.c.merge_id.in_(_THEIR_MERGES)),
    delete(member_card_events).where(member_card_events.c.card_digest.in_(_THEIR_CARDS)),
    delete(member_cards).where(_of_files(member_cards)),
    delete(member_attribute_values).where(_of_files(member_attribute_values)),
    delete(member_tokens).where(_of_files(member_tokens)),
    delete(coupon_audiences).where(_of_files(coupon_audiences)),
    # That something was changed, by whom and when, is what staff did.
    update(member_changes).where(_of_files(member_changes)).values(before_cipher=null(), after_cipher=null()),
    update(case_entries).where(case_entries.c.case_id.in_(_THEIR_CASES)).values(text_cipher=b""),
    update(follow_up_entries).where(follow_up_entries.c.follow_up_id.in_(_THEIR_FOLLOW_UPS)).values(text_cipher=b""),
    update(service_cases).where(_of_files(service_cases)).values(subject_cipher=b""),
    update(benefit_uses).where(_of_files(benefit_uses)).values(note_cipher=b""),
    update(order_addresses).where(_of_files(order_addresses)).values(address_cipher=b""),
    update(shipments).where(_of_files(shipments)).values(address_cipher=b"", label_cipher=b""),
)
_PERSON: Final = [column for column in members.c if column.name.endswith(("_cipher", "_digest"))]
_BLANK: Final = (
    update(members)
    .where(_of_files(members))
    .values(
        {column.name: null() for column in _PERSON}
        | {"sex": "", "segments": [], "erased_at": bindparam("at", type_=members.c.erased_at.type)}
    )
)
