"""What the application needs to price a basket, and to set prices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from application.catalog.entries import ProductEntry
from domain.catalog.product import Product
from domain.pricing.plug_in import PlugIn
from domain.pricing.price_book import Article
from domain.pricing.price_list import Price, PriceList
from domain.pricing.promotion import FestivalDay, Promotion
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.tax import Tax


@dataclass(frozen=True, slots=True)
class PricedProduct:
    """A product with all its prices on all lists; `unit_decimals` says how fine its quantity may be.

    `article` is what the price book needs of it.
    """

    product: Product
    unit_code: str
    unit_decimals: int
    prices: Sequence[Price]
    article: Article = field(init=False, compare=False)

    def __post_init__(self) -> None:
        product = self.product
        article = Article(
            product.sku,
            product.category_id,
            product.tax_category,
            self.prices,
            product.brand,
            product.supplier_code,
            product.tags,
            product.launch,
        )
        object.__setattr__(self, "article", article)


@dataclass(frozen=True, slots=True)
class PricedProducts:
    """The products asked for, as of one version; what does not exist is absent."""

    version: int
    by_sku: Mapping[str, PricedProduct]
    by_barcode: Mapping[str, PricedProduct]
    by_weighed_item_code: Mapping[str, PricedProduct]


@dataclass(frozen=True, slots=True)
class ChangedPromotion:
    """A promotion with the version at which it last changed."""

    changed_version: int
    promotion: Promotion


@dataclass(frozen=True, slots=True)
class BookPrice:
    """A price of one product on the list with this code; fields as in PriceEntry."""

    price_list_code: str
    unit_price_minor: int
    quantity_from_milli: int
    valid_from: datetime | None
    valid_until: datetime | None
    minimum_unit_price_minor: int = 0


@dataclass(frozen=True, slots=True)
class BookProduct:
    """A product as a store prices it: with its prices on the lists that can apply there."""

    product: ProductEntry
    unit_decimals: int
    prices: Sequence[BookPrice]


class Pricing(Protocol):
    """Products with their prices, kept in memory and renewed when their version moves on."""

    def products(
        self, *, skus: Collection[str] = (), barcodes: Collection[str] = (), weighed_item_codes: Collection[str] = ()
    ) -> PricedProducts:
        """The products by SKU, barcode and weighed-item code; only those not in memory cost a query."""

    @property
    def plug_ins(self) -> Mapping[str, PlugIn]:
        """The kinds of benefit that installed packages add, by name."""

    def promotion_book(self) -> PromotionBook:
        """Every promotion at one version, kept in memory."""

    def festivals(self, on: date) -> tuple[FestivalDay, ...]:
        """How far the day is from each festival of the Chinese calendar that any condition may reach."""

    def price_lists(self) -> Sequence[PriceList]:
        """Every price list as stored, by code; whoever sells uses those of the chain's snapshot."""

    def put_price_lists(self, price_lists: Sequence[PriceList]) -> None:
        """Creates or replaces price lists."""

    def stored_prices(self, price_list_id: int, sku_ids: Collection[int]) -> Sequence[Price]:
        """The prices of these SKUs on one list."""

    def prices_on(self, price_list_ids: Collection[int], sku_ids: Collection[int]) -> Mapping[int, Sequence[Price]]:
        """The prices of these SKUs on these lists, by SKU; one without any is absent."""

    def put_prices(self, prices: Sequence[Price], *, version: int) -> None:
        """Creates or replaces prices by list, SKU, quantity and start; readers renew their products at `version`."""

    def promotions(self, codes: Collection[str]) -> Mapping[str, Promotion]:
        """The promotions with these codes as stored; what does not exist is absent."""

    def count_promotions(self) -> int: ...

    def put_promotions(self, promotions: Sequence[Promotion], *, version: int) -> None:
        (
            """Creates or replaces promotions by code; readers renew them at `version`.

        Their terms are kept for ever as those from this version on.
        """
            ""
        )

    def promotions_at(self, codes: Collection[str], *, version: int) -> Mapping[str, Promotion]:
        """The promotions with these codes as they were at a version; what did not exist then is absent.

        The cost depends on these codes and on how often they have changed, not on how many promotions there are.
        """

    def changed_promotions(self, *, after: tuple[int, str], limit: int) -> Sequence[ChangedPromotion]:
        """Up to `limit` promotions that changed after a version and code, in the order of both."""

    def list_promotions(
        self, *, running_on: str, store_ids: Collection[int] | None, after: str, limit: int
    ) -> Sequence[Promotion]:
        """Up to `limit` promotions in the order of their codes, those after `after`.

        With `store_ids` only those that may hold in one of these stores, None means everywhere. With `running_on`, an
        ISO date, only those that are neither paused nor over on that day; empty means all.
        """

    def taxes(self) -> Sequence[Tax]:
        """Every tax as stored, by code."""

    def put_taxes(self, taxes: Sequence[Tax]) -> None:
        """Creates or replaces taxes."""
