"""A member gets one more card."""

from dataclasses import dataclass, replace
from typing import Final

from application.fields import required_code
from application.membership.queries import UnknownMember, checked_key
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

    Raises UnknownMember, TooManyCards, and CardTaken, which names the member who has the card.
    """
    member_key = checked_key(command.member_key)
    card = required_code(command.card.strip(), field="card")
    file = uow.members.find(member_key)
    if file is None:
        raise UnknownMember("member_key")
    if card in file.cards:
        return member_view(uow, file)
    if len(file.cards) >= CARDS_PER_MEMBER_MAX:
        raise TooManyCards("card", count=len(file.cards), count_max=CARDS_PER_MEMBER_MAX)
    # Another member's number or phone is found before a card of the same text, so the card would lead to them.
    holder = uow.members.find(card)
    if holder is not None and holder.member.member_id != file.member.member_id:
        raise CardTaken("card", member_number=holder.member.member_number)
    for number in uow.members.add_keys([MemberKey(file.member.member_id, MemberKeyKind.CARD, card)]).values():
        raise CardTaken("card", member_number=number)
    return member_view(uow, replace(file, cards=tuple(sorted([*file.cards, card]))))
