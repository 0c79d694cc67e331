"""What happens to cards, as it is recorded."""

from collections.abc import Mapping, Sequence

from application.ports.kernel import UnitOfWork
from domain.membership.card import CardEvent, CardEventKind


def card_event(uow: UnitOfWork, member_id: int, text: str, kind: CardEventKind, reason: str = "") -> CardEvent:
    """An event of now, by the caller."""
    return CardEvent(uow.new_id(), member_id, text, kind, reason, uow.now, uow.caller.caller_id, uow.caller.staff_id)


def issue_cards(uow: UnitOfWork, cards: Sequence[tuple[int, str]]) -> Mapping[str, str]:
    """Hands out cards, each to a member; of those handed out before, the number of the member who has each."""
    return uow.member_cards.issue([card_event(uow, member_id, text, CardEventKind.ISSUED) for member_id, text in cards])
