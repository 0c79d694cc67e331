"""Marketing puts members into segments, for whom promotions can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import NamedTwice, TooMany, at_most, required_code
from application.membership.queries import UnknownMember, checked_key
from application.ports.kernel import UnitOfWork
from domain.membership.card import CARD_SEGMENT
from domain.shared.errors import Invalid

MEMBERS_PER_REQUEST_MAX: Final = 1_000
SEGMENTS_PER_MEMBER_MAX: Final = 100


class SegmentOfCard(Invalid):
    en = "“{segment}” is the segment of a card. Hand the card out or block it; leave the segment out here."
    zh = "“{segment}”是会员卡对应的分群，请通过发卡或冻结卡来调整，此处不要填写。"


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

    Those of cards stay. Raises UnknownMember, SegmentOfCard, and NamedTwice for a member who stands in the request
    twice, under whatever keys.
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
    return MemberSegmentsPut(uow.members.put_segments(segments, keeping=CARD_SEGMENT))


def _checked(segments: Sequence[str], field: str) -> tuple[str, ...]:
    if len(segments) > SEGMENTS_PER_MEMBER_MAX:
        raise TooMany(field, count=len(segments), count_max=SEGMENTS_PER_MEMBER_MAX)
    for index, segment in enumerate(segments):
        required_code(segment, field=f"{field}[{index}]")
        if segment.startswith(CARD_SEGMENT):
            raise SegmentOfCard(f"{field}[{index}]", segment=segment)
    # Named twice it is still one segment.
    return tuple(sorted(set(segments)))
