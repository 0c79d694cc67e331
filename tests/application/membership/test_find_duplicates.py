"""Files that may be one person's are found by what they have in common, page by page."""

import pytest

import application.membership.find_duplicates as finding
from application.membership.find_duplicates import (
    DuplicatePage,
    FindDuplicateMembers,
    IndexMembers,
    MembersIndexed,
    find_duplicate_members,
    index_members,
)
from application.membership.merge_members import MergeMembers, merge_members
from application.membership.queries import GetMember, get_member
from application.membership.register_member import RegisterMember, register_member
from application.membership.update_member import UpdateMember, update_member
from application.named_members import UnknownMember
from application.paging import InvalidPageToken, token_of
from domain.identity.organisation import SYSTEM
from domain.membership.duplicate import Likeness, likeness_text
from domain.shared.errors import Refusal
from tests.world import World

PEOPLE = (
    RegisterMember(card="P0", name="李 娜", birthday="1990-05-17", email="Li.Na@Example.com"),
    RegisterMember(card="P1", name="李娜", birthday="1990-05-17", email="li.na@example.com"),
    RegisterMember(card="P2", name="李娜", birthday="1990-05-17"),
    RegisterMember(card="P3", name="李娜", birthday="1990-05-18"),
    RegisterMember(card="P4", email="family@example.com"),
    RegisterMember(card="P5", email="family@example.com"),
    RegisterMember(card="P6", name="李娜"),
)
EXPECTED = [(0, 1, 100), (1, 2, 40), (4, 5, 60)]


@pytest.fixture
def people(world: World) -> World:
    for person in PEOPLE:
        world.do(register_member, person)
    return world


def numbers(world: World) -> list[str]:
    return [world.ask(get_member, GetMember(person.card)).member_number for person in PEOPLE]


def found(world: World, member_key: str = "", page_size: int = 0) -> list[tuple[int, int, int]]:
    """Pairs by their place in PEOPLE, with their score, of all pages."""
    places = {number: place for place, number in enumerate(numbers(world))}
    pairs, token = [], ""
    while True:
        page: DuplicatePage = world.ask(find_duplicate_members, FindDuplicateMembers(member_key, page_size, token))
        pairs += [(places[one.member_number], places[one.other_number], one.score) for one in page.duplicates]
        token = page.next_page_token
        if not token:
            return sorted(pairs)


@pytest.mark.capability("MEM-12")
@pytest.mark.parametrize(("page_size", "looked_at"), [(0, 2_000), (1, 2_000), (0, 1), (1, 2)])
def test_pairs_are_found_once_however_they_are_paged(
    people: World, page_size: int, looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "LOOKED_AT_MAX", looked_at)
    assert found(people, page_size=page_size) == EXPECTED


def test_those_of_one_member_are_found_with_what_they_have_in_common(people: World) -> None:
    assert found(people, "P1") == [(0, 1, 100), (1, 2, 40)]
    assert found(people, "P1", page_size=1) == [(0, 1, 100), (1, 2, 40)]
    assert found(people, "P3") == []
    [one] = people.ask(find_duplicate_members, FindDuplicateMembers("P5")).duplicates
    assert one.alike == (Likeness.EMAIL,)


def test_follows_what_is_known_and_leaves_merged_files_out(people: World) -> None:
    people.do(update_member, UpdateMember("P5", ("email",), email="mine@example.com"))
    assert found(people) == [(0, 1, 100), (1, 2, 40)]
    people.once(merge_members, MergeMembers("P0", "P1", "One person", "S1"), SYSTEM)
    assert [one.score for one in people.ask(find_duplicate_members, FindDuplicateMembers()).duplicates] == []
    assert [one.score for one in people.ask(find_duplicate_members, FindDuplicateMembers("P2")).duplicates] == [40]


def test_members_of_before_are_indexed_batch_by_batch(people: World) -> None:
    with people.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE members SET email_digest = NULL, person_digest = NULL")
    assert found(people) == []
    first: MembersIndexed = people.do(index_members, IndexMembers(members_max=3))
    assert (first.members, first.next is not None) == (3, True)
    assert people.do(index_members, IndexMembers(first.next or 0)) == MembersIndexed(3, None)
    assert found(people) == EXPECTED
    assert people.do(index_members, IndexMembers()) == MembersIndexed(0, None)


def test_refuses_a_token_of_another_list(people: World) -> None:
    wrong = [("nothing", "00", 1), ("email", "no digest", 1), ("email", "00", 404)]
    for token in [token_of(one) for one in wrong] + ["made up"]:
        with pytest.raises(InvalidPageToken):
            people.ask(find_duplicate_members, FindDuplicateMembers(page_token=token))
    with pytest.raises(Refusal) as refusal:
        people.ask(find_duplicate_members, FindDuplicateMembers("404"))
    assert refusal.value.field == UnknownMember("member_key").field


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("Li Na", "1990-05-17", ""), ("LI NA", "1990-05-17", ""), True),
        (("Li Na", "1990-05-17", ""), ("Li Na", "1990-05-18", ""), False),
        (("Li Na", "", ""), ("Li Na", "", ""), False),
    ],
)
def test_a_name_counts_with_its_birthday_only(
    one: tuple[str, str, str], other: tuple[str, str, str], alike: bool
) -> None:
    texts = [
        likeness_text(Likeness.NAME_AND_BIRTHDAY, name=name, birthday=birthday, email=email)
        for name, birthday, email in (one, other)
    ]
    assert (texts[0] == texts[1] != "") is alike
