"""What stands in the catalogue, as HQ states it and everybody reads it: related things by their codes."""

from dataclasses import dataclass

from domain.catalog.product import ProductStatus, SellingTerms, TimesCardTerms
from domain.shared.launch import Launch


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """A category below `parent_code`, or a department when that is empty."""

    code: str
    name: str
    parent_code: str = ""


@dataclass(frozen=True, slots=True)
class UnitEntry:
    """A unit of measure; `decimals` (0 to 3) says how fine a quantity at the till may be."""

    code: str
    name: str
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class ComponentEntry:
    sku: str
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class RecipeEntry:
    """What `makes_milli` thousandths of a product are made of; 0 stands for one unit."""

    components: tuple[ComponentEntry, ...] = ()
    makes_milli: int = 0
    perishable: bool = False


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """A product with all its barcodes; a `status` that is not stated means active. `tags` come back in order.

    With a `launch` it is sold from then on only.
    """

    sku: str
    name: str
    category_code: str
    unit_code: str
    tax_category: str = ""
    barcodes: tuple[str, ...] = ()
    weighed_item_code: str = ""
    weighed_by_price: bool = False
    unstocked: bool = False
    excluded_from_points: bool = False
    status: ProductStatus | None = None
    brand: str = ""
    supplier_code: str = ""
    tags: tuple[str, ...] = ()
    launch: Launch | None = None
    times_card: TimesCardTerms | None = None
    selling: SellingTerms | None = None
    recipe: RecipeEntry | None = None
