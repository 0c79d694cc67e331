"""Gift cards in SQL."""

from collections.abc import Collection, Mapping, Sequence
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update

from adapters.sql.reading import Statement
from adapters.sql.statements import any_of
from adapters.sql.tables.wallet import gift_card_entries as entries
from adapters.sql.tables.wallet import gift_cards as cards
from adapters.sql.transaction import Transaction
from application.ports import wallet as ports
from application.ports.wallet import StatementKey
from application.wallet.views import GiftCardEntryView
from domain.pricing.coupon import read_code
from domain.sales.sale import TenderKind
from domain.wallet.gift_card import GiftCard, GiftCardEntry, GiftCardReason

_CARD_ID: Final = bindparam("card_id", type_=cards.c.card_id.type)
_LOCK: Final = (
    select(cards).where(any_of(cards.c.card_id, "card_ids")).order_by(cards.c.card_id).with_for_update(key_share=True)
)
_LOCK_CODE: Final = select(cards).where(cards.c.code_digest == bindparam("code_digest")).with_for_update(key_share=True)
_CARD: Final = select(cards).where(cards.c.card_id == _CARD_ID)
_OF_BATCH: Final = (
    select(cards)
    .where(cards.c.batch == bindparam("batch"), cards.c.card_id > bindparam("after", type_=cards.c.card_id.type))
    .order_by(cards.c.card_id)
    .limit(bindparam("limit"))
)
_ATTEMPTS: Final = update(cards).where(cards.c.card_id == bindparam("this_card_id"))
_OF_DOCUMENTS: Final = select(entries).where(any_of(entries.c.document_id, "document_ids")).order_by(entries.c.entry_id)
_STATEMENT: Final = Statement(entries, entries.c.card_id)


class GiftCards(ports.GiftCards):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, card_ids: Collection[int]) -> Mapping[int, GiftCard]:
        rows = self._transaction.execute(_LOCK, {"card_ids": sorted(card_ids)})
        return {row.card_id: _card(row) for row in rows}

    def lock_code(self, code: str) -> GiftCard | None:
        digest = self._transaction.keys.digest("gift_card", read_code(code))
        row = self._transaction.execute(_LOCK_CODE, {"code_digest": digest}).one_or_none()
        return None if row is None else _card(row)

    def digests(self, card_id: int, code: str, pin: str) -> tuple[bytes, bytes]:
        return self._transaction.keys.digest("gift_card", read_code(code)), self._pin_digest(card_id, pin)

    def is_pin(self, card: GiftCard, pin: str) -> bool:
        return compare_digest(self._pin_digest(card.card_id, pin), bytes(card.pin_digest))

    def record_attempts(self, card_id: int, wrong_pins: int) -> None:
        self._transaction.execute(_ATTEMPTS.values(wrong_pins=wrong_pins), {"this_card_id": card_id})

    def card(self, card_id: int) -> GiftCard | None:
        row = self._transaction.execute(_CARD, {"card_id": card_id}).one_or_none()
        return None if row is None else _card(row)

    def list_cards(self, batch: str, *, after: int, limit: int) -> Sequence[GiftCard]:
        found = self._transaction.execute(_OF_BATCH, {"batch": batch, "after": after, "limit": limit})
        return [_card(row) for row in found]

    def entries_of(self, document_ids: Collection[int]) -> Sequence[GiftCardEntry]:
        rows = self._transaction.execute(_OF_DOCUMENTS, {"document_ids": sorted(document_ids)})
        return [GiftCardEntry(**{**row._mapping, "reason": GiftCardReason(row.reason)}) for row in rows]

    def statement(
        self, card_id: int, *, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, GiftCardEntryView]]:
        rows = _STATEMENT.page(self._transaction, card_id, after=after, limit=limit)
        return [
            (
                key,
                GiftCardEntryView(
                    entry_id=row.entry_id,
                    reason=GiftCardReason(row.reason),
                    amount_minor=row.amount_minor,
                    document_id=row.document_id,
                    tender=TenderKind(row.tender) if row.tender else None,
                    note=row.note,
                    store_code=row.store_code,
                    business_date=row.business_date.isoformat(),
                    posted_at=row.posted_at,
                ),
            )
            for key, row in rows
        ]

    def _pin_digest(self, card_id: int, pin: str) -> bytes:
        return self._transaction.keys.digest("gift_card_pin", f"{card_id}:{pin}")


def _card(row: Row[Any]) -> GiftCard:
    return GiftCard(**row._mapping)
