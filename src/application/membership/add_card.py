"""A member gets one more card."""

from dataclasses import dataclass, replace
from typing import Final

from application.fields import required_code
from application.membership.card_events import issue_cards
from application.membership.queries import found_id
from application.membership.register_member import CardTaken
from application.membership.views import MemberView, member_view
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberKey
from domain.membership.member import MemberKeyKind
from domain.shared.errors import Rejected

CARDS_PER_MEMBER_MAX: Final = 20


class TooManyCards(Rejected):
    en = "This member has {count} cards; at most {count_max} are kept."
    zh = "该会员已有 {count} 张卡，最多 {count_max} 张。"


@dataclass(frozen=True, slots=True)
class AddCard:
    member_key: str
    card: str


def add_card(uow: UnitOfWork, command: AddCard) -> MemberView:
    """Lets a member be found by one more card; giving a card that the member has already changes nothing.

    Raises UnknownMember, TooManyCards, and CardTaken, which names the member who has the card or had it.
    """
    card = required_code(command.card.strip(), field="card")
    return added_card(uow, found_id(uow, command.member_key), card, field="card")


def added_card(uow: UnitOfWork, member_id: int, card: str, *, field: str) -> MemberView:
    """As `add_card` for a member who is known; `field` names the card."""
    file = uow.members.locked(member_id)
    if card in file.cards:
        return member_view(uow, file)
    if len(file.cards) >= CARDS_PER_MEMBER_MAX:
        raise TooManyCards(field, count=len(file.cards), count_max=CARDS_PER_MEMBER_MAX)
    if uow.member_cards.find(card) is not None:
        # It is blocked or was replaced, or somebody else has it.
        raise CardTaken(field, member_number=_holder(uow, card))
    # Another member's number or phone is found before a card of the same text, so the card would lead to them.
    holder = uow.members.find(card)
    if holder is not None and holder.member.member_id != file.member.member_id:
        raise CardTaken(field, member_number=holder.member.member_number)
    for number in uow.members.add_keys([MemberKey(file.member.member_id, MemberKeyKind.CARD, card)]).values():
        raise CardTaken(field, member_number=number)
    issue_cards(uow, [(member_id, card)])
    return member_view(uow, replace(file, cards=tuple(sorted([*file.cards, card]))))


def _holder(uow: UnitOfWork, text: str) -> str:
    card = uow.member_cards.find(text)
    assert card is not None
    return uow.members.locked(card.member_id).member.member_number
