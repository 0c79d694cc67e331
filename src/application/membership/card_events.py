"""What happens to cards, as it is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from application.ports.kernel import UnitOfWork
from domain.membership.card import CardEvent, CardEventKind, segments_with_cards
from domain.membership.member import Member


def card_event(
    uow: UnitOfWork, member_id: int, text: str, kind: CardEventKind, reason: str = "", card_type: str = ""
) -> CardEvent:
    """An event of now, by the caller."""
    return CardEvent(
        uow.new_id(), member_id, text, kind, reason, uow.now, uow.caller.caller_id, uow.caller.staff_id, card_type
    )


def issue_cards(uow: UnitOfWork, cards: Sequence[tuple[int, str]], *, card_type: str = "") -> Mapping[str, str]:
    """Hands out cards, each to a member; of those handed out before, the number of the member who has each."""
    return uow.member_cards.issue(
        [card_event(uow, member_id, text, CardEventKind.ISSUED, card_type=card_type) for member_id, text in cards]
    )


def segments_by_cards(uow: UnitOfWork, member: Member) -> Member:
    """Puts a locked member into the segments of their active cards and out of those of others; the member as they are.

    Promotions follow with the next basket.
    """
    segments = segments_with_cards(member.segments, uow.member_cards.active_types(member.member_id))
    if segments != member.segments:
        uow.members.put_segments({member.member_id: segments})
    return replace(member, segments=segments)
