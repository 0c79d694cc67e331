"""Gift cards for tests: issued by head office, sold at a till, opened with their PINs."""

from typing import Any

from application.sales.tender import Tender
from application.wallet.gift_card_queries import GetGiftCard, get_gift_card
from application.wallet.gift_cards import (
    IssuedGiftCard,
    IssueGiftCards,
    OpenGiftCard,
    SellGiftCard,
    issue_gift_cards,
    open_gift_card,
    sell_gift_card,
)
from domain.sales.sale import TenderKind
from tests.world import World


def issue(world: World, count: int = 1, face_minor: int = 10_000) -> list[IssuedGiftCard]:
    """Cards that nobody has bought yet."""
    made: list[IssuedGiftCard] = world.do(issue_gift_cards, IssueGiftCards("XMAS", count, face_minor, "S1")).cards
    return made


def sold(world: World, count: int = 1, face_minor: int = 10_000) -> list[IssuedGiftCard]:
    """Cards that were paid for in cash."""
    cards = issue(world, count, face_minor)
    for card in cards:
        world.do(sell_gift_card, SellGiftCard(card.code, face_minor, TenderKind.CASH), world.s1)
    return cards


def open_card(world: World, card: IssuedGiftCard, pin: str = "") -> Any:
    return world.do(open_gift_card, OpenGiftCard(card.code, pin or card.pin), world.s1)


def paid_by(world: World, card: IssuedGiftCard, amount_minor: int) -> Tender:
    """A tender of a card that has just been opened."""
    token = open_card(world, card).gift_card_token
    return Tender(TenderKind.GIFT_CARD, amount_minor, gift_card_token=token)


def balance(world: World, card: IssuedGiftCard) -> int:
    found: int = world.ask(get_gift_card, GetGiftCard(card.card_id)).card.balance_minor
    return found
