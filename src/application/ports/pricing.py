"""What the application needs to price a basket, and to set prices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.catalog.product import Product
from domain.pricing.price_list import Price, PriceList
from domain.pricing.tax import Tax


@dataclass(frozen=True, slots=True)
class PricedProduct:
    """A product with all its prices on all lists; `unit_decimals` says how fine its quantity may be."""

    product: Product
    unit_code: str
    unit_decimals: int
    prices: Sequence[Price]


@dataclass(frozen=True, slots=True)
class PricedProducts:
    """The products asked for, as of one version; what does not exist is absent."""

    version: int
    by_sku: Mapping[str, PricedProduct]
    by_barcode: Mapping[str, PricedProduct]
    by_weighed_item_code: Mapping[str, PricedProduct]


class Pricing(Protocol):
    """Products with their prices, kept in memory and renewed when their version moves on."""

    def products(
        self, *, skus: Collection[str] = (), barcodes: Collection[str] = (), weighed_item_codes: Collection[str] = ()
    ) -> PricedProducts:
        """The products by SKU, barcode and weighed-item code; only those not in memory cost a query."""

    def price_lists(self) -> Sequence[PriceList]:
        """Every price list as stored, by code; whoever sells uses those of the chain's snapshot."""

    def put_price_lists(self, price_lists: Sequence[PriceList]) -> None:
        """Creates or replaces price lists."""

    def stored_prices(self, price_list_id: int, sku_ids: Collection[int]) -> Sequence[Price]:
        """The prices of these SKUs on one list."""

    def put_prices(self, prices: Sequence[Price], *, version: int) -> None:
        """Creates or replaces prices by list, SKU, quantity and start; readers renew their products at `version`."""

    def taxes(self) -> Sequence[Tax]:
        """Every tax as stored, by code."""

    def put_taxes(self, taxes: Sequence[Tax]) -> None:
        """Creates or replaces taxes."""
