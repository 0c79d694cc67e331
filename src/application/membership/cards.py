"""A card is lost, found again, or replaced."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from application.fields import required_code, required_name
from application.membership.add_card import added_card
from application.membership.card_events import card_event, segments_by_cards
from application.membership.queries import found_id
from application.membership.views import MemberView, member_view
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberKey
from application.scope import who
from domain.membership.card import Card, CardEventKind, CardState, state_after
from domain.membership.member import MemberKeyKind
from domain.shared.errors import Invalid, NotFound


class UnknownCard(NotFound):
    en = "No card with this text was ever handed out."
    zh = "没有发放过此会员卡。"


class SameCard(Invalid):
    en = "A card cannot replace itself. Scan the new card."
    zh = "不能用同一张卡更换自身，请扫描新卡。"


@dataclass(frozen=True, slots=True)
class BlockCard:
    card: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnblockCard:
    card: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReplaceCard:
    card: str
    new_card: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListCardEvents:
    member_key: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CardEventView:
    """`by` is the code of the member of staff, terminal or service."""

    card: str
    kind: CardEventKind
    reason: str
    at: datetime
    by: str
    card_type: str = ""


@dataclass(frozen=True, slots=True)
class CardEventPage:
    events: Sequence[CardEventView]
    next_page_token: str


def block_card(uow: UnitOfWork, command: BlockCard) -> MemberView:
    """The card leads to nobody from now on, and says why; raises UnknownCard, CardBlocked and CardReplaced."""
    return _happened(uow, command.card, CardEventKind.BLOCKED, command.reason)[1]


def unblock_card(uow: UnitOfWork, command: UnblockCard) -> MemberView:
    """The card leads to its member again; raises UnknownCard, CardNotBlocked and CardReplaced."""
    return _happened(uow, command.card, CardEventKind.UNBLOCKED, command.reason)[1]


def replace_card(uow: UnitOfWork, command: ReplaceCard) -> MemberView:
    """The member gets another card; the old one, blocked or not, never leads to anybody again.

    The new card is of the type of the old one. Raises UnknownCard, CardReplaced, SameCard, and CardTaken for a new card
    that was handed out before.
    """
    if command.card.strip() == command.new_card.strip():
        raise SameCard("new_card")
    new_card = required_code(command.new_card.strip(), field="new_card")
    card, _ = _happened(uow, command.card, CardEventKind.REPLACED, command.reason)
    return added_card(uow, card.member_id, new_card, field="new_card", card_type=card.card_type)


def list_card_events(uow: UnitOfWork, query: ListCardEvents) -> CardEventPage:
    """What happened to the cards of a member, the newest first; raises UnknownMember."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    after = (asked.after[0], asked.after[1]) if asked.after else None
    events = uow.member_cards.events(found_id(uow, query.member_key), after=after, limit=asked.limit + 1)
    token = next_token(events, asked.limit, lambda event: (event.at, event.event_id))
    views = [
        CardEventView(
            event.text,
            event.kind,
            event.reason,
            event.at,
            who(uow, caller_id=event.caller_id, staff_id=event.staff_id),
            event.card_type,
        )
        for event in events[: asked.limit]
    ]
    return CardEventPage(views, token)


def _happened(uow: UnitOfWork, text: str, kind: CardEventKind, reason: str) -> tuple[Card, MemberView]:
    """Changes a card as an event does, and whether it leads to its member; the card, and its member."""
    text = required_code(text.strip(), field="card")
    reason = required_name(reason, field="reason")
    found = uow.member_cards.find(text)
    if found is None:
        raise UnknownCard("card")
    # The member first, as everywhere, then the card, which may have changed meanwhile.
    file = uow.members.locked(found.member_id)
    card = uow.member_cards.locked(text)
    assert card is not None
    state = state_after(card, kind, field="card")
    key = MemberKey(card.member_id, MemberKeyKind.CARD, text)
    cards = set(file.cards)
    if state is CardState.ACTIVE:
        uow.members.add_keys([key])
        cards.add(text)
    elif card.state is CardState.ACTIVE:
        uow.members.remove_keys([key])
        cards.remove(text)
    why = "" if state is CardState.ACTIVE else reason
    changed = replace(card, state=state, reason=why)
    uow.member_cards.change(changed, card_event(uow, card.member_id, text, kind, reason))
    member = segments_by_cards(uow, file.member) if card.card_type else file.member
    return changed, member_view(uow, replace(file, member=member, cards=tuple(sorted(cards))))
