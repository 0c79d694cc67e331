"""A person joins: at a till, online, or thousands at once from a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import at_most, optional_code, optional_date, optional_name
from application.membership.tier_entries import registration_entry
from application.membership.views import MemberView, member_view
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberFile, MemberKey
from domain.membership.member import Member, MemberKeyKind
from domain.membership.number import member_number
from domain.shared.errors import Conflict, Invalid

MEMBERS_AT_ONCE_MAX: Final = 10_000


class InvalidPhone(Invalid):
    en = "This is no phone number. Write it as dialled in China, or with a plus sign and the country code."
    zh = "电话号码无效。请填写国内号码，或以加号和国家代码开头。"


class AlreadyMember(Conflict):
    en = "This phone belongs to member {member_number} already. Use that member, or correct the phone."
    zh = "该手机号已属于会员 {member_number}。请使用该会员，或更正手机号。"


class CardTaken(Conflict):
    en = "This card belongs to member {member_number} already. Hand out another card."
    zh = "该会员卡已属于会员 {member_number}，请更换会员卡。"


class StatedTwice(Invalid):
    en = "members[{index}] has the same {kind}. Register one person once."
    zh = "members[{index}] 的{kind}与此相同。同一人只能登记一次。"


class BornInFuture(Invalid):
    en = "The birthday {birthday} has not come yet. Correct it or leave it empty."
    zh = "生日 {birthday} 尚未到来，请更正或留空。"


@dataclass(frozen=True, slots=True)
class RegisterMember:
    """What is known of the person; everything may be empty. The store is that of the calling terminal."""

    name: str = ""
    phone: str = ""
    birthday: str = ""
    card: str = ""
    source: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class RegisterMembers:
    members: tuple[RegisterMember, ...] = ()


@dataclass(frozen=True, slots=True)
class MembersRegistered:
    """The new members' numbers, in the order of the request."""

    member_numbers: Sequence[str]


def register_member(uow: UnitOfWork, command: RegisterMember) -> MemberView:
    """Registers one member, who is found by number, phone and card from now on, in every store.

    Raises AlreadyMember, which names the member who has the phone, and CardTaken.
    """
    return member_view(uow, _register(uow, [command], [""])[0])


def register_members(uow: UnitOfWork, command: RegisterMembers) -> MembersRegistered:
    """Registers up to 10,000 members, all or none; refusals as in `register_member`, below `members[i]`."""
    at_most(command.members, MEMBERS_AT_ONCE_MAX, field="members")
    files = _register(uow, command.members, [f"members[{index}]." for index in range(len(command.members))])
    return MembersRegistered([file.member.member_number for file in files])


def _register(uow: UnitOfWork, commands: Sequence[RegisterMember], prefixes: Sequence[str]) -> list[MemberFile]:
    files = [_file(uow, command, prefix) for command, prefix in zip(commands, prefixes, strict=True)]
    keys = _keys(files, prefixes)
    uow.members.register([file.member for file in files])
    uow.add(*[registration_entry(uow, file.member) for file in files if file.member.tier])
    taken = uow.members.add_keys(list(keys))
    for key, field in keys.items():
        if key in taken:
            refusal = AlreadyMember if key.kind is MemberKeyKind.PHONE else CardTaken
            raise refusal(field, member_number=taken[key])
    return files


def _file(uow: UnitOfWork, command: RegisterMember, prefix: str) -> MemberFile:
    phone = None
    if command.phone.strip():
        phone = uow.members.e164(command.phone)
        if phone is None:
            raise InvalidPhone(f"{prefix}phone")
    birthday = optional_date(command.birthday, field=f"{prefix}birthday")
    _check_born(birthday, uow.now.date(), f"{prefix}birthday")
    card = optional_code(command.card.strip(), field=f"{prefix}card")
    member_id = uow.new_id()
    member = Member(
        member_id=member_id,
        member_number=member_number(member_id),
        name=optional_name(command.name, field=f"{prefix}name"),
        phone=phone or "",
        birthday=command.birthday,
        tier=optional_code(command.tier, field=f"{prefix}tier"),
        store_id=uow.caller.store_id,
        source=optional_code(command.source, field=f"{prefix}source"),
        registered_at=uow.now,
    )
    return MemberFile(member, (card,) if card else (), points_balance=0)


def _check_born(birthday: date | None, today: date, field: str) -> None:
    if birthday is not None and birthday > today:
        raise BornInFuture(field, birthday=birthday.isoformat())


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
