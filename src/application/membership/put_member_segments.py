"""Marketing puts members into segments, for whom promotions can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import NamedTwice, TooMany, at_most, required_code
from application.membership.queries import UnknownMember, checked_key
from application.ports.kernel import UnitOfWork

MEMBERS_PER_REQUEST_MAX: Final = 1_000
SEGMENTS_PER_MEMBER_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class MemberSegments:
    """A member, by number, phone or card, with all the segments that they are in; none takes them out of all."""

    member_key: str
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PutMemberSegments:
    members: tuple[MemberSegments, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberSegmentsPut:
    """Of how many members the segments were different before."""

    changed: int


def put_member_segments(uow: UnitOfWork, command: PutMemberSegments) -> MemberSegmentsPut:
    """Replaces the segments of up to 1,000 members, all or none; their next basket is priced with them.

    Raises UnknownMember, and NamedTwice for a member who stands in the request twice, under whatever keys.
    """
    at_most(command.members, MEMBERS_PER_REQUEST_MAX, field="members")
    keys = [
        checked_key(entry.member_key, field=f"members[{index}].member_key")
        for index, entry in enumerate(command.members)
    ]
    ids = uow.members.ids(keys)
    segments: dict[int, tuple[str, ...]] = {}
    for index, (key, entry) in enumerate(zip(keys, command.members, strict=True)):
        member_id = ids.get(key)
        if member_id is None:
            raise UnknownMember(f"members[{index}].member_key")
        if member_id in segments:
            raise NamedTwice(f"members[{index}].member_key", code=key)
        segments[member_id] = _checked(entry.segments, f"members[{index}].segments")
    return MemberSegmentsPut(uow.members.put_segments(segments))


def _checked(segments: Sequence[str], field: str) -> tuple[str, ...]:
    if len(segments) > SEGMENTS_PER_MEMBER_MAX:
        raise TooMany(field, count=len(segments), count_max=SEGMENTS_PER_MEMBER_MAX)
    for index, segment in enumerate(segments):
        required_code(segment, field=f"{field}[{index}]")
    # Named twice it is still one segment.
    return tuple(sorted(set(segments)))
