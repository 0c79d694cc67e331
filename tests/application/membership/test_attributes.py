from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from adapters.sql.tables import membership
from application.fields import Missing, NamedTwice, TooMany
from application.membership.attributes import (
    AttributeText,
    AttributeValueView,
    ChoicesOfNoChoice,
    GetMemberAttributes,
    KindFixed,
    ListMemberAttributes,
    ListMemberAttributeValues,
    PutMemberAttributes,
    SetMemberAttributes,
    TooManyAttributes,
    UnknownAttribute,
    get_member_attributes,
    list_member_attribute_values,
    list_member_attributes,
    put_member_attributes,
    set_member_attributes,
)
from application.membership.queries import UnknownMember
from application.membership.register_member import RegisterMember, register_member
from domain.identity.organisation import SYSTEM
from domain.membership.attribute import AttributeKind, MemberAttribute, NotAChoice, NotANumber
from tests.application.small_chain import NOON, SmallChain

HEIGHT = MemberAttribute("height", "身高", AttributeKind.NUMBER)
STYLE = MemberAttribute("style", "偏好风格", AttributeKind.CHOICE, ("休闲", "正装"))
HABITS = MemberAttribute("habits", "消费习惯", AttributeKind.TEXT)


@pytest.fixture
def defined(chain: SmallChain) -> SmallChain:
    """Three attributes, and a member with the card C-1."""
    assert chain.write(put_member_attributes, PutMemberAttributes((STYLE, HEIGHT, HABITS))).created == 3
    chain.write(register_member, RegisterMember(card="C-1"))
    return chain


def state(chain: SmallChain, *values: tuple[str, str], now=NOON) -> int:
    texts = tuple(AttributeText(code, text) for code, text in values)
    return int(chain.write(set_member_attributes, SetMemberAttributes("C-1", texts), caller=SYSTEM, now=now).changed)


def known(chain: SmallChain) -> dict[str, str]:
    return {value.code: value.text for value in chain.read(get_member_attributes, GetMemberAttributes("C-1")).values}


@pytest.mark.capability("MEM-06")
def test_an_old_value_stays_readable_with_its_time_when_a_new_one_is_stated(defined):
    assert state(defined, ("style", "休闲"), ("height", "172.50")) == 2
    later = NOON + timedelta(days=90)
    assert state(defined, ("style", "正装"), ("height", "172.5"), now=later) == 1
    assert known(defined) == {"height": "172.5", "style": "正装"}
    page = defined.read(list_member_attribute_values, ListMemberAttributeValues("C-1", "style", page_size=1))
    rest = defined.read(
        list_member_attribute_values, ListMemberAttributeValues("C-1", "style", page_token=page.next_page_token)
    )
    assert [*page.values, *rest.values] == [
        AttributeValueView("style", "正装", later, None, "system"),
        AttributeValueView("style", "休闲", NOON, later, "system"),
    ]
    assert rest.next_page_token == ""


def test_nothing_is_known_after_an_empty_value_but_what_was_is_kept(defined):
    state(defined, ("habits", "周末"))
    assert state(defined, ("habits", ""), ("style", "")) == 1
    assert known(defined) == {}
    values = defined.read(list_member_attribute_values, ListMemberAttributeValues("C-1", "habits")).values
    assert [(value.text, value.replaced_at) for value in values] == [("周末", NOON)]


def test_stores_values_encrypted(defined):
    state(defined, ("habits", "周末"), ("height", "172.5"))
    stored = repr(defined.rows(membership.member_attribute_values, "value_cipher"))
    assert "172.5" not in stored
    assert repr("周末".encode())[2:-1] not in stored


def test_choices_and_names_may_change_and_stated_choices_stay(defined):
    state(defined, ("style", "休闲"))
    changed = MemberAttribute("style", "风格", AttributeKind.CHOICE, ("正装",))
    assert defined.write(put_member_attributes, PutMemberAttributes((changed,))).created == 0
    listed = defined.read(list_member_attributes, ListMemberAttributes()).attributes
    assert list(listed) == [HABITS, HEIGHT, changed]
    assert known(defined) == {"style": "休闲"}
    with pytest.raises(NotAChoice):
        state(defined, ("style", "休闲"))


