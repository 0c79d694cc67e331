"""A member gets one more card."""

from dataclasses import dataclass, replace
from typing import Final

from application.fields import optional_code, required_code
from application.membership.card_events import issue_cards, segments_by_cards
from application.membership.queries import found_id
from application.membership.register_member import CardTaken
from application.membership.views import MemberView, member_view
from application.ports.kernel import UnitOfWork
from application.ports.membership import MemberKey
from domain.membership.member import MemberKeyKind
from domain.shared.errors import NotFound, Rejected

CARDS_PER_MEMBER_MAX: Final = 20


class TooManyCards(Rejected):
    en = "This member has {count} cards; at most {count_max} are kept."
    zh = "该会员已有 {count} 张卡，最多 {count_max} 张。"


class UnknownCardType(NotFound):
    en = "The tier programme has no card type “{code}”. It has: {known}."
    zh = "会员等级方案中没有卡种“{code}”。可用：{known}。"


class CardNotForTier(Rejected):
    en = "Cards of the type “{code}” are for the tiers {tiers}; this member's tier is “{tier}”."
    zh = "卡种“{code}”适用于等级 {tiers}，该会员的等级为“{tier}”。"


@dataclass(frozen=True, slots=True)
class AddCard:
    """`card_type` is one of the tier programme; empty for a plain card."""

    member_key: str
    card: str
    card_type: str = ""


def add_card(uow: UnitOfWork, command: AddCard) -> MemberView:
    """Lets a member be found by one more card; giving a card that the member has already changes nothing.

    Raises UnknownMember, TooManyCards, and CardTaken, which names the member who has the card or had it; for a card
    with a type UnknownCardType and CardNotForTier.
    """
    card = required_code(command.card.strip(), field="card")
    card_type = optional_code(command.card_type, field="card_type")
    member_id = found_id(uow, command.member_key)
    if card_type:
        _check_type(uow, card_type, uow.members.locked(member_id).member.tier)
    return added_card(uow, member_id, card, field="card", card_type=card_type)


def _check_type(uow: UnitOfWork, code: str, tier: str) -> None:
    """Refuses a type that the tier programme does not have, and one that is not for members of this tier."""
    uow.refresh()
    stored = uow.chain.tier_programme
    types = {one.code: one for one in stored.programme.card_types} if stored else {}
    if code not in types:
        raise UnknownCardType("card_type", code=code, known=", ".join(types) or "-")
    if types[code].tiers and tier not in types[code].tiers:
        raise CardNotForTier("card_type", code=code, tiers=", ".join(types[code].tiers), tier=tier)


def added_card(uow: UnitOfWork, member_id: int, card: str, *, field: str, card_type: str = "") -> MemberView:
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
    issue_cards(uow, [(member_id, card)], card_type=card_type)
    member = segments_by_cards(uow, file.member) if card_type else file.member
    return member_view(uow, replace(file, member=member, cards=tuple(sorted([*file.cards, card]))))


def _holder(uow: UnitOfWork, text: str) -> str:
    card = uow.member_cards.find(text)
    assert card is not None
    return uow.members.locked(card.member_id).member.member_number
