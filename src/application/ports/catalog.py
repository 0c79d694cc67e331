"""What the application needs from the catalogue."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from application.catalog.entries import ProductEntry
from domain.catalog.product import Category, Product, Unit


@dataclass(frozen=True, slots=True)
class StoredProduct:
    """A product as it stands, with its barcodes in ascending order."""

    product: Product
    barcodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedCategory:
    """A category below `parent_code`, with the version at which it last changed."""

    changed_version: int
    category_id: int
    code: str
    parent_code: str


@dataclass(frozen=True, slots=True)
class ChangedProduct:
    """A product with the version at which it or one of its prices last changed."""

    changed_version: int
    sku_id: int
    product: ProductEntry
    unit_decimals: int


class Catalog(Protocol):
    """Categories, units, products and barcodes.

    What is put replaces what stands under the same id. Whoever puts has raised the version before reading, so that
    nobody else changes the catalogue until this transaction ends.
    """

    def categories(self) -> Sequence[Category]:
        """Every category, by code."""

    def put_categories(self, categories: Sequence[Category], *, version: int) -> None:
        """Creates or replaces categories; a parent stands before its children."""

    def changed_categories(self, *, after: tuple[int, int], limit: int) -> Sequence[ChangedCategory]:
        """Up to `limit` categories that changed after a version and id, in the order of both."""

    def units(self) -> Sequence[Unit]:
        """Every unit of measure, by code."""

    def put_units(self, units: Sequence[Unit]) -> None:
        """Creates or replaces units."""

    def stored_products(self, skus: Collection[str]) -> Mapping[str, StoredProduct]:
        """The products with these SKUs; what does not exist is absent."""

    def sku_ids(self, skus: Collection[str]) -> Mapping[str, int]:
        """The ids of these SKUs; what does not exist is absent."""

    def skus(self, sku_ids: Collection[int]) -> Mapping[int, str]:
        """The SKUs with these ids; what does not exist is absent."""

    def category_ids(self, skus: Collection[str]) -> Mapping[str, int]:
        """The categories of these SKUs; what does not exist is absent."""

    def barcode_holders(self, barcodes: Collection[str]) -> Mapping[str, str]:
        """The SKU that has each of these barcodes; those that nobody has are absent."""

    def weighed_item_holders(self, weighed_item_codes: Collection[str]) -> Mapping[str, str]:
        """The SKU that has each of these weighed-item codes; those that nobody has are absent."""

    def put_products(self, products: Sequence[StoredProduct], *, version: int) -> None:
        """Creates or replaces products with their barcodes, which may move from one of them to another."""

    def mark_products_changed(
        self,
        *,
        category_ids: Collection[int] = (),
        unit_ids: Collection[int] = (),
        price_list_ids: Collection[int] = (),
        version: int,
    ) -> None:
        """Lets everybody who keeps products of these categories, units or price lists in memory read them again."""

    def changed_products(self, *, after: tuple[int, int], limit: int) -> Sequence[ChangedProduct]:
        """Up to `limit` products that changed after a version and id, in the order of both."""

    def product(self, *, sku: str = "", barcode: str = "", weighed_item_code: str = "") -> ProductEntry | None:
        """The one product with this SKU, barcode or weighed-item code."""

    def list_products(
        self, *, category_ids: Collection[int] | None, after: str | None, limit: int
    ) -> Sequence[ProductEntry]:
        """Up to `limit` products in the order of their SKUs, those after `after`; None means all categories."""
