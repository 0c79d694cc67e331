"""Stored value and gift cards as they are shown; fields are those of the messages of the same names in the contract."""

from dataclasses import dataclass
from datetime import datetime

from domain.sales.sale import TenderKind
from domain.wallet.gift_card import GiftCard, GiftCardReason
from domain.wallet.stored_value import StoredValueReason


@dataclass(slots=True)
class StoredValueBalance:
    """What a member holds in one currency; `balance_minor` is the sum of principal and bonus."""

    currency: str
    balance_minor: int
    principal_minor: int
    bonus_minor: int
    frozen: bool


@dataclass(slots=True)
class StoredValueEntryView:
    """A movement of stored value; `tender` is None unless money went over the counter."""

    entry_id: int
    currency: str
    reason: StoredValueReason
    principal_minor: int
    bonus_minor: int
    document_id: int
    tender: TenderKind | None
    note: str
    store_code: str
    business_date: str
    posted_at: datetime


@dataclass(slots=True)
class GiftCardView:
    """A card without its code: `hint` is the end of it. `wrong_pins` are those since the last right one."""

    card_id: int
    hint: str
    batch: str
    currency: str
    face_minor: int
    balance_minor: int
    sold: bool
    blocked: bool
    wrong_pins: int


@dataclass(slots=True)
class GiftCardEntryView:
    """A movement of a card; `tender` is None unless the card was paid for."""

    entry_id: int
    reason: GiftCardReason
    amount_minor: int
    document_id: int
    tender: TenderKind | None
    note: str
    store_code: str
    business_date: str
    posted_at: datetime


def gift_card_view(card: GiftCard) -> GiftCardView:
    """A card as it is shown."""
    return GiftCardView(
        card.card_id,
        card.hint,
        card.batch,
        card.currency,
        card.face_minor,
        card.balance_minor,
        sold=bool(card.sold),
        blocked=bool(card.blocked),
        wrong_pins=card.wrong_pins,
    )
