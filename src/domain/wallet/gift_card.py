"""Gift cards: a balance for whoever holds the card and its PIN, moved by entries only."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.shared.errors import Invalid, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

PIN_DIGITS: Final = 6
WRONG_PINS_MAX: Final = 5
"""After so many wrong PINs in a row a card opens no more, until somebody unblocks it."""
OPEN_FOR: Final = timedelta(minutes=15)
"""How long a card may pay once it was opened with its PIN."""


class InvalidFaceValue(Invalid):
    en = "The amount of a gift card must be above zero and below {limit}, in minor units."
    zh = "礼品卡金额必须大于零且小于 {limit}（最小货币单位）。"


class NotItsFaceValue(Invalid):
    en = "This card is sold for {face}, not {asked}, in minor units."
    zh = "此卡售价为 {face}，而不是 {asked}（最小货币单位）。"


class GiftCardSoldBefore(Rejected):
    en = "Gift card {hint} has been sold already. Take another one."
    zh = "礼品卡 {hint} 已售出，请换一张。"


class GiftCardNotSold(Rejected):
    en = "Gift card {hint} has not been sold yet. Sell it first (SellGiftCard)."
    zh = "礼品卡 {hint} 尚未售出，请先售卡（SellGiftCard）。"


class GiftCardBlocked(Rejected):
    en = "Gift card {hint} is blocked. Ask for it to be unblocked, or pay otherwise."
    zh = "礼品卡 {hint} 已停用。请申请恢复，或使用其他付款方式。"


class GiftCardNotBlocked(Rejected):
    en = "Gift card {hint} is not blocked, so there is nothing to unblock."
    zh = "礼品卡 {hint} 未停用，无需恢复。"


class GiftCardOfAnotherCurrency(Rejected):
    en = "Gift card {hint} is in {currency}. Use it in a store that sells in that."
    zh = "礼品卡 {hint} 的币种为 {currency}，请在使用该币种的门店使用。"


class InsufficientGiftCard(Rejected):
    en = "Gift card {hint} holds {balance}, not {asked}, in minor units."
    zh = "礼品卡 {hint} 余额为 {balance}，不足 {asked}（最小货币单位）。"


class GiftCardReason(StrEnum):
    ISSUED = "issued"
    SOLD = "sold"
    SPENT = "spent"
    SPEND_REVERSED = "spend_reversed"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


@dataclass(slots=True)
class GiftCard:
    """A card; only entries move `balance_minor`, `sold` and `blocked`, which are 0 or 1.

    `face_minor` is what it is sold for. The code is stored as a keyed digest, the PIN as another one, which the card's
    id goes into; `hint` is the end of the code. `wrong_pins` counts those since the last right one.
    """

    card_id: int
    code_digest: bytes
    pin_digest: bytes
    hint: str
    batch: str
    currency: str
    face_minor: int
    balance_minor: int
    sold: int
    blocked: int
    wrong_pins: int
    issued_at: datetime

    @property
    def shut(self) -> bool:
        """Whether nobody can open it: it was blocked, or too many wrong PINs were tried."""
        return bool(self.blocked) or self.wrong_pins >= WRONG_PINS_MAX


@dataclass(slots=True)
class GiftCardEntry:
    """One movement of a card.

    `document_id` is the sale, refund or void that caused it, else the entry itself, and `tender_number` the tender of
    the sale that it was, 0 otherwise. `tender` and `reference` tell how a card was paid for.
    """

    card_id: int
    entry_id: int
    reason: GiftCardReason
    amount_minor: int
    sold: int
    blocked: int
    document_id: int
    tender_number: int
    tender: str
    reference: str
    note: str
    currency: str
    store_id: int
    caller_id: int
    staff_id: int | None
    business_date: date
    posted_at: datetime


def check_face_value(amount_minor: int, *, field: str) -> None:
    """Raises InvalidFaceValue."""
    if not 0 < amount_minor < AMOUNT_MINOR_MAX:
        raise InvalidFaceValue(field, limit=AMOUNT_MINOR_MAX)


def sell(card: GiftCard, *, amount_minor: int, currency: str) -> None:
    """Makes a card worth its face value, once; raises what is wrong with it."""
    if card.currency != currency:
        raise GiftCardOfAnotherCurrency("code", hint=card.hint, currency=card.currency)
    if card.blocked:
        raise GiftCardBlocked("code", hint=card.hint)
    if card.sold:
        raise GiftCardSoldBefore("code", hint=card.hint)
    if amount_minor != card.face_minor:
        raise NotItsFaceValue("amount_minor", face=card.face_minor, asked=amount_minor)


def check_pays(card: GiftCard, *, amount_minor: int, currency: str, field: str) -> None:
    """Refuses a payment that the card cannot make."""
    if card.currency != currency:
        raise GiftCardOfAnotherCurrency(field, hint=card.hint, currency=card.currency)
    if not card.sold:
        raise GiftCardNotSold(field, hint=card.hint)
    if card.shut:
        raise GiftCardBlocked(field, hint=card.hint)
    if amount_minor > card.balance_minor:
        raise InsufficientGiftCard(field, hint=card.hint, balance=card.balance_minor, asked=amount_minor)


def new_pin(secret: str) -> str:
    """A PIN of PIN_DIGITS digits out of a random secret."""
    return f"{int.from_bytes(hashlib.sha256(secret.encode()).digest(), 'big') % 10**PIN_DIGITS:0{PIN_DIGITS}d}"
