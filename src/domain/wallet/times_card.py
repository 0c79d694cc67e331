"""Times cards: uses of a service that are paid for at once, used one by one, and revenue as they are used."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.shared.errors import Rejected
from domain.shared.money import divide


class UsesNotLeft(Rejected):
    en = "{uses_left} uses are left on this card, not {uses}. Ask for no more than are left."
    zh = "该卡剩余 {uses_left} 次，不足 {uses} 次，请不要超过剩余次数。"


class TimesCardOver(Rejected):
    en = "This card was valid until {expires_on}, that day not included. Use another one."
    zh = "该卡已于 {expires_on} 起失效，请使用其他卡。"


class TimesCardReason(StrEnum):
    SOLD = "sold"
    USED = "used"
    RETURNED = "returned"
    EXPIRED = "expired"
    MERGED = "merged"


@dataclass(slots=True)
class TimesCard:
    """The uses that one line of a sale has brought a member; `expires_on` is exclusive, None for no end.

    `value_left_minor` is the revenue that waits for the uses that are left, net of tax and of what points defer.
    """

    card_id: int
    member_id: int
    sku_id: int
    sale_id: int
    line_number: int
    currency: str
    store_id: int
    uses_total: int
    uses_left: int
    value_left_minor: int
    expires_on: date | None
    sold_at: datetime


@dataclass(slots=True)
class TimesCardEntry:
    """One movement of a card: uses and value above zero came, below zero went.

    `document_id` is the sale or refund that caused it, or the merge by which the card became another member's, which
    moves no uses; else the entry itself.
    """

    card_id: int
    entry_id: int
    reason: TimesCardReason
    uses: int
    value_minor: int
    document_id: int
    currency: str
    store_id: int
    caller_id: int
    staff_id: int | None
    business_date: date
    posted_at: datetime


def value_of_uses(card: TimesCard, uses: int, *, field: str) -> int:
    """What so many of the uses that are left are worth; the last ones take the rest, so that all uses are the whole.

    Raises UsesNotLeft.
    """
    if uses > card.uses_left:
        raise UsesNotLeft(field, uses_left=card.uses_left, uses=uses)
    if uses == card.uses_left:
        return card.value_left_minor
    return divide(card.value_left_minor * uses, card.uses_left)


def check_valid(card: TimesCard, *, on: date, field: str) -> None:
    """Raises TimesCardOver for a card that holds no longer on a day."""
    if card.expires_on is not None and on >= card.expires_on:
        raise TimesCardOver(field, expires_on=card.expires_on.isoformat())
