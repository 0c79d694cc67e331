"""What the application needs to see how stored sales came to their prices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from application.ports.sales import SalesKey
from application.ports.selection import Selection
from domain.pricing.facts import StoredLine
from domain.pricing.promotion import Promotion
from domain.sales.facts import SaleFacts
from domain.sales.sale import Sale, SaleLine
from domain.shared.applied import given_by


@dataclass(frozen=True, slots=True)
class PricedProduct:
    """A product that was sold, as it is called and sorted now."""

    sku: str
    name: str
    category_id: int
    brand: str
    supplier_code: str
    tags: tuple[str, ...]


@dataclass(slots=True)
class PricedSale:
    """A stored document with what it was priced from, if its lines do not say it all.

    `products` are by SKU id. `promotions` are those that concerned the basket, with their terms of that time. `tier` is
    that of the member as they are now, None without a member.
    """

    sale: Sale
    lines: list[SaleLine]
    products: Mapping[int, PricedProduct]
    facts: SaleFacts | None
    promotions: Sequence[Promotion]
    tier: str | None

    def stored_lines(self) -> list[StoredLine]:
        """The lines as pricing sees them."""
        return [stored_line(line, self.products[line.sku_id].sku) for line in self.lines]

    def bought_lines(self) -> list[StoredLine]:
        """The lines that were priced; gifts, which pricing itself added behind them, are left out."""
        return [line for line in self.stored_lines() if not given_by(line.discounts)]


def stored_line(line: SaleLine, sku: str) -> StoredLine:
    """A line of a document as pricing sees it."""
    return StoredLine(
        line.line_number,
        sku,
        line.quantity_milli,
        line.unit_price_minor,
        line.gross_minor,
        line.discount_minor,
        line.net_minor,
        line.tax_minor,
        line.total_minor,
        line.discounts,
        line.taxes,
    )


class PricedSales(Protocol):
    """Stored documents with what they were priced from, read without a lock."""

    def get(self, sale_id: int) -> PricedSale | None:
        """The document with this id, in whichever store."""

    def reversals(self, sale_id: int) -> Sequence[PricedSale]:
        """The refunds and voids of a sale, oldest first."""

    def by_receipt(self, receipt_number: str, *, terminal_code: str, on: date) -> int | None:
        """The id of the terminal's document with this receipt number, of its store and a business date."""

    def page(
        self, selection: Selection, *, after: SalesKey | None, limit: int, sales_only: bool
    ) -> Sequence[tuple[SalesKey, PricedSale]]:
        """Up to `limit` documents, newest first, those older than `after`; `sales_only` leaves out what took back.

        The cost depends on the limit, not on how far back the page lies.
        """
