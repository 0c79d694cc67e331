"""Tokens of members in SQL."""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, or_, select

from adapters.sql.tables.identity import callers, member_tokens
from adapters.sql.tables.membership import members
from adapters.sql.transaction import Transaction
from application.ports import member_tokens as ports
from application.ports.member_tokens import MemberToken, TokenHolder
from domain.identity.organisation import CallerStatus

_KEEP: Final = insert(member_tokens)
_HOLDER: Final = (
    select(member_tokens.c.caller_id, member_tokens.c.expires_at, callers.c.code, members.c.member_number)
    .join_from(member_tokens, members, members.c.member_id == member_tokens.c.member_id)
    .join(callers, callers.c.caller_id == member_tokens.c.caller_id)
    .where(member_tokens.c.token_digest == bindparam("token_digest"), callers.c.status == CallerStatus.ACTIVE.value)
)
_FILES: Final = select(members.c.member_id).where(members.c.merged_into == bindparam("of_member"))
# A token of a file that was merged leads to the member too.
_OF_MEMBER: Final = delete(member_tokens).where(
    or_(member_tokens.c.member_id == bindparam("of_member"), member_tokens.c.member_id.in_(_FILES))
)
_EXPIRED: Final = _OF_MEMBER.where(
    member_tokens.c.expires_at <= bindparam("expired_at", type_=member_tokens.c.expires_at.type)
)


class MemberTokens(ports.MemberTokens):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def keep(self, token: MemberToken) -> None:
        self._transaction.execute(_KEEP, asdict(token))

    def holder(self, token_digest: bytes) -> TokenHolder | None:
        row = self._transaction.execute(_HOLDER, {"token_digest": token_digest}).one_or_none()
        return None if row is None else TokenHolder(row.member_number, row.caller_id, row.code, row.expires_at)

    def forget_expired(self, member_id: int, *, at: datetime) -> None:
        self._transaction.execute(_EXPIRED, {"of_member": member_id, "expired_at": at})

    def end_all(self, member_id: int) -> int:
        return int(self._transaction.execute(_OF_MEMBER, {"of_member": member_id}).rowcount)
