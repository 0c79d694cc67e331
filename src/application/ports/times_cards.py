"""What the application needs from times cards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.wallet.times_card import TimesCard


@dataclass(frozen=True, slots=True)
class ListedTimesCard:
    """A card with what it is for."""

    card: TimesCard
    sku: str
    name: str


class TimesCards(Protocol):
    """Times cards; a card is locked before it is moved."""

    def lock_of_member(self, member_id: int, sku: str, *, currency: str, valid_on: date) -> Sequence[TimesCard]:
        """A member's cards for a SKU and currency with uses left on a day, locked; what expires first comes first."""

    def lock(self, card_id: int, member_id: int) -> TimesCard | None:
        """This card of a member, locked."""

    def lock_of_sale(self, sale_id: int) -> Sequence[TimesCard]:
        """The cards that a sale has brought, locked in the order of its lines."""

    def lock_usable(self, member_id: int) -> Sequence[TimesCard]:
        """A member's cards with uses left, over or not, locked in the order of ids."""

    def lock_brought(self, member_id: int, *, document_id: int) -> Sequence[TimesCard]:
        """The cards of a member that a merge has brought, used up or not, locked in the order of ids."""

    def give(self, card_ids: Collection[int], member_id: int) -> None:
        """Makes locked cards those of another member."""

    def lock_expired(self, *, by: date, limit: int) -> Sequence[TimesCard]:
        """Up to `limit` cards with uses left that hold no longer on a day, those that nobody else locks."""

    def move(self, cards: Sequence[TimesCard]) -> None:
        """Writes the uses and the value that are left on locked cards."""

    def list_of(self, member_id: int, *, after: int, limit: int) -> Sequence[ListedTimesCard]:
        """Up to `limit` cards of a member by id, those after `after`; those that merged files used up are theirs."""
