"""Questions about gift cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from application.fields import required_code
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.wallet.gift_cards import UnknownGiftCard
from application.wallet.views import GiftCardEntryView, GiftCardView, gift_card_view


@dataclass(frozen=True, slots=True)
class ListGiftCards:
    batch: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardPage:
    cards: Sequence[GiftCardView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GetGiftCard:
    card_id: int
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardStatement:
    card: GiftCardView
    entries: Sequence[GiftCardEntryView]
    next_page_token: str


def list_gift_cards(uow: UnitOfWork, query: ListGiftCards) -> GiftCardPage:
    """The cards of a batch by id, without their codes."""
    asked = page(query.page_size, query.page_token, key=(int,))
    required_code(query.batch, field="batch")
    after = asked.after[0] if asked.after else 0
    rows = uow.gift_cards.list_cards(query.batch, after=after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda card: (card.card_id,))
    return GiftCardPage([gift_card_view(card) for card in rows[: asked.limit]], token)


def get_gift_card(uow: UnitOfWork, query: GetGiftCard) -> GiftCardStatement:
    """A card with its movements in whatever store, newest first; they sum to its balance."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    card = uow.gift_cards.card(query.card_id)
    if card is None:
        raise UnknownGiftCard("card_id")
    rows = uow.gift_cards.statement(card.card_id, after=asked.after, limit=asked.limit + 1)
    return GiftCardStatement(
        gift_card_view(card),
        [entry for _, entry in rows[: asked.limit]],
        next_token(rows, asked.limit, lambda row: row[0]),
    )
