"""A person joins: at a till, online, or thousands at once from a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import at_most, optional_code, optional_name
from application.membership.card_events import issue_cards
from application.membership.consents import GivenConsent, record_given
from application.membership.personal_fields import checked_birthday, checked_email, checked_occupation, checked_phone
from application.membership.views import MemberView, member_view
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberFile, MemberKey
from application.scope import store_in_scope, trading_day
from application.tier_entries import registration_entry
from domain.identity.organisation import Store
from domain.membership.lifecycle import LifecycleNote
from domain.membership.member import Member, MemberKeyKind, Sex
from domain.membership.number import member_number
from domain.shared.errors import Conflict, Invalid

MEMBERS_AT_ONCE_MAX: Final = 10_000


class AlreadyMember(Conflict):
    en = "This phone belongs to member {member_number} already. Use that member, or correct the phone."
    zh = "该手机号已属于会员 {member_number}。请使用该会员，或更正手机号。"


class CardTaken(Conflict):
    en = "This card belongs to member {member_number} already. Hand out another card."
    zh = "该会员卡已属于会员 {member_number}，请更换会员卡。"


class StatedTwice(Invalid):
    en = "members[{index}] has the same {kind}. Register one person once."
    zh = "members[{index}] 的{kind}与此相同。同一人只能登记一次。"


@dataclass(frozen=True, slots=True)
class RegisterMember:
    """What is known of the person; everything may be empty. Without a store it is that of the calling terminal.

    `campaign_code` is the campaign or event at which they were won.
    """

    name: str = ""
    phone: str = ""
    birthday: str = ""
    card: str = ""
    source: str = ""
    tier: str = ""
    channel: str = ""
    campaign_code: str = ""
    store_code: str = ""
    sex: Sex | None = None
    occupation: str = ""
    email: str = ""
    consents: tuple[GivenConsent, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterMembers:
    members: tuple[RegisterMember, ...] = ()


@dataclass(frozen=True, slots=True)
class MembersRegistered:
    """The new members' numbers, in the order of the request."""

    member_numbers: Sequence[str]


def register_member(uow: UnitOfWork, command: RegisterMember) -> MemberView:
    """Registers one member, who is found by number, phone and card from now on, in every store.

    Raises AlreadyMember, which names the member who has the phone, CardTaken, UnknownStore, and what `record_consent`
    refuses of the consents that come with it.
    """
    return member_view(uow, registered(uow, command))


def registered(uow: UnitOfWork, command: RegisterMember) -> MemberFile:
    """The file of a new member; raises as `register_member`."""
    return _register(uow, [command], [""])[0]


def register_members(uow: UnitOfWork, command: RegisterMembers) -> MembersRegistered:
    """Registers up to 10,000 members, all or none; refusals as in `register_member`, below `members[i]`."""
    at_most(command.members, MEMBERS_AT_ONCE_MAX, field="members")
    files = _register(uow, command.members, [f"members[{index}]." for index in range(len(command.members))])
    return MembersRegistered([file.member.member_number for file in files])


def _register(uow: UnitOfWork, commands: Sequence[RegisterMember], prefixes: Sequence[str]) -> Sequence[MemberFile]:
    files = [new_member(uow, command, prefix) for command, prefix in zip(commands, prefixes, strict=True)]
    registered = register_files(uow, files, prefixes)
    for file, command, prefix in zip(registered, commands, prefixes, strict=True):
        member = file.member
        record_given(uow, member.member_id, member.birthday, command.consents, channel=member.channel, prefix=prefix)
    return registered


def register_files(uow: UnitOfWork, files: Sequence[MemberFile], prefixes: Sequence[str]) -> Sequence[MemberFile]:
    """Registers new members, all or none; `prefixes` say where each stands in the request. Returns the members."""
    keys = _keys(files, prefixes)
    uow.members.register([file.member for file in files])
    uow.add(*[registration_entry(uow, file.member) for file in files if file.member.tier])
    uow.add(*[LifecycleNote(uow.new_id(), file.member.member_id, file.member.registered_on) for file in files])
    taken = uow.members.add_keys(list(keys))
    for key, field in keys.items():
        if key in taken:
            refusal = AlreadyMember if key.kind is MemberKeyKind.PHONE else CardTaken
            raise refusal(field, member_number=taken[key])
    # One that is blocked or was replaced leads to nobody, but is somebody's all the same.
    handed_out = issue_cards(uow, [(file.member.member_id, card) for file in files for card in file.cards])
    for key, field in keys.items():
        if key.kind is MemberKeyKind.CARD and key.text in handed_out:
            raise CardTaken(field, member_number=handed_out[key.text])
    return files


def new_member(uow: UnitOfWork, command: RegisterMember, prefix: str = "") -> MemberFile:
    """The member that a registration makes, checked field by field but not yet registered."""
    phone = checked_phone(uow, command.phone, field=f"{prefix}phone")
    birthday = checked_birthday(command.birthday, uow.now.date(), field=f"{prefix}birthday")
    card = optional_code(command.card.strip(), field=f"{prefix}card")
    store = _store(uow, command.store_code, f"{prefix}store_code")
    member_id = uow.new_id()
    member = Member(
        member_id=member_id,
        member_number=member_number(member_id),
        name=optional_name(command.name, field=f"{prefix}name"),
        phone=phone,
        birthday=birthday,
        sex=command.sex,
        occupation=checked_occupation(command.occupation, field=f"{prefix}occupation"),
        email=checked_email(command.email, field=f"{prefix}email"),
        tier=optional_code(command.tier, field=f"{prefix}tier"),
        store_id=store.store_id if store else None,
        source=optional_code(command.source, field=f"{prefix}source"),
        channel=optional_code(command.channel, field=f"{prefix}channel"),
        campaign_code=optional_code(command.campaign_code, field=f"{prefix}campaign_code"),
        registered_at=uow.now,
        registered_on=trading_day(uow, store) if store else uow.now.date(),
    )
    return MemberFile(member, (card,) if card else (), points_balance=0)


def _store(uow: UnitOfWork, store_code: str, field: str) -> Store | None:
    if store_code:
        return store_in_scope(uow, store_code, field=field)
    return None if uow.caller.store_id is None else uow.chain.stores[uow.caller.store_id]


def _keys(files: Sequence[MemberFile], prefixes: Sequence[str]) -> dict[MemberKey, str]:
    """All keys of the new members with the fields that they come from; refuses what two of them share."""
    keys: dict[MemberKey, str] = {}
    first: dict[tuple[MemberKeyKind, str], int] = {}
    for index, (file, prefix) in enumerate(zip(files, prefixes, strict=True)):
        member = file.member
        keys[MemberKey(member.member_id, MemberKeyKind.NUMBER, member.member_number)] = prefix
        stated = [(MemberKeyKind.PHONE, member.phone)] if member.phone else []
        stated += [(MemberKeyKind.CARD, card) for card in file.cards]
        for kind, text in stated:
            if first.setdefault((kind, text), index) != index:
                raise StatedTwice(f"{prefix}{kind}", index=first[kind, text], kind=kind.value)
            keys[MemberKey(member.member_id, kind, text)] = f"{prefix}{kind}"
    return keys
