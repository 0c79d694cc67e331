"""Files that may be one person's, with how alike they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import within
from application.membership.queries import found_id
from application.paging import InvalidPageToken, page, token_of
from application.ports.duplicates import Marks
from application.ports.kernel import UnitOfWork
from domain.membership.duplicate import Duplicate, Likeness, score

LOOKED_AT_MAX: Final = 2_000
"""How many members one page looks at, whether they have duplicates or not."""
INDEXED_AT_ONCE_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class FindDuplicateMembers:
    """Those of one member, or of all without a key."""

    member_key: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class DuplicatePage:
    """A page may be empty and have a next one all the same."""

    duplicates: Sequence[Duplicate]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class IndexMembers:
    """Members of before digests were kept, those after an id, up to so many."""

    after: int = 0
    members_max: int = INDEXED_AT_ONCE_MAX


@dataclass(frozen=True, slots=True)
class MembersIndexed:
    """How many, and after which to go on; None at the end."""

    members: int
    next: int | None


def find_duplicate_members(uow: UnitOfWork, query: FindDuplicateMembers) -> DuplicatePage:
    """Pairs of members who have the e-mail, or name and birthday in common, by digests that an index holds.

    Of three or more who are alike, each is paired with the one before: merging along the pairs makes them one. Raises
    UnknownMember.
    """
    if query.member_key:
        return _of_one(uow, query)
    asked = page(query.page_size, query.page_token, key=(str, str, int))
    likeness, after = _place(asked.after)
    rows = uow.duplicates.scan(likeness, after=after, limit=LOOKED_AT_MAX)
    # Where the page before ended between two who are alike, the first of them stands in the token.
    previous = uow.duplicates.of(after[1]) if after[1] else None
    if after[1] and previous is None:
        raise InvalidPageToken("page_token")
    found: list[Duplicate] = []
    last: Marks | None = None
    for row in rows:
        if previous is not None and (pair := _pair(previous, row, likeness)) is not None:
            found.append(pair)
        previous = last = row
        if len(found) == asked.limit:
            break
    if last is not None and (len(rows) == LOOKED_AT_MAX or last is not rows[-1]):
        return DuplicatePage(found, token_of((likeness.value, last.digests[likeness].hex(), last.member_id)))
    following = list(Likeness)[list(Likeness).index(likeness) + 1 :]
    return DuplicatePage(found, token_of((following[0].value, "", 0)) if following else "")


def index_members(uow: UnitOfWork, command: IndexMembers) -> MembersIndexed:
    """Makes the digests of members of before there were any, so that their duplicates are found."""
    within(command.members_max, 1, INDEXED_AT_ONCE_MAX, field="members_max")
    return MembersIndexed(*uow.duplicates.index(after=command.after, limit=command.members_max))


def _of_one(uow: UnitOfWork, query: FindDuplicateMembers) -> DuplicatePage:
    asked = page(query.page_size, query.page_token, key=(int,))
    marks = uow.duplicates.of(found_id(uow, query.member_key))
    assert marks is not None
    rows = uow.duplicates.like(marks, after=asked.after[0] if asked.after else 0, limit=asked.limit + 1)
    token = token_of((rows[asked.limit - 1].member_id,)) if len(rows) > asked.limit else ""
    return DuplicatePage([_duplicate(marks, row) for row in rows[: asked.limit]], token)


def _place(after: tuple[str, str, int] | None) -> tuple[Likeness, tuple[bytes, int]]:
    if after is None:
        return Likeness.EMAIL, (b"", 0)
    try:
        return Likeness(after[0]), (bytes.fromhex(after[1]), after[2])
    except ValueError:
        raise InvalidPageToken("page_token") from None


def _pair(one: Marks, other: Marks, likeness: Likeness) -> Duplicate | None:
    """The two as a pair if they are alike in this, unless they were found as one before."""
    pair = _duplicate(one, other)
    return pair if pair.alike and pair.alike[0] is likeness else None


def _duplicate(one: Marks, other: Marks) -> Duplicate:
    alike = tuple(
        [likeness for likeness in Likeness if one.digests.get(likeness, b"-") == other.digests.get(likeness, b"+")]
    )
    older, newer = sorted((one, other), key=lambda marks: marks.member_id)
    return Duplicate(older.member_number, newer.member_number, score(alike), alike)
