"""A member's card: issued, blocked and unblocked, replaced once and for all."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.shared.errors import Rejected


class CardBlocked(Rejected):
    en = "This card is blocked: {reason}. Unblock it, or replace it."
    zh = "该会员卡已挂失/冻结：{reason}。请解除或换卡。"


class CardReplaced(Rejected):
    en = "This card was replaced by another one: {reason}. Ask for the new card, or for the phone."
    zh = "该会员卡已更换：{reason}。请出示新卡或手机号。"


class CardNotBlocked(Rejected):
    en = "This card is not blocked."
    zh = "该会员卡未被冻结。"


class CardState(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    REPLACED = "replaced"


class CardEventKind(StrEnum):
    ISSUED = "issued"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Card:
    """A card as handed out. Only an active one leads to its member; `reason` says why another does not.

    One with a `card_type` puts its member into the segment of that type for as long as it is active.
    """

    member_id: int
    text: str
    state: CardState
    reason: str = ""
    card_type: str = ""


@dataclass(frozen=True, slots=True)
class CardEvent:
    """What happened to a card, by whom and why; the caller is 0 for the system."""

    event_id: int
    member_id: int
    text: str
    kind: CardEventKind
    reason: str
    at: datetime
    caller_id: int
    staff_id: int | None
    card_type: str = ""


CARD_SEGMENT: Final = "card:"
"""How the segments begin into which cards put their members, and nobody else does."""


def segment_of_card_type(card_type: str) -> str:
    """The segment of the members who hold an active card of this type, as promotions name it."""
    return CARD_SEGMENT + card_type


def segments_with_cards(segments: Iterable[str], card_types: Iterable[str]) -> tuple[str, ...]:
    """The segments of a member who holds active cards of these types, in ascending order; other segments stay."""
    others = {segment for segment in segments if not segment.startswith(CARD_SEGMENT)}
    return tuple(sorted(others | {segment_of_card_type(one) for one in card_types}))


def state_after(card: Card, kind: CardEventKind, *, field: str) -> CardState:
    """What the card is after an event; raises CardBlocked, CardReplaced or CardNotBlocked for one that cannot be."""
    if card.state is CardState.REPLACED:
        raise CardReplaced(field, reason=card.reason)
    if kind is CardEventKind.REPLACED:
        return CardState.REPLACED
    if kind is CardEventKind.UNBLOCKED:
        if card.state is not CardState.BLOCKED:
            raise CardNotBlocked(field)
        return CardState.ACTIVE
    if card.state is CardState.BLOCKED:
        raise CardBlocked(field, reason=card.reason)
    return CardState.BLOCKED if kind is CardEventKind.BLOCKED else CardState.ACTIVE


def refuse_unless_active(card: Card, *, field: str) -> None:
    """Says why a card leads to nobody; raises CardBlocked or CardReplaced."""
    if card.state is CardState.BLOCKED:
        raise CardBlocked(field, reason=card.reason)
    if card.state is CardState.REPLACED:
        raise CardReplaced(field, reason=card.reason)
