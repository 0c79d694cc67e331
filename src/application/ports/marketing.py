"""What the application needs from lucky draws and experience events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.marketing.draw import LuckyDraw
from domain.marketing.draw_ledger import DrawMember, DrawPlay, DrawPrize
from domain.marketing.experience_event import EventBooking, EventCount, ExperienceEvent


@dataclass(frozen=True, slots=True)
class StoredDraw:
    """A draw with what publishing has added: nothing of it for a draft. The seed is encrypted."""

    draw_id: int
    terms: LuckyDraw
    published_at: datetime | None = None
    seed_cipher: bytes = b""
    seed_commitment: bytes = b""
    terms_digest: bytes = b""
    publisher_id: int | None = None
    publisher_staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class DrawFigures:
    """How many plays there were, and what of the prizes is left, by position."""

    plays: int
    prizes: Sequence[DrawPrize]


@dataclass(frozen=True, slots=True)
class MemberPlays:
    """A member's tickets in a draw, and how often they have played on one day."""

    tickets: DrawMember
    plays_on_day: int


@dataclass(frozen=True, slots=True)
class SpentSale:
    """A stored document and what it comes to after everything that was taken back; `is_sale` tells it from a refund."""

    sale_id: int
    is_sale: bool
    store_id: int
    member_id: int | None
    channel: str
    currency: str
    sold_at: datetime
    left_minor: int


@dataclass(frozen=True, slots=True)
class ListedPlay:
    """A play with the member to whom its ticket was given (0 for a ticket that does not exist), and their number."""

    play: DrawPlay
    holder_id: int
    member_number: str


class Draws(Protocol):
    """Draws, tickets and plays.

    A use case that writes terms bumps the version "draws" first. One that moves a member's tickets has locked the
    member's points account before: it is the one row at which all that a member does waits.
    """

    def find(self, code: str) -> StoredDraw | None:
        """The draw with this code."""

    def seen(self, draw_id: int, store_ids: Collection[int]) -> bool:
        """Whether the draw may hold in one of these stores."""

    def put(self, draw: StoredDraw) -> None:
        """Creates or replaces a draw by id."""

    def open(self, draw: StoredDraw) -> None:
        """Makes the counts of a draw that is published now: no plays yet, and all its prizes."""

    def list_draws(self, store_ids: Collection[int] | None, *, after: str, limit: int) -> Sequence[StoredDraw]:
        """Up to `limit` draws by code, those after `after`; those that may hold in one of the stores, None for all."""

    def figures(self, draw_id: int) -> DrawFigures:
        """The counts of a published draw."""

    def lock(self, draw_id: int) -> DrawFigures:
        """As `figures`, with the draw locked: its plays come one after the other, those of other draws do not wait."""

    def member(self, draw_id: int, member_id: int) -> tuple[DrawMember, int]:
        """A member's tickets, and how many of them can be played."""

    def lock_member(self, draw_id: int, member_id: int, *, day: date | None = None) -> MemberPlays:
        """The rows of a member, locked; made when there are none. Without a day that of tickets only."""

    def next_ticket(self, draw_id: int, member_id: int) -> int | None:
        """The member's oldest ticket that was not used and whose sale still comes to what it was given for."""

    def claimed(self, draw_id: int, document_id: int) -> bool:
        """Whether a document has brought tickets of the draw."""

    def sale(self, sale_id: int) -> SpentSale | None:
        """A stored document with what is left of it."""

    def plays(self, draw_id: int, *, member_id: int | None = None, after: int, limit: int) -> Sequence[ListedPlay]:
        """Up to `limit` plays by number, those after `after`."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    event_id: int
    store_id: int
    terms: ExperienceEvent


class ExperienceEvents(Protocol):
    """Experience events and their seats. A use case that writes terms bumps the version "events" first."""

    def find(self, code: str) -> StoredEvent | None:
        """The event with this code; `taken` as it is now."""

    def put(self, event: StoredEvent) -> None:
        """Creates or replaces an event by id, with its seats."""

    def lock(self, event_id: int) -> EventCount:
        """The seats of an event, locked."""

    def booking(self, event_id: int, member_id: int) -> EventBooking:
        """Whether a member has a seat; made as none when there is none. The event is locked."""

    def seat_of_files(self, event_id: int, member_id: int) -> EventBooking | None:
        """The seat that a file merged into the member's has, if any; one that was checked in first."""

    def list_events(
        self,
        store_ids: Collection[int] | None,
        *,
        from_at: datetime | None,
        after: tuple[datetime, int] | None,
        limit: int,
    ) -> Sequence[StoredEvent]:
        """Up to `limit` events by their beginning and id, those after `after` that end later than `from_at`."""
