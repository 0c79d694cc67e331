"""What the application needs to keep cards of members with what happened to them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.membership.card import Card, CardEvent


class MemberCards(Protocol):
    """All cards that were ever handed out. Only active ones are keys of their members, see `Members.add_keys`."""

    def find(self, text: str) -> Card | None:
        """The card with this text."""

    def locked(self, text: str) -> Card | None:
        """As `find`; nobody else changes the card until the end of this transaction."""

    def issue(self, events: Sequence[CardEvent]) -> Mapping[str, str]:
        """Adds active cards; of those that were handed out before, the number of the member who has each."""

    def holders(self, texts: Collection[str]) -> Mapping[str, str]:
        """Of those cards that were ever handed out, the number of the member who has or had each."""

    def active_types(self, member_id: int) -> Sequence[str]:
        """The types of the active cards of a member, each once, in ascending order."""

    def change(self, card: Card, event: CardEvent) -> None:
        """Writes what the card is now, and what made it so."""

    def events(self, member_id: int, *, after: tuple[datetime, int] | None, limit: int) -> Sequence[CardEvent]:
        """Up to `limit` events of a member's cards, the newest first, those before the instant and id of `after`."""
