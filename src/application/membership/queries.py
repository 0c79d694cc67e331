"""Questions about members."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.fields import required_code
from application.membership.views import MemberView, member_view, member_views
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import who
from domain.membership.card import refuse_unless_active
from domain.membership.member import MemberField, MemberKeyKind, identity_text
from domain.shared.errors import Invalid, NotFound


class UnknownMember(NotFound):
    en = "No member has this number, phone, card or code. Register the member first."
    zh = "没有此号码、手机、会员卡或会员码的会员，请先注册。"


class KeyOrIdentity(Invalid):
    en = "Send either member_key or identity with its channel."
    zh = "member_key 与渠道身份 identity 只能提供其一。"


@dataclass(frozen=True, slots=True)
class GetMember:
    """Either a key, or a channel with its identity for the member."""

    member_key: str = ""
    channel: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class ListMembers:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ListMemberChanges:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class MemberChangeView:
    """A field before and after; `changed_by` is the code of the member of staff, terminal or service."""

    field: MemberField
    before: str
    after: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class MemberChangePage:
    changes: Sequence[MemberChangeView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class MemberPage:
    members: Sequence[MemberView]
    next_page_token: str


def get_member(uow: UnitOfWork, query: GetMember) -> MemberView:
    """The member with this number, phone, card or code (a card shown as a code), masked for most callers.

    An online channel may name its own identity for the member instead. Raises UnknownMember,
    KeyOrIdentity, and CardBlocked or CardReplaced for a card that leads to nobody any more.
    """
    if bool(query.member_key.strip()) and bool(query.identity):
        raise KeyOrIdentity("identity")
    if query.identity:
        channel = required_code(query.channel, field="channel")
        text = identity_text(channel=channel, identity=required_code(query.identity, field="identity"))
        file, field = uow.members.holder(MemberKeyKind.IDENTITY, text), "identity"
    else:
        file, field = uow.members.find(checked_key(query.member_key)), "member_key"
        if file is None:
            _tell_why_not(uow, query.member_key)
    if file is None:
        raise UnknownMember(field)
    return member_view(uow, file)


def list_members(uow: UnitOfWork, query: ListMembers) -> MemberPage:
    """Members by number, masked for most callers."""
    asked = page(query.page_size, query.page_token, key=(str,))
    files = uow.members.list_members(after=asked.after[0] if asked.after else None, limit=asked.limit + 1)
    token = next_token(files, asked.limit, lambda file: (file.member.member_number,))
    return MemberPage(member_views(uow, files[: asked.limit]), token)


def list_member_changes(uow: UnitOfWork, query: ListMemberChanges) -> MemberChangePage:
    """What was known of a member before, the newest change first; raises UnknownMember."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    member_id = found_id(uow, query.member_key)
    after = (asked.after[0], asked.after[1]) if asked.after else None
    changes = uow.members.changes(member_id, after=after, limit=asked.limit + 1)
    token = next_token(changes, asked.limit, lambda change: (change.changed_at, change.change_id))
    views = [
        MemberChangeView(
            change.field,
            change.before,
            change.after,
            change.changed_at,
            who(uow, caller_id=change.caller_id, staff_id=change.staff_id),
        )
        for change in changes[: asked.limit]
    ]
    return MemberChangePage(views, token)


def found_id(uow: UnitOfWork, member_key: str) -> int:
    """The id of the member whom a request names; raises UnknownMember."""
    key = checked_key(member_key)
    member_id = uow.members.ids([key]).get(key)
    if member_id is None:
        _tell_why_not(uow, key)
        raise UnknownMember("member_key")
    return member_id


def _tell_why_not(uow: UnitOfWork, member_key: str) -> None:
    """Refuses a card that led to somebody once, with the reason."""
    card = uow.member_cards.find(member_key.strip())
    if card is not None:
        refuse_unless_active(card, field="member_key")


def checked_key(member_key: str, *, field: str = "member_key") -> str:
    """What was typed or scanned, without the space around it."""
    return required_code(member_key.strip(), field=field)
