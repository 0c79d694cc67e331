"""What the application needs from suppliers and what they deliver."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from domain.purchasing.supplier import Supplier, SupplierContact, SupplierPrice, SupplierProduct


@dataclass(frozen=True, slots=True)
class SupplierOffer:
    """What a supplier delivers, with the price in force on the day that was asked for; None for no price yet."""

    product: SupplierProduct
    price: SupplierPrice | None


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """An offer with the codes of its product and supplier, and the prices recorded last, newest first."""

    sku: str
    supplier_code: str
    currency: str
    offer: SupplierOffer
    history: Sequence[SupplierPrice] = ()


class Suppliers(Protocol):
    """The suppliers of the chain, what they deliver, and the history of their prices.

    Contacts are encrypted on their way to storage. Whoever puts has raised the version "suppliers" before reading.
    """

    def by_codes(self, codes: Collection[str]) -> Mapping[str, Supplier]:
        """The suppliers with these codes; what does not exist is absent."""

    def by_ids(self, supplier_ids: Collection[int]) -> Mapping[int, Supplier]:
        """The suppliers with these ids."""

    def put(self, suppliers: Sequence[tuple[Supplier, SupplierContact]]) -> None:
        """Creates or replaces suppliers."""

    def list_suppliers(
        self, *, code: str = "", after: str | None, limit: int
    ) -> Sequence[tuple[Supplier, SupplierContact]]:
        """Up to `limit` suppliers by code, those after `after`; with a `code` only that one."""

    def offers(self, supplier_id: int, sku_ids: Collection[int], *, on: date) -> Mapping[int, SupplierOffer]:
        """What a supplier delivers of these SKUs, by SKU id; what they do not deliver is absent."""

    def put_products(self, products: Sequence[SupplierProduct]) -> None:
        """Creates or replaces what suppliers deliver; one that is preferred takes that from every other supplier."""

    def add_prices(self, prices: Sequence[SupplierPrice]) -> None:
        """Adds prices to the history; none is ever changed."""

    def list_of_supplier(
        self, supplier_id: int, *, on: date, history_max: int, after: int | None, limit: int
    ) -> Sequence[ListedOffer]:
        """Up to `limit` of what a supplier delivers by SKU id, each with up to `history_max` prices."""

    def list_of_sku(
        self, sku_id: int, *, on: date, history_max: int, after: int | None, limit: int
    ) -> Sequence[ListedOffer]:
        """Up to `limit` suppliers of a SKU by supplier id, as `list_of_supplier`."""
