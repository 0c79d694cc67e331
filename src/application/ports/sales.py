"""What the application needs to sell and to take back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from application.ports.membership import MemberAccount
from domain.inventory.stock import StockLevel
from domain.loyalty.ledger import PointsEntry, PointsLot
from domain.sales.sale import Sale, SaleLine, SaleTender


@dataclass(slots=True)
class SaleNeeds:
    """What a batch of sales must load and lock: member keys as given, of them those who redeem, and stock keys."""

    member_keys: set[str] = field(default_factory=set)
    redeeming_keys: set[str] = field(default_factory=set)
    stock_keys: set[tuple[int, int]] = field(default_factory=set)


@dataclass(slots=True)
class SaleState:
    """What was loaded and locked; decisions change these objects so that the next command of the batch sees them.

    `lots` holds, for redeeming members, the open lots, first expiring first. The two versions are those in force in
    this transaction.
    """

    chain_version: int
    price_version: int
    members: Mapping[str, MemberAccount]
    lots: dict[int, list[PointsLot]]
    levels: Mapping[tuple[int, int], StockLevel]


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """What a receipt and a reversal need to know of a product that was sold."""

    sku: str
    name: str
    unstocked: bool


@dataclass(slots=True)
class StoredSale:
    """A stored document with everything that its reversal needs; points entries by id, products by SKU id."""

    sale: Sale
    lines: list[SaleLine]
    tenders: list[SaleTender]
    points_entries: list[PointsEntry]
    products: Mapping[int, SoldProduct]


class Sales(Protocol):
    """Sales, refunds and voids."""

    def load(self, needs: SaleNeeds) -> SaleState:
        """Locks members' points accounts by id, then stock levels by (location, SKU), in one round trip.

        Levels that do not exist yet are created as zero. An unknown member key is absent from the result.
        """

    def lock_document(self, sale_id: int) -> Sequence[StoredSale] | None:
        """The sale and all its refunds and voids, oldest first, the sale locked; None when it does not exist."""
