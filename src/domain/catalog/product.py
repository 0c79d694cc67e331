"""Products, categories and units of measure."""

from dataclasses import dataclass
from enum import StrEnum

from domain.catalog.quantity import UNIT_MILLI
from domain.shared.launch import Launch
from domain.shared.money import divide


class ProductStatus(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure; `decimals` (0 to 3) says how fine a quantity at the till may be."""

    unit_id: int
    code: str
    name: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the category tree; `department_id` is its top-level ancestor (itself for a department)."""

    category_id: int
    code: str
    name: str
    parent_id: int | None
    department_id: int


@dataclass(frozen=True, slots=True)
class TimesCardTerms:
    """Each unit that is sold is one use, for `valid_days` from the day of the sale on; 0 is without end."""

    valid_days: int = 0


@dataclass(frozen=True, slots=True)
class SellingTerms:
    """What the till has to ask for when it sells a product.

    With `open_price` its price is keyed in, within `open_price_min_minor` and `open_price_max_minor` (0 for no bound),
    tax included. Who is younger than `age_min` years (0 for everybody) does not get it.
    With `serial_numbers` each piece is sold by its own.
    """

    open_price: bool = False
    open_price_min_minor: int = 0
    open_price_max_minor: int = 0
    age_min: int = 0
    serial_numbers: bool = False


@dataclass(frozen=True, slots=True)
class Component:
    """Goods of which a recipe takes `quantity_milli` thousandths of their unit."""

    sku_id: int
    sku: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """What `makes_milli` thousandths of a product are made of.

    What is kept on no stock (a dish, a gift box that is packed at the till) takes its components out of stock when it
    is sold; what is stocked is made beforehand, by `AssembleGoods`.
    """

    components: tuple[Component, ...]
    makes_milli: int = UNIT_MILLI
    perishable: bool = False
    """What comes back of it is written off, and not put back as components: food."""

    def taken(self, quantity_milli: int) -> list[tuple[Component, int]]:
        """What so much of the product takes of each component, halves up: zero or more."""
        return [(one, divide(one.quantity_milli * quantity_milli, self.makes_milli)) for one in self.components]


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold under one SKU. `weighed_item_code` is empty for goods not weighed; `tags` ascend."""

    sku_id: int
    sku: str
    name: str
    category_id: int
    department_id: int
    unit_id: int
    tax_category: str
    weighed_item_code: str
    weighed_by_price: bool
    unstocked: bool
    excluded_from_points: bool
    status: ProductStatus
    brand: str = ""
    supplier_code: str = ""
    tags: tuple[str, ...] = ()
    launch: Launch | None = None
    times_card: TimesCardTerms | None = None
    selling: SellingTerms | None = None
    recipe: Recipe | None = None

    def takes(self, quantity_milli: int) -> list[tuple[int, int]]:
        """The SKU ids, with quantities above zero, that selling so much of it takes out of stock."""
        return taken_from_stock(self.sku_id, quantity_milli, unstocked=self.unstocked, recipe=self.recipe)


def taken_from_stock(
    sku_id: int, quantity_milli: int, *, unstocked: bool, recipe: Recipe | None
) -> list[tuple[int, int]]:
    """What goes out of stock with a product: itself, the components that it is made of when it is sold, or nothing."""
    if not unstocked:
        return [(sku_id, quantity_milli)] if quantity_milli else []
    if recipe is None:
        return []
    return [(one.sku_id, quantity) for one, quantity in recipe.taken(quantity_milli) if quantity]
