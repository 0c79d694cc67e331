"""Gift cards are issued in batches, sold at the till, opened with their PIN to pay, and blocked."""

from dataclasses import dataclass, field
from typing import Final

from application.fields import Missing, optional_name, required_code, required_name, within
from application.gift_card_tokens import gift_card_token
from application.ports.kernel import UnitOfWork
from application.scope import open_store, store_in_scope, trading_day
from application.wallet.paying_in import check_pays_in
from application.wallet.views import GiftCardView, gift_card_view
from domain.finance.journal import JournalEntry, balanced
from domain.finance.stored_value_postings import gift_card_postings
from domain.identity.organisation import Store
from domain.identity.staff import checked_pin
from domain.pricing.coupon import masked, new_code, read_code
from domain.sales.sale import TenderKind
from domain.sales.tenders import check_reference
from domain.shared.errors import Forbidden, NotFound
from domain.wallet.gift_card import (
    OPEN_FOR,
    GiftCard,
    GiftCardBlocked,
    GiftCardEntry,
    GiftCardNotBlocked,
    GiftCardNotSold,
    GiftCardReason,
    check_face_value,
    new_pin,
    sell,
)

CARDS_AT_ONCE_MAX: Final = 1_000
DOCUMENT_KIND: Final = "gift_card"


class UnknownGiftCard(NotFound):
    en = "There is no such gift card. Check its code, letter by letter, or its id."
    zh = "没有此礼品卡，请逐字核对卡号或 card_id。"


class WrongGiftCardOrPin(Forbidden):
    """A card that does not exist is refused like a wrong PIN."""

    en = "The code or the PIN of the gift card is wrong. After five wrong PINs the card must be unblocked."
    zh = "礼品卡卡号或 PIN 错误。连续五次错误后须申请恢复。"


@dataclass(frozen=True, slots=True)
class IssueGiftCards:
    """`count` cards that are sold for `face_minor` each, in the currency of the store."""

    batch: str
    count: int
    face_minor: int
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class IssuedGiftCard:
    """A new card with what is printed on it, which nobody can read afterwards."""

    card_id: int
    code: str = field(repr=False)
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GiftCardsIssued:
    currency: str
    cards: list[IssuedGiftCard]


@dataclass(frozen=True, slots=True)
class SellGiftCard:
    """`amount_minor` is what was taken for it, which must be its face value."""

    code: str = field(repr=False)
    amount_minor: int
    tender: TenderKind
    reference: str = ""
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardSold:
    entry_id: int
    card: GiftCardView


@dataclass(frozen=True, slots=True)
class OpenGiftCard:
    code: str = field(repr=False)
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GiftCardOpened:
    """What the card holds, and the token with which it pays within a quarter of an hour."""

    card: GiftCardView
    gift_card_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BlockGiftCard:
    card_id: int
    reason: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class UnblockGiftCard:
    card_id: int
    reason: str
    store_code: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardState:
    card: GiftCardView


def issue_gift_cards(uow: UnitOfWork, command: IssueGiftCards) -> GiftCardsIssued:
    """Makes cards that are worth nothing until they are sold; codes of 130 random bits, PINs of six digits."""
    uow.refresh()
    required_code(command.batch, field="batch")
    within(command.count, 1, CARDS_AT_ONCE_MAX, field="count")
    check_face_value(command.face_minor, field="face_minor")
    store = store_in_scope(uow, command.store_code)
    made = []
    for card_id in uow.new_ids(command.count):
        code, pin = new_code(uow.secrets.new_token()), new_pin(uow.secrets.new_token())
        code_digest, pin_digest = uow.gift_cards.digests(card_id, code, pin)
        hint = masked(read_code(code))
        card = GiftCard(
            card_id, code_digest, pin_digest, hint, command.batch, store.currency, command.face_minor, 0, 0, 0, 0,
            uow.now,
        )  # fmt: skip
        uow.add(card, _entry(uow, card, store, GiftCardReason.ISSUED))
        made.append(IssuedGiftCard(card_id, code, pin))
    return GiftCardsIssued(store.currency, made)


