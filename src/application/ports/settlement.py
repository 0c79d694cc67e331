"""What the application needs to settle between stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeAlias

from domain.finance.paid_in import PaidIn, PaidInLedger, ValueEntry
from domain.finance.settlement import PointsUse, Settlement, SettlementMovement, SettlementPair

PairKey: TypeAlias = tuple[str, int, int]
"""Where a pair stands in a statement: currency, debtor, creditor."""


@dataclass(frozen=True, slots=True)
class Window:
    """Entries that a settlement may take: posted from an instant on, with business dates up to a last one."""

    since: datetime
    to_date: date


class Settlements(Protocol):
    """Settlements between stores, and the entries that await one."""

    def last(self) -> Settlement | None:
        """The settlement with the latest period."""

    def of_period(self, to_date: date) -> Settlement | None:
        """The settlement of the period that ends on this date."""

    def settlement(self, settlement_id: int) -> Settlement | None:
        """The settlement with this id."""

    def points_uses(self, window: Window) -> Sequence[PointsUse]:
        """Points that paid (in sales, for rewards, captured) or came back, all of each document, and those of other
        stores that were taken back, taken by hand or used to repay; in no settlement so far.
        """

    def card_movements(self, window: Window, *, settlement_id: int) -> Sequence[SettlementMovement]:
        """What gift cards paid in other stores than the one that sold them, and times cards were used for, by entry.

        In no settlement so far.
        """

    def returns(self, window: Window, *, settlement_id: int) -> Sequence[SettlementMovement]:
        """Refunds in other stores than those that had sold, in no settlement so far, by their ids."""

    def value_entries(self, window: Window) -> Sequence[ValueEntry]:
        """Entries of stored value in no settlement so far.

        What was paid in or handed on is there whatever its business date: it may be spent where it is earlier.
        """

    def paid_in(self, entries: Sequence[ValueEntry]) -> Sequence[PaidIn]:
        """What earlier settlements have left of what the members of these entries have paid in."""

    def settled_sales(self, document_ids: Sequence[int]) -> Sequence[SettlementMovement]:
        """The stored-value movements of these sales, refunds included, that earlier settlements hold."""

    def record_paid_in(self, ledger: PaidInLedger) -> None:
        """Stores the payments in that the ledger has changed."""

    def pairs(
        self, settlement_id: int, *, store_ids: Sequence[int] | None, after: PairKey | None, limit: int
    ) -> Sequence[SettlementPair]:
        """Up to `limit` pairs in the order of their keys, those after `after`; one of the two is in `store_ids`."""
