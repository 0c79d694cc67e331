"""A member's card: issued, blocked and unblocked, replaced once and for all."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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
    """A card as handed out. Only an active one leads to its member; `reason` says why another does not."""

    member_id: int
    text: str
    state: CardState
    reason: str = ""


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
