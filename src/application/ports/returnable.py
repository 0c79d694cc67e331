"""What the application needs to show what of a sale may still come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from application.ports.sales import SoldProduct
from application.sales.views import SaleSummary
from domain.sales.sale import SaleLine, SaleTender


@dataclass(slots=True)
class StoredReturnable:
    """A sale with its lines and tenders, and those of everything that has taken it back; products by SKU id."""

    store_id: int
    change_minor: int
    summary: SaleSummary
    lines: list[SaleLine]
    tenders: list[SaleTender]
    returned_lines: list[SaleLine]
    returned_tenders: list[SaleTender]
    products: Mapping[int, SoldProduct]
    tip_minor: int = 0


class Returnables(Protocol):
    def returnables(self, sale_ids: Sequence[int]) -> Sequence[StoredReturnable]:
        """Those of the documents with these ids that are sales, of any store, in the order of `sale_ids`.

        Four statements, however many are asked for.
        """
