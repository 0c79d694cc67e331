"""A person joins through an online channel: the official site, WeChat, a mini-program."""

from dataclasses import dataclass, replace
from typing import Final

from application.fields import Missing, optional_code, required_code
from application.membership.consents import GivenConsent, record_given
from application.membership.personal_fields import checked_phone
from application.membership.register_member import AlreadyMember, RegisterMember, registered
from application.membership.views import MemberView, member_view
from application.ports.kernel import Contention, UnitOfWork
from application.ports.membership import MemberFile, MemberKey
from domain.membership.member import MemberKeyKind, identity_text
from domain.shared.errors import Conflict, Rejected

IDENTITIES_PER_MEMBER_MAX: Final = 20


class IdentityTaken(Conflict):
    en = "This identity belongs to member {member_number}, this phone to member {other_number}. Send one of the two."
    zh = "该渠道身份属于会员 {member_number}，该手机号属于会员 {other_number}。请只提交其中之一。"


class TooManyIdentities(Rejected):
    en = "Online channels know this member {count} times already; at most {count_max} are kept."
    zh = "该会员已有 {count} 个线上渠道身份，最多 {count_max} 个。"


@dataclass(frozen=True, slots=True)
class RegisterOnline:
    """What the channel knows of the person: a phone that it has verified, its own identity for them, or both."""

    channel: str
    identity: str = ""
    phone: str = ""
    name: str = ""
    birthday: str = ""
    source: str = ""
    campaign_code: str = ""
    store_code: str = ""
    consents: tuple[GivenConsent, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisteredOnline:
    """`linked`: the person was a member already, and is the same one for this channel from now on."""

    member: MemberView
    linked: bool


def register_online(uow: UnitOfWork, command: RegisterOnline) -> RegisteredOnline:
    """Registers a person, or links the channel to the member whom it means; there is never a second member.

    The identity is looked up first, then the phone. Of a member who is there already nothing changes but that the
    identity leads to them, and what they consent to now. Raises IdentityTaken when identity and phone lead to different
    members, TooManyIdentities, what `record_consent` refuses, and the refusals of single fields.
    """
    channel = required_code(command.channel, field="channel")
    identity = optional_code(command.identity, field="identity")
    if not identity and not command.phone.strip():
        raise Missing("phone")
    text = identity_text(channel=channel, identity=identity) if identity else ""
    known = uow.members.holder(MemberKeyKind.IDENTITY, text) if text else None
    by_phone = _holder_of_phone(uow, command.phone)
    if known and by_phone and known.member.member_id != by_phone.member.member_id:
        raise IdentityTaken(
            "identity", member_number=known.member.member_number, other_number=by_phone.member.member_number
        )
    found = known or by_phone
    linked = found is not None
    if found is None:
        found = _registered(uow, command, channel)
    if text and known is None:
        found = _linked(uow, found, channel, text)
    if linked and command.consents:
        member = uow.members.locked(found.member.member_id).member
        record_given(uow, member.member_id, member.birthday, command.consents, channel=channel)
    return RegisteredOnline(member_view(uow, found), linked)


def _holder_of_phone(uow: UnitOfWork, phone: str) -> MemberFile | None:
    e164 = checked_phone(uow, phone, field="phone")
    return uow.members.holder(MemberKeyKind.PHONE, e164) if e164 else None


def _registered(uow: UnitOfWork, command: RegisterOnline, channel: str) -> MemberFile:
    person = RegisterMember(
        name=command.name,
        phone=command.phone,
        birthday=command.birthday,
        source=command.source,
        channel=channel,
        campaign_code=command.campaign_code,
        store_code=command.store_code,
        consents=command.consents,
    )
    try:
        return registered(uow, person)
    except AlreadyMember:
        # A till has registered the phone in this moment: looked up again, it leads to them.
        raise Contention("a phone was registered meanwhile") from None


def _linked(uow: UnitOfWork, file: MemberFile, channel: str, text: str) -> MemberFile:
    if len(file.channels) >= IDENTITIES_PER_MEMBER_MAX:
        raise TooManyIdentities("identity", count=len(file.channels), count_max=IDENTITIES_PER_MEMBER_MAX)
    uow.members.hold([file.member.member_id])
    if uow.members.add_keys([MemberKey(file.member.member_id, MemberKeyKind.IDENTITY, text)]):
        raise Contention("an identity was linked meanwhile")
    return replace(file, channels=tuple(sorted([*file.channels, channel])))
