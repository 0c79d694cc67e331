"""Members in SQL: personal fields encrypted, keys as keyed digests."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave

from adapters import phones
from adapters.sql.member_keys import birthday_of, member_digest, member_digests, personal_context
from adapters.sql.statements import any_of
from adapters.sql.tables.loyalty import points_accounts
from adapters.sql.tables.membership import member_keys, members
from adapters.sql.transaction import Transaction
from application.ports import membership
from application.ports.membership import MemberAccount, MemberFile, MemberKey
from domain.membership.member import Member, MemberKeyKind

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
    )
    .join_from(member_keys, members)
    .join(points_accounts, points_accounts.c.member_id == members.c.member_id)
    .where(member_keys.c.key_digest.in_(bindparam("digests", expanding=True)))
)
_IDS: Final = select(member_keys.c.key_digest, member_keys.c.member_id).where(
    member_keys.c.key_digest.in_(bindparam("digests", expanding=True))
)
_SEGMENTS: Final = (
    select(members.c.member_id, members.c.segments)
    .where(any_of(members.c.member_id, "member_ids"))
    .order_by(members.c.member_id)
    .with_for_update()
)
_PUT_SEGMENTS: Final = (
    update(members).where(members.c.member_id == bindparam("of_member")).values(segments=bindparam("segments"))
)
_FILES: Final = select(members, points_accounts.c.points_balance).join(
    points_accounts, points_accounts.c.member_id == members.c.member_id
)
_BY_ID: Final = _FILES.where(members.c.member_id == bindparam("member_id"))
_PAGE: Final = (
    _FILES.where(members.c.member_number > bindparam("after"))
    .order_by(members.c.member_number)
    .limit(bindparam("limit"))
)
_CARDS: Final = select(member_keys.c.member_id, member_keys.c.value_cipher).where(
    any_of(member_keys.c.member_id, "member_ids"), member_keys.c.kind == MemberKeyKind.CARD.value
)

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
        account = self.account(member_key)
        if account is None:
            return None
        return self._files(self._transaction.execute(_BY_ID, {"member_id": account.member_id}).all())[0]

    def list_members(self, *, after: str | None, limit: int) -> Sequence[MemberFile]:
        # No number is empty, so the first page starts after the empty one.
        return self._files(self._transaction.execute(_PAGE, {"after": after or "", "limit": limit}).all())

    def account(self, member_key: str, *, birthday: bool = False) -> MemberAccount | None:
        digests = member_digests(self._transaction.keys, member_key)
        found = {row.key_digest: row for row in self._transaction.execute(_ACCOUNTS, {"digests": digests})}
        for digest in digests:
            if digest in found:
                row = found[digest]
                return MemberAccount(
                    row.member_id,
                    row.member_number,
                    row.tier,
                    row.points_balance,
                    row.visits,
                    tuple(row.segments),
                    birthday_of(self._transaction.keys, row.member_id, row.birthday_cipher) if birthday else "",
                )
        return None

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

    def put_segments(self, segments: Mapping[int, tuple[str, ...]]) -> int:
        # Locked by id, as everywhere, before they are compared.
        stored = self._transaction.execute(_SEGMENTS, {"member_ids": list(segments)})
        rows = [
            {"of_member": row.member_id, "segments": list(segments[row.member_id])}
            for row in stored.all()
            if tuple(row.segments) != segments[row.member_id]
        ]
        if rows:
            self._transaction.execute(_PUT_SEGMENTS, rows)
        return len(rows)

    def _files(self, rows: Sequence[Row[Any]]) -> list[MemberFile]:
        keys = self._transaction.keys
        cards: dict[int, list[str]] = defaultdict(list)
        for row in self._transaction.execute(_CARDS, {"member_ids": [row.member_id for row in rows]}):
            cards[row.member_id].append(keys.decrypt(row.value_cipher, _card_context(row.member_id)))
        return [MemberFile(self._member(row), tuple(sorted(cards[row.member_id])), row.points_balance) for row in rows]

    def _member(self, row: Row[Any]) -> Member:
        keys = self._transaction.keys

        def plain(field: str, cipher: bytes | None) -> str:
            return keys.decrypt(cipher, personal_context(field, row.member_id)) if cipher else ""

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
            segments=tuple(row.segments),
        )

    def _row(self, member: Member) -> dict[str, object]:
        keys = self._transaction.keys

        def cipher(field: str, text: str) -> bytes | None:
            return keys.encrypt(text, personal_context(field, member.member_id)) if text else None

        return {
            "member_id": member.member_id,
            "member_number": member.member_number,
            "name_cipher": cipher("name", member.name),
            "phone_cipher": cipher("phone", member.phone),
            "birthday_cipher": cipher("birthday", member.birthday),
            "tier": member.tier,
            "store_id": member.store_id,
            "source": member.source,
            "registered_at": member.registered_at,
            "segments": list(member.segments),
            # Who is registered with a tier has the first entry of its history.
            "tier_entries": 1 if member.tier else 0,
            "tier_until": None,
        }

    def _key_row(self, digest: bytes, key: MemberKey) -> dict[str, object]:
        card = key.kind is MemberKeyKind.CARD
        return {
            "key_digest": digest,
            "member_id": key.member_id,
            "kind": key.kind.value,
            "value_cipher": self._transaction.keys.encrypt(key.text, _card_context(key.member_id)) if card else None,
        }


def _card_context(member_id: int) -> str:
    return f"member_keys|card|{member_id}"
