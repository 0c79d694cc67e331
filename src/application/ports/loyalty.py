"""What the application needs from the points ledger."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol, TypeAlias

from application.loyalty.views import PointsEntryView, PointsFigures, PointsLiability
from application.ports.membership import MemberAccount
from application.ports.selection import Selection
from domain.loyalty.expiry import IssuedLot, Lapsed
from domain.loyalty.ledger import PointsAdjustment, PointsEntry, PointsLot
from domain.loyalty.reminding import Notice


@dataclass(slots=True)
class LockedPoints:
    """A member's locked account with the open lots, the debts, and those asked for by id even when they are empty.

    `lapsed` is what of those asked for has expired, by lot.
    """

    account: MemberAccount
    lots: list[PointsLot]
    lapsed: Mapping[int, Lapsed]


ExpiryKey: TypeAlias = tuple[date, int]
"""Where a lot stands in an expiry run: the first day on which it is worth nothing, member id."""


@dataclass(slots=True)
class ExpiredLots:
    """Lots whose members' accounts are locked, and where to go on; `next` is None when there are no more."""

    lots: list[IssuedLot]
    next: ExpiryKey | None


@dataclass(frozen=True, slots=True)
class ExpiringPoints:
    """What of a member's points expires on the date of a notice."""

    member_id: int
    points: int


@dataclass(slots=True)
class Noticed:
    """The next members of a notice; `done` when they are the last ones."""

    members: Sequence[ExpiringPoints]
    done: bool


class PointsByExpiry(NamedTuple):
    """Points of lots that are alike, less `owed` ones (0 or more): see PointsLot for the other fields."""

    expires_on: date | None
    free_on: date | None
    held_until: datetime | None
    points: int
    owed: int


class Until(NamedTuple):
    """Up to where entries count: posted at `at` or before, and booked on `on` or before."""

    at: datetime
    on: date


StatementKey: TypeAlias = tuple[datetime, int]
"""Where an entry stands in a statement: the instant of posting, id."""


class OpenLots(NamedTuple):
    """What lots hold that are not empty: how many they are, their points, and the liability that these carry."""

    currency: str
    lots: int
    points: int
    value_minor: int


class Points(Protocol):
    """Points accounts, lots and entries."""

    def lock(
        self, member_id: int, *, used_lot_ids: Sequence[int] = (), of_sale_id: int = 0, follow: bool = True
    ) -> LockedPoints:
        """Locks the account of an existing member, for a use case that moves points outside a batch.

        Also asked for are the lots that the used ones were held from, and those of the points that the sale
        `of_sale_id` had earned, whatever became of them. Empty lots that files merged into the member's left behind
        become theirs; without `follow` only those of the sale do, and the others are among the lots as the file's, for
        whoever puts points into one to let it follow.
        """

    def follow(self, lot: PointsLot, member_id: int) -> None:
        """Lets an empty lot that a merged file left behind be the member's to whom that file leads."""

    def debts(self, member_ids: Collection[int]) -> Mapping[int, list[PointsLot]]:
        """The lots below zero of members whose accounts are locked, by member; one statement for all of them."""

    def end_lots(self, member_id: int, *, on: date) -> None:
        """Lets whatever is left of a member's points be worth nothing from a date on; the expiry takes it out."""

    def lock_expired(self, *, by: date, at: datetime, start: ExpiryKey | None, limit: int) -> ExpiredLots:
        """Locks the accounts of up to `limit` open lots that are worth nothing on `by`, in the order of members' ids.

        `start` spares looking at what a run has been through already. A lot that others have emptied before its account
        was locked is left out, and so is what is held at the moment `at`.
        """

    def notices_done(self, *, after: date) -> Collection[Notice]:
        """The notices of dates after `after` that have come to all members."""

    def notice(self, notice: Notice, *, limit: int) -> Noticed:
        """Locks a notice, takes up to `limit` members from where it stands, and moves it on to behind them."""

    def by_expiry(self, member_id: int, *, until: Until | None) -> Sequence[PointsByExpiry]:
        """What of a member's points expires when, as of now or of then; all of it together is the balance."""

    def statement(
        self, member_id: int, *, until: Until | None, after: StatementKey | None, limit: int
    ) -> Sequence[tuple[StatementKey, PointsEntryView]]:
        """Up to `limit` entries, newest first, those older than `after`, with their keys."""

    def liability(self, store_ids: Sequence[int] | None) -> Sequence[PointsLiability]:
        """What is outstanding, by store in the order of their codes; None means the whole chain."""

    def adjustment(self, adjustment_id: int) -> PointsAdjustment | None: ...

    def is_reversed(self, adjustment_id: int) -> bool: ...

    def adjustment_entries(self, adjustment: PointsAdjustment) -> Sequence[PointsEntry]:
        """What an adjustment has moved, in the order of ids."""

    def figures(self, selection: Selection) -> Sequence[PointsFigures]:
        """What became of points in the period, by store in the order of their codes; stores without points left out."""

    def open_lots(self, on: date) -> Sequence[OpenLots]:
        """What the lots of the whole chain still held at the end of a business date, by currency."""
