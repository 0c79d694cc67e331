"""HQ defines what else it wants to know of members; tills and channels fill it in, and nothing is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from application.fields import Missing, at_most, named_once, optional_name, required_code, required_name
from application.membership.queries import found_id
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import who
from domain.membership.attribute import AttributeKind, AttributeValue, MemberAttribute, normalised
from domain.shared.errors import Invalid, NotFound, Rejected

ATTRIBUTES_MAX: Final = 100
CHOICES_MAX: Final = 100


class ChoicesOfNoChoice(Invalid):
    en = "Only an attribute of kind choice has choices. Leave them out, or change the kind."
    zh = "只有选项类属性可以有选项，请删除选项或更改类型。"


class KindFixed(Rejected):
    en = "Attribute “{code}” is of kind {kind}, which its values rely on. Define another attribute instead."
    zh = "属性“{code}”的类型为 {kind}，已有取值依赖于它，请另建属性。"


class TooManyAttributes(Rejected):
    en = "A chain has at most {count_max} attributes; with these there would be {count}."
    zh = "属性最多 {count_max} 个，加上这些将有 {count} 个。"


class UnknownAttribute(NotFound):
    en = "There is no attribute “{code}”. Define it with PutMemberAttributes first."
    zh = "没有属性“{code}”，请先用 PutMemberAttributes 定义。"


@dataclass(frozen=True, slots=True)
class PutMemberAttributes:
    attributes: tuple[MemberAttribute, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberAttributesPut:
    created: int


@dataclass(frozen=True, slots=True)
class ListMemberAttributes:
    pass


@dataclass(frozen=True, slots=True)
class MemberAttributesListed:
    attributes: Sequence[MemberAttribute]


@dataclass(frozen=True, slots=True)
class AttributeText:
    """A value as it is stated; an empty one says that nothing is known any more."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class SetMemberAttributes:
    member_key: str
    values: tuple[AttributeText, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberAttributesSet:
    """How many of the values were different before."""

    changed: int


@dataclass(frozen=True, slots=True)
class GetMemberAttributes:
    member_key: str


@dataclass(frozen=True, slots=True)
class ListMemberAttributeValues:
    member_key: str
    code: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class AttributeValueView:
    """`replaced_at` is None for what is known now; `set_by` is the code of staff, terminal or service."""

    code: str
    text: str
    set_at: datetime
    replaced_at: datetime | None
    set_by: str


@dataclass(frozen=True, slots=True)
class AttributeValuePage:
    values: Sequence[AttributeValueView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class AttributeValues:
    values: Sequence[AttributeValueView]


def put_member_attributes(uow: UnitOfWork, command: PutMemberAttributes) -> MemberAttributesPut:
    """Creates or replaces attributes by code; a choice that is taken away stays readable where it was given.

    Raises ChoicesOfNoChoice, KindFixed, TooManyAttributes and the refusals of single fields.
    """
    at_most(command.attributes, ATTRIBUTES_MAX, field="attributes")
    for index, attribute in enumerate(command.attributes):
        _check(attribute, f"attributes[{index}]")
    named_once([attribute.code for attribute in command.attributes], field="attributes")
    defined = {attribute.code: attribute for attribute in uow.member_attributes.defined()}
    for index, attribute in enumerate(command.attributes):
        before = defined.get(attribute.code)
        if before is not None and before.kind is not attribute.kind:
            raise KindFixed(f"attributes[{index}].kind", code=attribute.code, kind=before.kind.value)
    count = len(defined.keys() | {attribute.code for attribute in command.attributes})
    if count > ATTRIBUTES_MAX:
        raise TooManyAttributes("attributes", count=count, count_max=ATTRIBUTES_MAX)
    uow.member_attributes.define(command.attributes)
    return MemberAttributesPut(count - len(defined))


def list_member_attributes(uow: UnitOfWork, _: ListMemberAttributes) -> MemberAttributesListed:
    """All attributes by code."""
    return MemberAttributesListed(uow.member_attributes.defined())


def set_member_attributes(uow: UnitOfWork, command: SetMemberAttributes) -> MemberAttributesSet:
    """States what is known of a member from now on; what was known before is kept with its time.

    Raises UnknownMember, UnknownAttribute, NotANumber, NotAChoice and the refusals of single fields.
    """
    at_most(command.values, ATTRIBUTES_MAX, field="values")
    named_once([value.code for value in command.values], field="values")
    defined = {attribute.code: attribute for attribute in uow.member_attributes.defined()}
    stated = {}
    for index, value in enumerate(command.values):
        attribute = defined.get(required_code(value.code, field=f"values[{index}].code"))
        if attribute is None:
            raise UnknownAttribute(f"values[{index}].code", code=value.code)
        text = optional_name(value.text, field=f"values[{index}].text")
        stated[value.code] = normalised(attribute, text, field=f"values[{index}].text") if text else ""
    # Whoever states something of the same member waits here, so that one value follows the other.
    member_id = uow.members.locked(found_id(uow, command.member_key)).member.member_id
    known = {value.attribute_code: value for value in uow.member_attributes.current(member_id)}
    texts = {code: value.text for code, value in known.items()}
    changed = {code: text for code, text in stated.items() if texts.get(code, "") != text}
    uow.member_attributes.replace(
        [known[code] for code in changed if code in known],
        [_value(uow, member_id, code, text) for code, text in changed.items() if text],
        at=uow.now,
    )
    return MemberAttributesSet(len(changed))


def get_member_attributes(uow: UnitOfWork, query: GetMemberAttributes) -> AttributeValues:
    """What is known of a member now, by code; raises UnknownMember."""
    member_id = found_id(uow, query.member_key)
    return AttributeValues([_view(uow, value) for value in uow.member_attributes.current(member_id)])


def list_member_attribute_values(uow: UnitOfWork, query: ListMemberAttributeValues) -> AttributeValuePage:
    """What one attribute of a member is and was, the newest first; raises UnknownMember and UnknownAttribute."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    code = required_code(query.code, field="code")
    if all(attribute.code != code for attribute in uow.member_attributes.defined()):
        raise UnknownAttribute("code", code=code)
    after = (asked.after[0], asked.after[1]) if asked.after else None
    member_id = found_id(uow, query.member_key)
    values = uow.member_attributes.history(member_id, code, after=after, limit=asked.limit + 1)
    token = next_token(values, asked.limit, lambda value: (value.set_at, value.value_id))
    return AttributeValuePage([_view(uow, value) for value in values[: asked.limit]], token)


def _check(attribute: MemberAttribute, field: str) -> None:
    required_code(attribute.code, field=f"{field}.code")
    required_name(attribute.name, field=f"{field}.name")
    if attribute.kind is not AttributeKind.CHOICE:
        if attribute.choices:
            raise ChoicesOfNoChoice(f"{field}.choices")
        return
    if not attribute.choices:
        raise Missing(f"{field}.choices")
    at_most(attribute.choices, CHOICES_MAX, field=f"{field}.choices")
    for index, choice in enumerate(attribute.choices):
        required_code(choice, field=f"{field}.choices[{index}]")
    named_once(attribute.choices, field=f"{field}.choices", key="")


def _value(uow: UnitOfWork, member_id: int, code: str, text: str) -> AttributeValue:
    return AttributeValue(uow.new_id(), member_id, code, text, uow.now, None, uow.caller.caller_id, uow.caller.staff_id)


def _view(uow: UnitOfWork, value: AttributeValue) -> AttributeValueView:
    set_by = who(uow, caller_id=value.caller_id, staff_id=value.staff_id)
    return AttributeValueView(value.attribute_code, value.text, value.set_at, value.replaced_at, set_by)
