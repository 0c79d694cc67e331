"""`liansuo stock`: what stood at a moment, and who has what."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from application.inventory.as_of import GetStockAsOf, get_stock_as_of
from application.inventory.find_stock import FindStock, StoreOrder, find_stock
from application.paging import PAGE_SIZE_MAX
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, show
from entrypoints.cli.problems import Exit, Problem

stock = typer.Typer(help="Stock at any moment, and in all stores.", no_args_is_help=True)

SHOWN_DEFAULT: Final = 50
StoreOption = Annotated[str, typer.Option("--store", help="Code of the store; not needed where there is one.")]
ShownOption = Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")]
SkusArgument = Annotated[list[str], typer.Argument(metavar="SKU…", help="One or more SKUs.")]

STOOD: Final = (
    Column("sku", "SKU"),
    Column("on_hand_milli", "On hand", Kind.QUANTITY),
    Column("value_minor", "Value", Kind.COUNT),
)
FOUND: Final = (
    Column("store_code", "Store"),
    Column("store_name", "Name"),
    Column("region_code", "Region"),
    Column("sku", "SKU"),
    Column("available_milli", "Available", Kind.QUANTITY),
)


@stock.command("as-of")
def as_of(
    moment: Annotated[str, typer.Argument(metavar="MOMENT", help="ISO 8601; UTC where it names no time zone.")],
    skus: Annotated[list[str] | None, typer.Argument(metavar="[SKU…]", help="All SKUs without it.")] = None,
    store: StoreOption = "",
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what stood in a store at a moment, and what it had cost in minor units."""
    at = _moment(moment)
    with opened(database) as chain:
        found = chain.read(get_stock_as_of, GetStockAsOf(at, store, tuple(skus or ()), shown))
    show(Figures(f"{found.store_code} at {at.isoformat()}", STOOD, _rows(STOOD, found.levels)), form)


@stock.command("find")
def find(
    skus: SkusArgument,
    store: Annotated[str, typer.Option("--store", help="The store that asks: the nearest to it come first.")] = "",
    shown: ShownOption = SHOWN_DEFAULT,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show which stores have some of the SKUs free to sell."""
    order = StoreOrder.NEAREST if store else StoreOrder.CODE
    with opened(database) as chain:
        found = chain.read(find_stock, FindStock(tuple(skus), store, order, shown))
    show(Figures("Stores", FOUND, _rows(FOUND, found.stores)), form)


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(
            f"“{text}” is no moment.", advice="Write it as 2026-03-31T18:00:00+08:00.", code=Exit.USAGE
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _rows(columns: tuple[Column, ...], found: Any) -> list[list[Any]]:
    """The values of the columns, which are named as the fields."""
    return [[getattr(one, column.name) for column in columns] for one in found]