@pytest.mark.parametrize(
    ("attributes", "refusal", "field"),
    [
        ((), Missing, "attributes"),
        ((MemberAttribute("", "x", AttributeKind.TEXT),), Missing, "attributes[0].code"),
        ((MemberAttribute("x", " ", AttributeKind.TEXT),), Missing, "attributes[0].name"),
        ((MemberAttribute("x", "x", AttributeKind.TEXT, ("a",)),), ChoicesOfNoChoice, "attributes[0].choices"),
        ((MemberAttribute("x", "x", AttributeKind.CHOICE),), Missing, "attributes[0].choices"),
        ((MemberAttribute("x", "x", AttributeKind.CHOICE, ("a", "a")),), NamedTwice, "attributes[0].choices[1]"),
        ((MemberAttribute("x", "x", AttributeKind.CHOICE, ("a",) * 101),), TooMany, "attributes[0].choices"),
        ((HABITS, HABITS), NamedTwice, "attributes[1].code"),
        ((HABITS, MemberAttribute("height", "x", AttributeKind.TEXT)), KindFixed, "attributes[1].kind"),
        (
            tuple(MemberAttribute(f"a{number}", "x", AttributeKind.TEXT) for number in range(98)),
            TooManyAttributes,
            "attributes",
        ),
    ],
)
def test_refuses_definitions_that_cannot_be(defined, attributes, refusal, field):
    before = defined.rows(membership.member_attributes)
    with pytest.raises(refusal) as refused:
        defined.write(put_member_attributes, PutMemberAttributes(attributes))
    assert refused.value.field == field
    assert defined.rows(membership.member_attributes) == before


@pytest.mark.parametrize(
    ("command", "refusal", "field"),
    [
        (SetMemberAttributes("C-1"), Missing, "values"),
        (SetMemberAttributes("C-9", (AttributeText("style", "休闲"),)), UnknownMember, "member_key"),
        (SetMemberAttributes("C-1", (AttributeText("x", "1"),)), UnknownAttribute, "values[0].code"),
        (SetMemberAttributes("C-1", (AttributeText("height", "tall"),)), NotANumber, "values[0].text"),
        (SetMemberAttributes("C-1", (AttributeText("height"),) * 2), NamedTwice, "values[1].code"),
    ],
)
def test_refuses_values_that_cannot_be_and_keeps_what_is_known(defined, command, refusal, field):
    state(defined, ("height", "172"))
    before = defined.rows(membership.member_attribute_values)
    with pytest.raises(refusal) as refused:
        defined.write(set_member_attributes, command)
    assert refused.value.field == field
    assert defined.rows(membership.member_attribute_values) == before


def test_values_of_an_attribute_that_is_not_defined_cannot_be_listed(defined):
    with pytest.raises(UnknownAttribute):
        defined.read(list_member_attribute_values, ListMemberAttributeValues("C-1", "x"))


def test_two_who_state_values_at_once_leave_one_known(defined):
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda number: state(defined, ("height", str(number))), range(6)))
    [current] = defined.read(get_member_attributes, GetMemberAttributes("C-1")).values
    values = defined.read(list_member_attribute_values, ListMemberAttributeValues("C-1", "height")).values
    assert sorted(value.text for value in values) == ["0", "1", "2", "3", "4", "5"]
    assert [value for value in values if value.replaced_at is None] == [current]


def test_takes_as_many_statements_for_many_values_as_for_one(defined):
    def stated(text: str, *codes: str) -> SetMemberAttributes:
        return SetMemberAttributes("C-1", tuple(AttributeText(code, text) for code in codes))

    # Definitions, who, the member with their keys, what is known, what is new; the old ones end.
    assert defined.statements(set_member_attributes, stated("1", "height")) == 6
    assert defined.statements(set_member_attributes, stated("2", "height", "habits")) == 7
