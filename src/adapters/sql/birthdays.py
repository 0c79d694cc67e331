"""Birthdays in SQL: found by a keyed digest of month and day, never by themselves."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import bindparam, exists, insert, or_, select, update

from adapters.sql.member_keys import birthday_of
from adapters.sql.tables.coupons import birthday_coupons
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import birthdays as ports
from application.ports.privacy import Keys
from domain.membership.birthday import month_day

PURPOSE: Final = "birthday"
_Digest: Final = members.c.birthday_digest
_UNMARKED: Final = (
    select(members.c.member_id, members.c.birthday_cipher)
    .where(members.c.birthday_cipher.is_not(None), _Digest.is_(None))
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
    .with_for_update(key_share=True)
)
_MARK: Final = (
    update(members).where(members.c.member_id == bindparam("of_member")).values(birthday_digest=bindparam("digest"))
)
_files = members.alias("files")
# What a file got before it was merged, the person has got.
_GIVEN_TO_MEMBER: Final = exists().where(
    or_(_files.c.member_id == members.c.member_id, _files.c.merged_into == members.c.member_id),
    birthday_coupons.c.member_id == _files.c.member_id,
    or_(
        birthday_coupons.c.year >= bindparam("year"),
        birthday_coupons.c.issued_on > bindparam("none_since", type_=birthday_coupons.c.issued_on.type),
    ),
)
_COMING: Final = (
    select(members.c.member_id)
    .where(
        _Digest.in_(bindparam("digests", expanding=True)),
        members.c.member_id > bindparam("after"),
        members.c.merged_into.is_(None),
        ~_GIVEN_TO_MEMBER,
    )
    .order_by(members.c.member_id)
    .limit(bindparam("limit"))
)
_GIVE: Final = insert(birthday_coupons)


def birthday_digest(keys: Keys, birthday: str) -> bytes | None:
    """The digest by which who has a birthday on this day of the year is found; None where it is unknown."""
    return keys.digest(PURPOSE, month_day(birthday)) if birthday else None


class Birthdays(ports.Birthdays):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def mark(self, *, limit: int) -> int:
        keys, data_keys = self._transaction.keys, self._transaction.data_keys
        found = self._transaction.execute(_UNMARKED, {"limit": limit}).all()
        data_keys.load([row.member_id for row in found])
        rows = [
            {
                "of_member": row.member_id,
                "digest": birthday_digest(keys, birthday_of(data_keys, row.member_id, row.birthday_cipher)),
            }
            for row in found
        ]
        if rows:
            self._transaction.execute(_MARK, rows)
        return len(rows)

    def coming(
        self, month_days: Sequence[str], *, year: int, none_since: date, after: int, limit: int
    ) -> Sequence[int]:
        asked = {
            "digests": [self._transaction.keys.digest(PURPOSE, one) for one in month_days],
            "year": year,
            "none_since": none_since,
            "after": after,
            "limit": limit,
        }
        return self._transaction.execute(_COMING, asked).scalars().all()

    def given(self, coupons: Mapping[int, int], *, year: int, on: date, at: datetime) -> None:
        rows = [
            {"member_id": member_id, "year": year, "coupon_id": coupon_id, "issued_on": on, "issued_at": at}
            for member_id, coupon_id in sorted(coupons.items())
        ]
        self._transaction.execute(_GIVE, rows)
