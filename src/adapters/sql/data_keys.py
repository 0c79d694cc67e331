"""Data keys of members in SQL: what is known of a member is encrypted under a key of the member's own.

Members of before there were data keys have none until they are sealed again: what is known of them is under the key of
the chain until then, new fields too, so that a member's fields are under the one or the other.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Protocol

from sqlalchemy import CursorResult, Executable, insert, select

from adapters.sql.statements import any_of
from adapters.sql.tables.privacy import member_data_keys
from application.ports.privacy import FieldKey, Keys

_INSERT: Final = insert(member_data_keys)
_LOAD: Final = select(member_data_keys.c.member_id, member_data_keys.c.wrapped_key).where(
    any_of(member_data_keys.c.member_id, "member_ids")
)
UNDER_CHAIN_KEY: Final = 1
"""The first byte of what was encrypted under the key of the chain."""


class Executing(Protocol):
    """What of a transaction it takes to read and write data keys."""

    keys: Keys

    def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]: ...


class DataKeys:
    """The data keys that a transaction has met. Nobody's id is 0: what is about no member is under the chain's key."""

    def __init__(self, transaction: Executing) -> None:
        self._transaction = transaction
        self._wrapped: dict[int, bytes] = {}
        self._opened: dict[int, FieldKey] = {}
        self.subjects: set[int] = set()
        """Members whose files were read or written as a whole: what the work is answered with may be about them."""

    def make(self, member_ids: Sequence[int]) -> None:
        """Gives members who have none a data key each, in one statement."""
        keys = self._transaction.keys
        wrapped = {member_id: keys.new_data_key(member_id) for member_id in member_ids}
        rows = [
            {"member_id": member_id, "wrapping_version": keys.wrapping_version, "wrapped_key": key}
            for member_id, key in wrapped.items()
        ]
        self._transaction.execute(_INSERT, rows)
        self._wrapped |= wrapped

    def know(self, member_id: int, wrapped: bytes | None) -> None:
        """Takes note of a key that came with another row."""
        if wrapped is not None:
            self._wrapped[member_id] = wrapped

    def load(self, member_ids: Collection[int]) -> None:
        """Reads the keys of members in one statement, as far as they are not known yet."""
        unknown = {member_id for member_id in member_ids if member_id and member_id not in self._wrapped}
        if unknown:
            rows = self._transaction.execute(_LOAD, {"member_ids": sorted(unknown)})
            self._wrapped |= {row.member_id: row.wrapped_key for row in rows}

    def forget(self, member_ids: Collection[int]) -> None:
        """Keys that were destroyed are known no more."""
        self.subjects.difference_update(member_ids)
        for member_id in member_ids:
            self._wrapped.pop(member_id, None)
            self._opened.pop(member_id, None)

    def answer_key(self) -> tuple[int, FieldKey] | None:
        """The member whom the answer of this work is about, if it is one with a data key, and that key."""
        if len(self.subjects) != 1:
            return None
        [member_id] = self.subjects
        key = self._key(member_id)
        return None if key is None else (member_id, key)

    def of(self, member_id: int) -> FieldKey | None:
        """The data key of a member; None where there is none any more."""
        return self._key(member_id)

    def encrypt(self, member_id: int, text: str, context: str) -> bytes:
        """The ciphertext of something that is known of a member; as `Keys.encrypt` for who has no key yet."""
        return (self._key(member_id) or self._transaction.keys).encrypt(text, context)

    def decrypt(self, member_id: int, cipher: bytes | None, context: str) -> str:
        """The text of a field of a member; empty for nothing. Raises Unreadable."""
        if not cipher:
            return ""
        if cipher[0] == UNDER_CHAIN_KEY:
            return self._transaction.keys.decrypt(cipher, context)
        return (self._key(member_id) or self._transaction.keys).decrypt(cipher, context)

    def _key(self, member_id: int) -> FieldKey | None:
        opened = self._opened.get(member_id)
        if opened is not None:
            return opened
        # Asked again each time of who had none: somebody may just have sealed them.
        self.load([member_id])
        wrapped = self._wrapped.get(member_id)
        if wrapped is None:
            return None
        opened = self._opened[member_id] = self._transaction.keys.data_key(member_id, wrapped)
        return opened