def sell_gift_card(uow: UnitOfWork, command: SellGiftCard) -> GiftCardSold:
    """Takes the money for a card, which is owed to whoever holds it from now on: no revenue, no points.

    Raises TenderPaysNothingIn, UnknownGiftCard, UnknownStore, StoreClosed, and as `sell` and `check_reference`.
    """
    uow.refresh()
    check_pays_in(command.tender)
    check_reference(command.reference, field="reference")
    optional_name(command.reference, field="reference")
    check_face_value(command.amount_minor, field="amount_minor")
    store = open_store(uow, command.store_code)
    card = uow.gift_cards.lock_code(required_name(command.code, field="code"))
    if card is None:
        raise UnknownGiftCard("code")
    sell(card, amount_minor=command.amount_minor, currency=store.currency)
    entry = _entry(
        uow,
        card,
        store,
        GiftCardReason.SOLD,
        amount_minor=command.amount_minor,
        sold=1,
        tender=command.tender,
        reference=command.reference,
    )
    journal = JournalEntry(
        uow.new_id(), store.store_id, entry.business_date, store.currency, "", DOCUMENT_KIND, entry.entry_id, uow.now
    )
    amounts = gift_card_postings(tender=command.tender, paid_minor=command.amount_minor)
    uow.add(entry, journal, *balanced(journal.entry_id, amounts))
    uow.publish(
        "GiftCardSold",
        entry.entry_id,
        {
            "card_id": card.card_id,
            "store_id": store.store_id,
            "amount_minor": command.amount_minor,
            "currency": store.currency,
        },
    )
    card.balance_minor, card.sold = command.amount_minor, 1
    return GiftCardSold(entry.entry_id, gift_card_view(card))


def open_gift_card(uow: UnitOfWork, command: OpenGiftCard) -> GiftCardOpened:
    """Lets a card pay for a quarter of an hour; raises WrongGiftCardOrPin, GiftCardBlocked and GiftCardNotSold.

    Five wrong PINs in a row shut a card until it is unblocked. Attempts on one card wait for each other, so that many
    at once are no more than five either.
    """
    pin = checked_pin(command.pin, field="pin")
    card = uow.gift_cards.lock_code(required_name(command.code, field="code"))
    if card is None:
        raise WrongGiftCardOrPin("code")
    if card.shut:
        raise GiftCardBlocked("code", hint=card.hint)
    if not uow.gift_cards.is_pin(card, pin):
        uow.gift_cards.record_attempts(card.card_id, card.wrong_pins + 1)
        # The refusal undoes what is not committed, and an attempt that does not count is a guess for nothing.
        uow.commit()
        raise WrongGiftCardOrPin("code")
    if not card.sold:
        raise GiftCardNotSold("code", hint=card.hint)
    if card.wrong_pins:
        uow.gift_cards.record_attempts(card.card_id, 0)
        card.wrong_pins = 0
    token = gift_card_token(uow.keys, card.card_id, expires_at=uow.now + OPEN_FOR)
    return GiftCardOpened(gift_card_view(card), token)


def block_gift_card(uow: UnitOfWork, command: BlockGiftCard) -> GiftCardState:
    """A card that was lost or stolen pays no more; what is refunded still comes back to it. Raises GiftCardBlocked."""
    note, store, card = _named(uow, command)
    if card.blocked:
        raise GiftCardBlocked("card_id", hint=card.hint)
    uow.add(_entry(uow, card, store, GiftCardReason.BLOCKED, blocked=1, note=note))
    card.blocked = 1
    return GiftCardState(gift_card_view(card))


def unblock_gift_card(uow: UnitOfWork, command: UnblockGiftCard) -> GiftCardState:
    """The card pays again, and wrong PINs are forgotten; raises GiftCardNotBlocked where neither was the case."""
    note, store, card = _named(uow, command)
    if not card.shut:
        raise GiftCardNotBlocked("card_id", hint=card.hint)
    uow.add(_entry(uow, card, store, GiftCardReason.UNBLOCKED, blocked=-card.blocked, note=note))
    uow.gift_cards.record_attempts(card.card_id, 0)
    card.blocked = card.wrong_pins = 0
    return GiftCardState(gift_card_view(card))


def _named(uow: UnitOfWork, command: BlockGiftCard | UnblockGiftCard) -> tuple[str, Store, GiftCard]:
    note = required_name(command.reason, field="reason")
    if not command.card_id:
        raise Missing("card_id")
    uow.refresh()
    store = store_in_scope(uow, command.store_code)
    card = uow.gift_cards.lock([command.card_id]).get(command.card_id)
    if card is None:
        raise UnknownGiftCard("card_id")
    return note, store, card


def _entry(
    uow: UnitOfWork,
    card: GiftCard,
    store: Store,
    reason: GiftCardReason,
    *,
    amount_minor: int = 0,
    sold: int = 0,
    blocked: int = 0,
    tender: str = "",
    reference: str = "",
    note: str = "",
) -> GiftCardEntry:
    entry_id = uow.new_id()
    return GiftCardEntry(
        card_id=card.card_id,
        entry_id=entry_id,
        reason=reason,
        amount_minor=amount_minor,
        sold=sold,
        blocked=blocked,
        document_id=entry_id,
        tender_number=0,
        tender=tender,
        reference=reference,
        note=note,
        currency=card.currency,
        store_id=store.store_id,
        caller_id=uow.caller.caller_id,
        staff_id=uow.caller.staff_id,
        business_date=trading_day(uow, store),
        posted_at=uow.now,
    )
