"""Members in SQL: personal fields encrypted, keys as keyed digests."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters import phones
from adapters.sql.birthdays import birthday_digest
from adapters.sql.duplicates import marks_of
from adapters.sql.member_keys import (
    birthday_of,
    change_context,
    key_context,
    member_digest,
    member_digests,
    personal_context,
)
from adapters.sql.reading import Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.identity import stores
from adapters.sql.tables.loyalty import points_accounts
from adapters.sql.tables.membership import member_changes, member_keys, members
from adapters.sql.tables.privacy import member_data_keys
from adapters.sql.transaction import Transaction
from application.membership.growth_views import GrowthDimension, NewMembersRow
from application.ports import membership
from application.ports.kernel import Contention
from application.ports.membership import MemberAccount, MemberFile, MemberKey
from application.ports.selection import Selection
from domain.membership.member import Member, MemberChange, MemberField, MemberKeyKind, Sex, channel_of

_INSERT_MEMBERS: Final = insert(members)
_INSERT_ACCOUNTS: Final = insert(points_accounts)
# The construct of this dialect compiles on SQLite too, to the same words.
_INSERT_KEYS: Final = insert_or_leave(member_keys).on_conflict_do_nothing(index_elements=["key_digest"])
_KEYS_OF: Final = select(member_keys.c.key_digest).where(any_of(member_keys.c.member_id, "member_ids"))
_HOLDERS: Final = (
    select(member_keys.c.key_digest, members.c.member_number)
    .join_from(member_keys, members)
    .where(member_keys.c.key_digest.in_(bindparam("digests", expanding=True)))
)
_ACCOUNTS: Final = (
    select(
        member_keys.c.key_digest,
        members.c.member_id,
        members.c.member_number,
        members.c.tier,
        members.c.segments,
        members.c.birthday_cipher,
        points_accounts.c.points_balance,
        points_accounts.c.visits,
        points_accounts.c.points_debt,
    )
    .join_from(member_keys, members)
    .join(points_accounts, points_accounts.c.member_id == members.c.member_id)
    .where(member_keys.c.key_digest.in_(bindparam("digests", expanding=True)))
)
_ACCOUNTS_WITH_KEYS: Final = _ACCOUNTS.add_columns(member_data_keys.c.wrapped_key).outerjoin(
    member_data_keys, member_data_keys.c.member_id == members.c.member_id
)
_IDS: Final = select(member_keys.c.key_digest, member_keys.c.member_id).where(
    member_keys.c.key_digest.in_(bindparam("digests", expanding=True))
)
# As weak as a foreign key's: only a merge and an erasure wait for it, and are waited for.
_HOLD: Final = (
    select(members.c.member_id)
    .where(any_of(members.c.member_id, "member_ids"), members.c.merged_into.is_(None), members.c.erased_at.is_(None))
    .order_by(members.c.member_id)
    .with_for_update(read=True, key_share=True)
)
_SEGMENTS: Final = (
    select(members.c.member_id, members.c.segments)
    .where(any_of(members.c.member_id, "member_ids"), members.c.merged_into.is_(None))
    .order_by(members.c.member_id)
    .with_for_update()
)
_PUT_SEGMENTS: Final = (
    update(members).where(members.c.member_id == bindparam("of_member")).values(segments=bindparam("segments"))
)
_FILES: Final = (
    select(members, points_accounts.c.points_balance, member_data_keys.c.wrapped_key)
    .join(points_accounts, points_accounts.c.member_id == members.c.member_id)
    .outerjoin(member_data_keys, member_data_keys.c.member_id == members.c.member_id)
)
_BY_KEY: Final = (
    _FILES.add_columns(member_keys.c.key_digest)
    .join(member_keys, member_keys.c.member_id == members.c.member_id)
    .where(member_keys.c.key_digest.in_(bindparam("digests", expanding=True)))
)
_BY_ID: Final = _FILES.where(members.c.member_id == bindparam("member_id"))
# Nothing that sales wait for: their rows name members by a key that does not change. Who waited for a merge finds
# nobody: of the row that was waited for the newest version counts.
_LOCKED: Final = _BY_ID.where(members.c.merged_into.is_(None), members.c.erased_at.is_(None)).with_for_update(
    of=members, key_share=True
)
_UPDATE: Final = update(members).where(members.c.member_id == bindparam("of_member"))
_REMOVE_KEYS: Final = delete(member_keys).where(member_keys.c.key_digest.in_(bindparam("digests", expanding=True)))
_INSERT_CHANGES: Final = insert(member_changes)
_CHANGES: Final = (
    select(member_changes)
    .where(
        member_changes.c.member_id == bindparam("member_id"),
        tuple_(member_changes.c.changed_at, member_changes.c.change_id)
        < tuple_(
            bindparam("before_at", type_=member_changes.c.changed_at.type),
            bindparam("before_id", type_=member_changes.c.change_id.type),
        ),
    )
    .order_by(member_changes.c.changed_at.desc(), member_changes.c.change_id.desc())
    .limit(bindparam("limit"))
)
_LAST: Final = (datetime.max.replace(tzinfo=UTC), 2**63 - 1)
"""Later than any instant, and larger than any id."""
_PAGE: Final = (
    _FILES.where(members.c.member_number > bindparam("after"), members.c.erased_at.is_(None))
    .order_by(members.c.member_number)
    .limit(bindparam("limit"))
)
_STORED_KINDS: Final = (MemberKeyKind.CARD.value, MemberKeyKind.IDENTITY.value)
"""Keys whose text stands with the key, encrypted."""
_STORED_KEYS: Final = select(member_keys.c.member_id, member_keys.c.kind, member_keys.c.value_cipher).where(
    any_of(member_keys.c.member_id, "member_ids"), member_keys.c.kind.in_(_STORED_KINDS)
)
_HOLDER: Final = select(member_keys.c.member_id).where(member_keys.c.key_digest == bindparam("digest"))
_COUNTED: Final = {
    GrowthDimension.STORE: func.coalesce(stores.c.code, ""),
    GrowthDimension.DATE: members.c.registered_on,
    GrowthDimension.SOURCE: members.c.source,
    GrowthDimension.CHANNEL: members.c.channel,
    GrowthDimension.CAMPAIGN: members.c.campaign_code,
}

KEYS_AT_ONCE_MAX: Final = 1_000
"""Of how many digests one statement asks: an engine takes only so many parameters."""
HOLDERS_MAX: Final = 500
"""Of how many taken keys the holders are named."""


class Members(membership.Members):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def e164(self, phone: str) -> str | None:
        return phones.e164(phone)

    def register(self, members: Sequence[Member]) -> None:
        execute = self._transaction.execute
        self._transaction.data_keys.make([member.member_id for member in members])
        self._transaction.data_keys.subjects.update(member.member_id for member in members)
        execute(_INSERT_MEMBERS, [self._row(member) for member in members])
        execute(
            _INSERT_ACCOUNTS, [{"member_id": member.member_id, "points_balance": 0, "visits": 0} for member in members]
        )

    def add_keys(self, keys: Sequence[MemberKey]) -> Mapping[MemberKey, str]:
        by_digest = {member_digest(self._transaction.keys, key.kind, key.text): key for key in keys}
        # In one order everywhere, so that two who add some of the same keys never wait for each other.
        rows = [self._key_row(digest, by_digest[digest]) for digest in sorted(by_digest)]
        self._transaction.execute(_INSERT_KEYS, rows)
        member_ids = {key.member_id for key in keys}
        added = {row.key_digest for row in self._transaction.execute(_KEYS_OF, {"member_ids": member_ids})}
        taken = [digest for digest in by_digest if digest not in added][:HOLDERS_MAX]
        if not taken:
            return {}
        holders = self._transaction.execute(_HOLDERS, {"digests": taken})
        return {by_digest[row.key_digest]: row.member_number for row in holders}

    def find(self, member_key: str) -> MemberFile | None:
        digests = member_digests(self._transaction.keys, member_key)
        found = {row.key_digest: row for row in self._transaction.execute(_BY_KEY, {"digests": digests})}
        holders = [found[digest] for digest in digests if digest in found]
        return self._files(holders[:1])[0] if holders else None

    def holder(self, kind: MemberKeyKind, text: str) -> MemberFile | None:
        digest = member_digest(self._transaction.keys, kind, text)
        row = self._transaction.execute(_HOLDER, {"digest": digest}).one_or_none()
        if row is None:
            return None
        return self._files(self._transaction.execute(_BY_ID, {"member_id": row.member_id}).all())[0]

    def holders(self, keys: Collection[tuple[MemberKeyKind, str]]) -> Mapping[tuple[MemberKeyKind, str], str]:
        by_digest = {member_digest(self._transaction.keys, kind, text): (kind, text) for kind, text in keys}
        digests = list(by_digest)
        found = {}
        for start in range(0, len(digests), KEYS_AT_ONCE_MAX):
            rows = self._transaction.execute(_HOLDERS, {"digests": digests[start : start + KEYS_AT_ONCE_MAX]})
            found.update({by_digest[row.key_digest]: row.member_number for row in rows})
        return found

    def list_members(self, *, after: str | None, limit: int) -> Sequence[MemberFile]:
        # No number is empty, so the first page starts after the empty one.
        return self._files(self._transaction.execute(_PAGE, {"after": after or "", "limit": limit}).all())

    def account(self, member_key: str, *, birthday: bool = False) -> MemberAccount | None:
        digests = member_digests(self._transaction.keys, member_key)
        statement = _ACCOUNTS_WITH_KEYS if birthday else _ACCOUNTS
        found = {row.key_digest: row for row in self._transaction.execute(statement, {"digests": digests})}
        for digest in digests:
            if digest in found:
                row = found[digest]
                return MemberAccount(
                    row.member_id,
                    row.member_number,
                    row.tier,
                    row.points_balance,
                    row.visits,
                    row.points_debt,
                    tuple(row.segments),
                    self._birthday(row) if birthday else "",
                )
        return None

    def _birthday(self, row: Row[Any]) -> str:
        data_keys = self._transaction.data_keys
        data_keys.know(row.member_id, row.wrapped_key)
        return birthday_of(data_keys, row.member_id, row.birthday_cipher)

    def ids(self, member_keys: Collection[str]) -> Mapping[str, int]:
        digests = {text: member_digests(self._transaction.keys, text) for text in member_keys}
        asked = [digest for several in digests.values() for digest in several]
        found: dict[bytes, int] = {}
        for start in range(0, len(asked), KEYS_AT_ONCE_MAX):
            rows = self._transaction.execute(_IDS, {"digests": asked[start : start + KEYS_AT_ONCE_MAX]})
            found.update({row.key_digest: row.member_id for row in rows})
        ids = {}
        for text, several in digests.items():
            holder = next((found[digest] for digest in several if digest in found), None)
            if holder is not None:
                ids[text] = holder
        return ids

    def hold(self, member_ids: Collection[int]) -> None:
        held = self._transaction.execute(_HOLD, {"member_ids": list(member_ids)}).all()
        if len(held) < len(set(member_ids)):
            raise Contention("a member was merged or erased meanwhile")

    def put_segments(self, segments: Mapping[int, tuple[str, ...]], *, keeping: str = "") -> int:
        rows = []
        # Locked by id, as everywhere, before they are compared.
        found = self._transaction.execute(_SEGMENTS, {"member_ids": list(segments)}).all()
        if len(found) < len(segments):
            raise Contention("a member was merged meanwhile")
        for row in found:
            kept = [one for one in row.segments if keeping and one.startswith(keeping)]
            wanted = sorted({*segments[row.member_id], *kept})
            if list(row.segments) != wanted:
                rows.append({"of_member": row.member_id, "segments": wanted})
        if rows:
            self._transaction.execute(_PUT_SEGMENTS, rows)
        return len(rows)

    def locked(self, member_id: int) -> MemberFile:
        found = self._transaction.execute(_LOCKED, {"member_id": member_id}).all()
        if not found:
            raise Contention("the member was merged or erased meanwhile")
        return self._files(found)[0]

    def update(self, member: Member, changes: Sequence[MemberChange]) -> None:
        self._transaction.execute(_UPDATE.values(self._personal(member)), {"of_member": member.member_id})
        self._transaction.execute(_INSERT_CHANGES, [self._change_row(change) for change in changes])

    def remove_keys(self, keys: Sequence[MemberKey]) -> None:
        digests = sorted(member_digest(self._transaction.keys, key.kind, key.text) for key in keys)
        self._transaction.execute(_REMOVE_KEYS, {"digests": digests})

    def changes(self, member_id: int, *, after: tuple[datetime, int] | None, limit: int) -> Sequence[MemberChange]:
        before_at, before_id = _LAST if after is None else min(after, _LAST)
        asked = {"member_id": member_id, "before_at": before_at, "before_id": before_id, "limit": limit}
        return [self._change(row) for row in self._transaction.execute(_CHANGES, asked)]

    def count_new(
        self, selection: Selection, *, group_by: Sequence[GrowthDimension], rows_max: int
    ) -> Sequence[NewMembersRow]:
        asked = {"from_date": selection.from_date, "to_date": selection.to_date, "limit": rows_max}
        statement, parameters = _grouped(tuple(group_by)).within(selection.store_ids, asked)
        # Without a group there is a count of nothing too.
        return [_counted(row) for row in self._transaction.execute(statement, parameters) if row.members]

    def _files(self, rows: Sequence[Row[Any]]) -> list[MemberFile]:
        data_keys = self._transaction.data_keys
        for row in rows:
            data_keys.know(row.member_id, row.wrapped_key)
            data_keys.subjects.add(row.member_id)
        texts: dict[tuple[int, str], list[str]] = defaultdict(list)
        for row in self._transaction.execute(_STORED_KEYS, {"member_ids": [row.member_id for row in rows]}):
            context = key_context(MemberKeyKind(row.kind), row.member_id)
            text = data_keys.decrypt(row.member_id, row.value_cipher, context)
            texts[row.member_id, row.kind].append(text)
        return [
            MemberFile(
                self._member(row),
                tuple(sorted(texts[row.member_id, MemberKeyKind.CARD])),
                row.points_balance,
                tuple(sorted(map(channel_of, texts[row.member_id, MemberKeyKind.IDENTITY]))),
            )
            for row in rows
        ]

    def _member(self, row: Row[Any]) -> Member:
        data_keys = self._transaction.data_keys

        def plain(field: str, cipher: bytes | None) -> str:
            return data_keys.decrypt(row.member_id, cipher, personal_context(field, row.member_id))

        return Member(
            member_id=row.member_id,
            member_number=row.member_number,
            name=plain("name", row.name_cipher),
            phone=plain("phone", row.phone_cipher),
            birthday=plain("birthday", row.birthday_cipher),
            tier=row.tier,
            store_id=row.store_id,
            source=row.source,
            registered_at=row.registered_at,
            registered_on=row.registered_on,
            channel=row.channel,
            campaign_code=row.campaign_code,
            segments=tuple(row.segments),
            sex=Sex(row.sex) if row.sex else None,
            occupation=plain("occupation", row.occupation_cipher),
            email=plain("email", row.email_cipher),
        )

    def _personal(self, member: Member) -> dict[str, object]:
        """The columns of what is known of the person."""
        keys, data_keys = self._transaction.keys, self._transaction.data_keys

        def cipher(field: str, text: str) -> bytes | None:
            context = personal_context(field, member.member_id)
            return data_keys.encrypt(member.member_id, text, context) if text else None

        return {
            "name_cipher": cipher("name", member.name),
            "phone_cipher": cipher("phone", member.phone),
            "birthday_cipher": cipher("birthday", member.birthday),
            "birthday_digest": birthday_digest(keys, member.birthday),
            "sex": member.sex.value if member.sex else "",
            "occupation_cipher": cipher("occupation", member.occupation),
            "email_cipher": cipher("email", member.email),
            **marks_of(keys, name=member.name, birthday=member.birthday, email=member.email),
        }

    def _change_row(self, change: MemberChange) -> dict[str, object]:
        data_keys = self._transaction.data_keys

        def cipher(side: str, text: str) -> bytes | None:
            return data_keys.encrypt(change.member_id, text, change_context(side, change.change_id)) if text else None

        return {
            "change_id": change.change_id,
            "member_id": change.member_id,
            "field": change.field.value,
            "before_cipher": cipher("before", change.before),
            "after_cipher": cipher("after", change.after),
            "changed_at": change.changed_at,
            "caller_id": change.caller_id,
            "staff_id": change.staff_id,
        }

    def _change(self, row: Row[Any]) -> MemberChange:
        def plain(side: str, cipher: bytes | None) -> str:
            return self._transaction.data_keys.decrypt(row.member_id, cipher, change_context(side, row.change_id))

        return MemberChange(
            change_id=row.change_id,
            member_id=row.member_id,
            field=MemberField(row.field),
            before=plain("before", row.before_cipher),
            after=plain("after", row.after_cipher),
            changed_at=row.changed_at,
            caller_id=row.caller_id,
            staff_id=row.staff_id,
        )

    def _row(self, member: Member) -> dict[str, object]:
        return {
            "member_id": member.member_id,
            "member_number": member.member_number,
            **self._personal(member),
            "tier": member.tier,
            "store_id": member.store_id,
            "source": member.source,
            "channel": member.channel,
            "campaign_code": member.campaign_code,
            "registered_at": member.registered_at,
            "registered_on": member.registered_on,
            "segments": list(member.segments),
            # Who is registered with a tier has the first entry of its history.
            "tier_entries": 1 if member.tier else 0,
            "tier_until": None,
        }

    def _key_row(self, digest: bytes, key: MemberKey) -> dict[str, object]:
        context = key_context(key.kind, key.member_id)
        stored = key.kind.value in _STORED_KINDS
        return {
            "key_digest": digest,
            "member_id": key.member_id,
            "kind": key.kind.value,
            "value_cipher": self._transaction.data_keys.encrypt(key.member_id, key.text, context) if stored else None,
        }


@cache  # at most one per order of the five dimensions
def _grouped(group_by: tuple[GrowthDimension, ...]) -> Scoped:
    groups = [_COUNTED[dimension].label(dimension.value) for dimension in group_by]

    def build(*within: Any) -> Select[Any]:
        counted = select(*groups, func.count().label("members")).select_from(members)
        if GrowthDimension.STORE in group_by:
            counted = counted.outerjoin(stores, stores.c.store_id == members.c.store_id)
        day = members.c.registered_on
        counted = counted.where(
            day.between(bindparam("from_date", type_=day.type), bindparam("to_date", type_=day.type)),
            members.c.merged_into.is_(None),
            *within,
        )
        return counted.group_by(*groups).order_by(*groups).limit(bindparam("limit"))

    return Scoped(build, members.c.store_id)


def _counted(row: Row[Any]) -> NewMembersRow:
    found = row._mapping
    day = found.get(GrowthDimension.DATE.value)
    return NewMembersRow(
        store_code=found.get(GrowthDimension.STORE.value, ""),
        business_date=day.isoformat() if day else "",
        source=found.get(GrowthDimension.SOURCE.value, ""),
        channel=found.get(GrowthDimension.CHANNEL.value, ""),
        campaign_code=found.get(GrowthDimension.CAMPAIGN.value, ""),
        members=row.members,
    )
