"""How a movement of a times card is recorded, whoever causes it."""

from datetime import date, datetime
from typing import Final

from application.ports.kernel import UnitOfWork
from domain.finance.journal import JournalEntry, balanced
from domain.finance.times_card_postings import times_card_postings
from domain.identity.organisation import Caller
from domain.wallet.times_card import TimesCard, TimesCardEntry, TimesCardReason

DOCUMENT_KIND: Final = "times_card"
TOPIC: Final = "TimesCardMoved"


def record_movement(
    uow: UnitOfWork,
    card: TimesCard,
    reason: TimesCardReason,
    *,
    uses: int,
    value_minor: int,
    store_id: int,
    on: date,
    at: datetime,
    caller: Caller,
    document_id: int = 0,
) -> TimesCardEntry:
    """Adds an entry with what it posts and its event; the card itself is moved by whoever calls, who has locked it."""
    entry_id, journal_id = uow.new_ids(2)
    entry = TimesCardEntry(
        card_id=card.card_id,
        entry_id=entry_id,
        reason=reason,
        uses=uses,
        value_minor=value_minor,
        document_id=document_id or entry_id,
        currency=card.currency,
        store_id=store_id,
        caller_id=caller.caller_id,
        staff_id=caller.staff_id,
        business_date=on,
        posted_at=at,
    )
    journal = JournalEntry(journal_id, store_id, on, card.currency, "", DOCUMENT_KIND, entry_id, at)
    postings = times_card_postings(value_minor=value_minor, expired=reason is TimesCardReason.EXPIRED)
    uow.add(entry, journal, *balanced(journal_id, postings))
    uow.publish(
        TOPIC,
        entry_id,
        {
            "card_id": card.card_id,
            "member_id": card.member_id,
            "reason": reason.value,
            "uses": uses,
            "store_id": store_id,
        },
    )
    return entry
