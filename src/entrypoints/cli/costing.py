"""`liansuo costing`: how stock is valued, what receipts cost, and lots that expire."""

from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.inventory.lots import (
    ListExpiring,
    TraceLot,
    WriteOffExpired,
    list_expiring,
    trace_lot,
    write_off_expired,
)
from application.inventory.put_costing import (
    ApplyCosting,
    CategoryCosting,
    LotTracking,
    PutCosting,
    SetStandardCosts,
    StandardCostEntry,
    apply_costing,
    put_costing,
    set_standard_costs,
)
from application.paging import PAGE_SIZE_MAX
from entrypoints.cli import costing_receipts
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show

FILE_BYTES_MAX: Final = 10_000_000

costing = typer.Typer(help="How stock is valued, what receipts cost, and lots that expire.", no_args_is_help=True)
costing_receipts.add_to(costing)

StoreOption = Annotated[str, typer.Option("--store", help="Code of the store; not needed where there is one.")]
FileArgument = Annotated[Path, typer.Argument(help="YAML or JSON.", exists=True, dir_okay=False)]

LOTS: Final = (
    Column("store_code", "Store"),
    Column("sku", "SKU"),
    Column("lot_code", "Lot"),
    Column("expiry_date", "Expires"),
    Column("days_left", "Days left", Kind.COUNT),
    Column("quantity_milli", "Quantity", Kind.QUANTITY),
    Column("value_minor", "Value", Kind.COUNT),
    Column("markdown_bp", "Markdown bp", Kind.COUNT),
)
STEPS: Final = (
    Column("store_code", "Store"),
    Column("business_date", "Date"),
    Column("reason", "Reason"),
    Column("document_id", "Document"),
    Column("quantity_milli", "Quantity", Kind.QUANTITY),
)


class CostingFile(BaseModel):
    """What `costing put` reads."""

    model_config = ConfigDict(extra="forbid")

    categories: tuple[CategoryCosting, ...] = ()
    products: tuple[LotTracking, ...] = ()


class StandardsFile(BaseModel):
    """What `costing standards` reads."""

    model_config = ConfigDict(extra="forbid")

    lines: tuple[StandardCostEntry, ...]


@costing.command("put")
def put(file: FileArgument, database: DatabaseOption = None) -> None:
    """State methods of categories and which products are told apart by lot; levels follow by their next receipt."""
    read = read_document(file, CostingFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        done = chain.write(put_costing, PutCosting(read.categories, read.products))
    notes.print(f"{done.categories} categories and {done.products} products are set.", markup=False)


@costing.command("apply")
def apply(store: StoreOption = "", database: DatabaseOption = None) -> None:
    """Let the levels of a store follow what is set, now; what is on hand keeps its value. May be left and resumed."""
    token, looked, changed = "", 0, 0
    with opened(database) as chain:
        while True:
            done = chain.write(apply_costing, ApplyCosting(store, token))
            looked, changed, token = looked + done.levels, changed + done.changed, done.next_page_token
            if not token:
                break
    notes.print(f"{looked} levels, {changed} of them changed.", markup=False)


@costing.command("standards")
def standards(
    file: FileArgument,
    store: StoreOption = "",
    reference: Annotated[str, typer.Option("--reference", help="Such as the year.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Set standard costs of a store from today on."""
    read = read_document(file, StandardsFile, bytes_max=FILE_BYTES_MAX)
    with opened(database) as chain:
        done = chain.write(set_standard_costs, SetStandardCosts(read.lines, store, reference))
    notes.print(f"Document {done.document_id}: stock gained {done.stock_minor} in value.", markup=False)


@costing.command("expiring")
def expiring(
    days: Annotated[int, typer.Argument(help="Within so many days.")] = 15,
    store: StoreOption = "",
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List lots that expire soon or have expired, with the proposed markdown."""
    with opened(database) as chain:
        found = chain.read(list_expiring, ListExpiring(days, store, shown))
    show(Figures(f"Expiring within {days} days", LOTS, rows_of(LOTS, found.lots)), form)


@costing.command("trace")
def trace(
    sku: Annotated[str, typer.Argument(metavar="SKU")],
    lot_code: Annotated[str, typer.Argument(metavar="LOT")],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show which receipts brought a lot and which sales took of it, for a recall."""
    with opened(database) as chain:
        found = chain.read(trace_lot, TraceLot(sku, lot_code))
    show(Figures(f"{sku} {lot_code}", STEPS, rows_of(STEPS, found.steps)), form)


@costing.command("write-off-expired")
def write_off(store: StoreOption = "", database: DatabaseOption = None) -> None:
    """Write off what has expired in a store, as shrinkage. Doing it again writes nothing off twice."""
    lots = lost = 0
    with opened(database) as chain:
        while True:
            done = chain.write(write_off_expired, WriteOffExpired(store))
            lots, lost = lots + done.lots, lost + done.lost_minor
            if not done.more:
                break
    notes.print(f"{lots} lots written off, at a cost of {lost}.", markup=False)
