"""Self-service: a token by which a member reads their own data, and nothing else, for a short time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from application.fields import required_code, within
from application.named_members import UnknownMember
from application.ports.kernel import UnitOfWork
from application.ports.member_tokens import MemberToken
from domain.identity.enrolment import secret_digest

MINUTES: Final = 30
MINUTES_MAX: Final = 60
PREFIX: Final = "member."
"""Of a member's token, so that no credential of a terminal or service is ever taken for one."""


@dataclass(frozen=True, slots=True)
class IssueMemberToken:
    """`minutes` that it is valid for, 1 to 60; 0 for 30."""

    member_key: str
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class MemberTokenIssued:
    token: str = field(repr=False)
    member_number: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class EndMemberTokens:
    member_key: str


@dataclass(frozen=True, slots=True)
class MemberTokensEnded:
    ended: int


def issue_member_token(uow: UnitOfWork, command: IssueMemberToken) -> MemberTokenIssued:
    """A token for a member whom the caller has recognised, of which only a digest is stored.

    It ends by itself, or when the caller that issued it is revoked. Raises UnknownMember and OutOfRange.
    """
    minutes = within(command.minutes, 0, MINUTES_MAX, field="minutes") or MINUTES
    key = required_code(command.member_key.strip(), field="member_key")
    account = uow.members.account(key)
    if account is None:
        raise UnknownMember("member_key")
    token = PREFIX + uow.secrets.new_token()
    expires_at = uow.now + timedelta(minutes=minutes)
    uow.member_tokens.forget_expired(account.member_id, at=uow.now)
    uow.member_tokens.keep(
        MemberToken(secret_digest(token), account.member_id, uow.caller.caller_id, uow.now, expires_at)
    )
    return MemberTokenIssued(token, account.member_number, expires_at)


def end_member_tokens(uow: UnitOfWork, command: EndMemberTokens) -> MemberTokensEnded:
    """Ends every token of a member at once, whoever issued it; raises UnknownMember."""
    key = required_code(command.member_key.strip(), field="member_key")
    member_id = uow.members.ids([key]).get(key)
    if member_id is None:
        raise UnknownMember("member_key")
    return MemberTokensEnded(uow.member_tokens.end_all(member_id))
