"""What the application needs of the ledger of tips; its counters are those of promotions (`PromotionUses`)."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple, Protocol

from domain.sales.tip import TipEntry


class TipsOfDay(NamedTuple):
    """Tips that a store was given on a business date, voids taken off, and what it paid out, in minor units."""

    given_minor: int
    paid_out_minor: int


class Tips(Protocol):
    def of_document(self, document_id: int) -> TipEntry | None:
        """What a sale, void or cash movement did; None for nothing."""

    def by_staff(self, document_ids: Collection[int]) -> Mapping[int, int]:
        """The tips given with these documents, voids taken off, by member of staff, 0 for nobody."""

    def of_day(self, store_id: int, on: date) -> TipsOfDay:
        """The tips of a store on a business date; the cost is that of the entries of that day."""
