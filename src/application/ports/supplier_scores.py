"""What the application needs of suppliers' deliveries and score cards."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from domain.purchasing.supplier_score import SupplierFigures, SupplierScoreCard


class SupplierScores(Protocol):
    """What suppliers have delivered, summed over a period, and the score cards of months that are over.

    Periods are half-open. The cost of figures is that of the deliveries of the period, whatever came before.
    """

    def sent_at(self, order_id: int) -> datetime | None:
        """When the supplier was first sent an order; None for never."""

    def figures(
        self,
        supplier_ids: Collection[int],
        *,
        from_date: date,
        until: date,
        due_before: date,
        store_ids: Collection[int] | None,
    ) -> Mapping[int, SupplierFigures]:
        """The figures of these suppliers in some stores, None for all; who delivered and owed nothing is absent.

        What was promised from `from_date` on and before `due_before`, and is still to come of orders that were sent,
        counts as overdue.
        """

    def unscored(self, *, month: date, until: date, limit: int) -> Sequence[int]:
        """Up to `limit` suppliers with deliveries, or something overdue, in the month, and no card of it."""

    def add_cards(self, cards: Sequence[SupplierScoreCard]) -> None:
        """Keeps cards; none is ever changed."""

    def cards(self, supplier_id: int, *, before: date | None, limit: int) -> Sequence[SupplierScoreCard]:
        """Up to `limit` cards of a supplier, the latest months first, those before a month."""
