"""What is known of a member changes; what was known before is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from application.fields import at_most, named_once, optional_name
from application.membership.personal_fields import checked_birthday, checked_email, checked_occupation, checked_phone
from application.membership.queries import found_id
from application.membership.register_member import AlreadyMember
from application.membership.views import MemberView, member_view
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberKey
from domain.membership.member import Member, MemberChange, MemberField, MemberKeyKind, Sex
from domain.shared.errors import Invalid

FIELDS: Final = tuple(field.value for field in MemberField)


class UnknownField(Invalid):
    en = "“{name}” is no field that can be changed. Name some of: {known}."
    zh = "“{name}”不是可修改的字段。可用：{known}。"


class FieldNotNamed(Invalid):
    en = "This field has a value but is not named in “fields”. Name it there, or leave it empty."
    zh = "此字段有值，但未列入 fields。请列入，或将其留空。"


@dataclass(frozen=True, slots=True)
class UpdateMember:
    """`fields` names what is to change; an empty value of a field that is named removes what is known."""

    member_key: str
    fields: tuple[str, ...] = ()
    name: str = ""
    phone: str = ""
    birthday: str = ""
    sex: Sex | None = None
    occupation: str = ""
    email: str = ""


def update_member(uow: UnitOfWork, command: UpdateMember) -> MemberView:
    """Changes some fields of a member in every store at once, and records each change with its values, encrypted.

    A phone that changes leads to the member no more under its old number. Raises UnknownMember, AlreadyMember for the
    phone of somebody else, UnknownField, FieldNotNamed, NamedTwice and the refusals of single fields.
    """
    asked = _asked(uow, command)
    member_id = found_id(uow, command.member_key)
    # Locked before it is compared: two who change the same member record one change after the other.
    file = uow.members.locked(member_id)
    changed = replace(file.member, **asked)
    changes = _changes(uow, file.member, changed)
    if not changes:
        return member_view(uow, file)
    if changed.phone != file.member.phone:
        _move_phone(uow, file.member, changed.phone)
    uow.members.update(changed, changes)
    return member_view(uow, replace(file, member=changed))


def _asked(uow: UnitOfWork, command: UpdateMember) -> Mapping[str, Any]:
    """The values of the fields that are named, checked."""
    at_most(command.fields, len(FIELDS), field="fields")
    for index, name in enumerate(command.fields):
        if name not in FIELDS:
            raise UnknownField(f"fields[{index}]", name=name[:64], known=", ".join(FIELDS))
    named_once(command.fields, field="fields", key="")
    for name in FIELDS:
        if name not in command.fields and getattr(command, name):
            raise FieldNotNamed(name)
    checks: dict[str, Callable[[], object]] = {
        "name": lambda: optional_name(command.name, field="name"),
        "phone": lambda: checked_phone(uow, command.phone, field="phone"),
        "birthday": lambda: checked_birthday(command.birthday, uow.now.date(), field="birthday"),
        "sex": lambda: command.sex,
        "occupation": lambda: checked_occupation(command.occupation, field="occupation"),
        "email": lambda: checked_email(command.email, field="email"),
    }
    return {name: checks[name]() for name in command.fields}


def _changes(uow: UnitOfWork, before: Member, after: Member) -> list[MemberChange]:
    changes = []
    for field in MemberField:
        old, new = getattr(before, field.value) or "", getattr(after, field.value) or ""
        if old != new:
            changes.append(
                MemberChange(
                    change_id=uow.new_id(),
                    member_id=before.member_id,
                    field=field,
                    before=old,
                    after=new,
                    changed_at=uow.now,
                    caller_id=uow.caller.caller_id,
                    staff_id=uow.caller.staff_id,
                )
            )
    return changes


def _move_phone(uow: UnitOfWork, before: Member, phone: str) -> None:
    if before.phone:
        uow.members.remove_keys([MemberKey(before.member_id, MemberKeyKind.PHONE, before.phone)])
    if phone:
        taken = uow.members.add_keys([MemberKey(before.member_id, MemberKeyKind.PHONE, phone)])
        for number in taken.values():
            raise AlreadyMember("phone", member_number=number)
