"""Gift cards at the till: what they pay of a sale, and what of it comes back to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from application.gift_card_tokens import opened_card
from application.ports.kernel import UnitOfWork
from application.ports.privacy import Keys
from application.sales.origins import Origin
from application.sales.tender import Tender
from application.transactor import Call
from domain.sales.sale import Sale, SaleTender, TenderKind
from domain.shared.errors import Invalid
from domain.wallet.gift_card import GiftCard, GiftCardEntry, GiftCardReason, check_pays


class GiftCardTokenMissing(Invalid):
    en = "A gift card pays with the token of OpenGiftCard. Send gift_card_token."
    zh = "礼品卡付款须提供 OpenGiftCard 返回的令牌，请填写 gift_card_token。"


class NotAGiftCard(Invalid):
    en = "gift_card_token goes with the tender kind GIFT_CARD only."
    zh = "只有 GIFT_CARD 付款方式可以填写 gift_card_token。"


class GiftCardTenderedTwice(Invalid):
    en = "This gift card is among the tenders twice. Put what it pays into one."
    zh = "同一张礼品卡出现两次，请合并为一项付款。"


@dataclass(frozen=True, slots=True)
class GiftCardPaid:
    """What a card pays of a sale, as its tender with this number."""

    card: GiftCard
    tender_number: int
    amount_minor: int


def opened_cards(keys: Keys, tenders: Sequence[Tender], *, at: datetime) -> dict[int, int]:
    """The card of each tender that is one, by the place of the tender.

    Raises NotAGiftCard, GiftCardTokenMissing, GiftCardTenderedTwice, InvalidGiftCardToken and GiftCardTokenExpired.
    """
    found: dict[int, int] = {}
    for index, tender in enumerate(tenders):
        if tender.kind is not TenderKind.GIFT_CARD:
            if tender.gift_card_token:
                raise NotAGiftCard(f"tenders[{index}].gift_card_token")
            continue
        field = f"tenders[{index}].gift_card_token"
        if not tender.gift_card_token:
            raise GiftCardTokenMissing(field)
        card_id = opened_card(keys, tender.gift_card_token, at=at, field=field)
        if card_id in found.values():
            raise GiftCardTenderedTwice(field)
        found[index] = card_id
    return found


def lock_gift_cards(uow: UnitOfWork, sales: Iterable[Mapping[int, int]]) -> Mapping[int, GiftCard]:
    """Locks the cards of all sales of a batch, after everything else; without any nothing is asked of the database."""
    wanted = {card_id for cards in sales for card_id in cards.values()}
    return uow.gift_cards.lock(wanted) if wanted else {}


def pay_by_gift_cards(
    tenders: list[Tender], opened: Mapping[int, int], cards: Mapping[int, GiftCard], *, currency: str
) -> list[GiftCardPaid]:
    """What each card pays, as long as it holds so much; the tenders get the end of its code as their reference."""
    paid = []
    for index, card_id in opened.items():
        card, tender = cards[card_id], tenders[index]
        check_pays(card, amount_minor=tender.amount_minor, currency=currency, field=f"tenders[{index}].amount_minor")
        tenders[index] = replace(tender, reference=card.hint)
        paid.append(GiftCardPaid(card, index + 1, tender.amount_minor))
    return paid


def take_from_gift_cards(uow: UnitOfWork, paid: Sequence[GiftCardPaid], call: Call[Any], sale: Sale) -> None:
    """Takes it from the cards, so that the next sale of the batch finds less, and records the movements."""
    for one in paid:
        caller = call.caller.caller_id, call.caller.staff_id
        _move(uow, one.card, -one.amount_minor, one.tender_number, GiftCardReason.SPENT, sale, caller)


def give_gift_cards_back(
    uow: UnitOfWork, origins: Mapping[int, Origin], tenders: Sequence[SaleTender], sale: Sale
) -> int:
    """Returns what the negative `tenders` of a refund give back to the cards that paid; how much that is in all.

    `origins` tell by which tender of which sale they had paid, by the number of the tender.
    """
    back = [tender for tender in tenders if tender.kind is TenderKind.GIFT_CARD]
    if not back:
        return 0
    paid = uow.gift_cards.entries_of(sorted({origins[tender.tender_number].sale_id for tender in back}))
    by_tender = {Origin(entry.document_id, entry.tender_number): entry.card_id for entry in paid}
    cards = uow.gift_cards.lock({by_tender[origins[tender.tender_number]] for tender in back})
    caller = uow.caller.caller_id, uow.caller.staff_id
    for tender in back:
        card = cards[by_tender[origins[tender.tender_number]]]
        _move(uow, card, -tender.amount_minor, tender.tender_number, GiftCardReason.SPEND_REVERSED, sale, caller)
    return -sum(tender.amount_minor for tender in back)


def _move(
    uow: UnitOfWork,
    card: GiftCard,
    amount_minor: int,
    tender_number: int,
    reason: GiftCardReason,
    sale: Sale,
    caller: tuple[int, int | None],
) -> None:
    card.balance_minor += amount_minor
    caller_id, staff_id = caller
    uow.add(
        GiftCardEntry(
            card_id=card.card_id,
            entry_id=uow.new_id(),
            reason=reason,
            amount_minor=amount_minor,
            sold=0,
            blocked=0,
            document_id=sale.sale_id,
            tender_number=tender_number,
            tender="",
            reference="",
            note="",
            currency=card.currency,
            store_id=sale.store_id,
            caller_id=caller_id,
            staff_id=staff_id,
            business_date=sale.business_date,
            posted_at=sale.stored_at,
        )
    )
