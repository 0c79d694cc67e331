"""Members who may be one person, found by keyed digests: nothing is decrypted to compare it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, or_, select, tuple_, update

from adapters.sql.member_keys import personal_context
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import duplicates as ports
from application.ports.duplicates import Marks
from application.ports.privacy import Keys
from domain.membership.duplicate import Likeness, likeness_text

_COLUMNS: Final = {Likeness.EMAIL: members.c.email_digest, Likeness.NAME_AND_BIRTHDAY: members.c.person_digest}
_MARKS: Final = select(members.c.member_id, members.c.member_number, *_COLUMNS.values())
_OF: Final = _MARKS.where(members.c.member_id == bindparam("member_id"))
_AFTER: Final = bindparam("after_id", type_=members.c.member_id.type)
_STANDING: Final = members.c.merged_into.is_(None)
_LIKE: Final = {
    likeness: _MARKS.where(column.is_not(None), column == bindparam("digest", type_=column.type))
    .where(members.c.member_id > _AFTER, members.c.member_id != bindparam("member_id"), _STANDING)
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
    for likeness, column in _COLUMNS.items()
}
_SCAN: Final = {
    likeness: _MARKS.where(
        column.is_not(None),
        tuple_(column, members.c.member_id) > tuple_(bindparam("after_digest", type_=column.type), _AFTER),
        _STANDING,
    )
    .order_by(column, members.c.member_id)
    .limit(bindparam("limit"))
    for likeness, column in _COLUMNS.items()
}
_UNMARKED: Final = (
    select(members.c.member_id, members.c.name_cipher, members.c.birthday_cipher, members.c.email_cipher)
    .where(
        members.c.member_id > _AFTER,
        or_(
            and_(members.c.email_cipher.is_not(None), members.c.email_digest.is_(None)),
            and_(
                members.c.name_cipher.is_not(None),
                members.c.birthday_cipher.is_not(None),
                members.c.person_digest.is_(None),
            ),
        ),
    )
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True)
)
_MARK: Final = (
    update(members)
    .where(members.c.member_id == bindparam("of_member"))
    .values(email_digest=bindparam("email_digest"), person_digest=bindparam("person_digest"))
)


class Duplicates(ports.Duplicates):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def of(self, member_id: int) -> Marks | None:
        row = self._transaction.execute(_OF, {"member_id": member_id}).one_or_none()
        return None if row is None else _marks(row)

    def like(self, marks: Marks, *, after: int, limit: int) -> Sequence[Marks]:
        found: dict[int, Marks] = {}
        for likeness, digest in marks.digests.items():
            asked = {"digest": digest, "member_id": marks.member_id, "after_id": after, "limit": limit}
            found |= {row.member_id: _marks(row) for row in self._transaction.execute(_LIKE[likeness], asked)}
        return [found[member_id] for member_id in sorted(found)][:limit]

    def scan(self, likeness: Likeness, *, after: tuple[bytes, int], limit: int) -> Sequence[Marks]:
        asked = {"after_digest": after[0], "after_id": after[1], "limit": limit}
        return [_marks(row) for row in self._transaction.execute(_SCAN[likeness], asked)]

    def index(self, *, after: int, limit: int) -> tuple[int, int | None]:
        rows = self._transaction.execute(_UNMARKED, {"after_id": after, "limit": limit}).all()
        if rows:
            self._transaction.data_keys.load([row.member_id for row in rows])
            self._transaction.execute(_MARK, [{"of_member": row.member_id, **self._digests(row)} for row in rows])
        return len(rows), rows[-1].member_id if len(rows) == limit else None

    def _digests(self, row: Row[Any]) -> Mapping[str, bytes | None]:
        def plain(field: str, cipher: bytes | None) -> str:
            return self._transaction.data_keys.decrypt(row.member_id, cipher, personal_context(field, row.member_id))

        return marks_of(
            self._transaction.keys,
            name=plain("name", row.name_cipher),
            birthday=plain("birthday", row.birthday_cipher),
            email=plain("email", row.email_cipher),
        )


def marks_of(keys: Keys, *, name: str, birthday: str, email: str) -> dict[str, bytes | None]:
    """The columns by which duplicates of a member are found; what is unknown has none."""
    texts = {one: likeness_text(one, name=name, birthday=birthday, email=email) for one in Likeness}
    return {
        _COLUMNS[one].name: keys.digest(f"likeness|{one.value}", text) if text else None for one, text in texts.items()
    }


def _marks(row: Row[Any]) -> Marks:
    found = {one: row._mapping[column.name] for one, column in _COLUMNS.items()}
    return Marks(row.member_id, row.member_number, {one: digest for one, digest in found.items() if digest is not None})
