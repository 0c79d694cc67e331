"""What the application needs from the ledgers of stored value and of gift cards."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

from application.wallet.views import GiftCardEntryView, StoredValueEntryView
from domain.wallet.gift_card import GiftCard, GiftCardEntry
from domain.wallet.stored_value import StoredValueAccount, StoredValueEntry

AccountKey: TypeAlias = tuple[int, str]
"""Member and currency."""
StatementKey: TypeAlias = tuple[datetime, int]
"""Where an entry stands in a statement: the instant of posting, id."""


class StoredValue(Protocol):
    """Accounts of stored value and their entries.

    Accounts are locked after everything else that a sale locks, in the order of member and currency.
    """

    def lock(self, member_ids: Collection[int]) -> Mapping[AccountKey, StoredValueAccount]:
        """Locks all accounts that these members have, in one statement; one that was never filled is absent."""

    def opened(self, member_id: int, currency: str) -> StoredValueAccount:
        """As `lock`, for one account, which is made with zero where it is missing."""

    def accounts(self, member_id: int) -> Sequence[StoredValueAccount]:
        """A member's accounts as they are now, by currency; nothing is locked."""

    def entries_of(self, document_ids: Collection[int]) -> Sequence[StoredValueEntry]:
        """What these sales, refunds and voids have moved."""

    def statement(
        self, member_id: int, *, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, StoredValueEntryView]]:
        """Up to `limit` entries, newest first, those older than `after`, with their keys."""


class GiftCards(Protocol):
    """Gift cards and their entries. Cards are locked after stored value, in the order of their ids."""

    def lock(self, card_ids: Collection[int]) -> Mapping[int, GiftCard]:
        """Locks these cards in one statement; one that does not exist is absent."""

    def lock_code(self, code: str) -> GiftCard | None:
        """Locks the card with this code, however it was keyed in."""

    def digests(self, card_id: int, code: str, pin: str) -> tuple[bytes, bytes]:
        """How the code and the PIN of a card are stored."""

    def is_pin(self, card: GiftCard, pin: str) -> bool:
        """Whether this is the card's PIN; takes as long whichever digit is wrong."""

    def record_attempts(self, card_id: int, wrong_pins: int) -> None:
        """How many wrong PINs in a row have been tried on a locked card."""

    def card(self, card_id: int) -> GiftCard | None:
        """The card as it is now; nothing is locked."""

    def list_cards(self, batch: str, *, after: int, limit: int) -> Sequence[GiftCard]:
        """Up to `limit` cards of a batch by id, those after `after`."""

    def entries_of(self, document_ids: Collection[int]) -> Sequence[GiftCardEntry]:
        """What these sales, refunds and voids have moved."""

    def statement(
        self, card_id: int, *, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, GiftCardEntryView]]:
        """Up to `limit` entries of a card, newest first, those older than `after`, with their keys."""
