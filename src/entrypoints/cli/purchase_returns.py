"""`liansuo purchase return` and `returns`: goods that go back to suppliers."""

from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.paging import PAGE_SIZE_MAX
from application.purchasing.return_to_supplier import ReturnToSupplier, SupplierReturnEntry, return_to_supplier
from application.purchasing.supplier_return_views import ListSupplierReturns, list_supplier_returns
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show

FILE_BYTES_MAX: Final = 10_000_000

RETURNS: Final = (
    Column("return_id", "Return"),
    Column("supplier_code", "Supplier"),
    Column("store_code", "Store"),
    Column("business_date", "Date"),
    Column("cost_minor", "Cost", Kind.COUNT),
    Column("claim_minor", "Claim", Kind.COUNT),
    Column("debit_minor", "Invoiced before", Kind.COUNT),
    Column("returned_by", "By"),
    Column("reference", "Reference"),
)


class ReturnFile(BaseModel):
    """What `purchase return` reads."""

    model_config = ConfigDict(extra="forbid")

    lines: tuple[SupplierReturnEntry, ...]


def return_(
    file: Annotated[
        Path,
        typer.Argument(help="YAML or JSON with `lines`: sku, quantity_milli, reason.", exists=True, dir_okay=False),
    ],
    receipt: Annotated[int, typer.Option("--receipt", help="The receipt that the goods came by.")] = 0,
    supplier: Annotated[str, typer.Option("--supplier", help="Without a receipt: what came last goes back.")] = "",
    store: Annotated[str, typer.Option("--store", help="Code of the store; not needed with a receipt.")] = "",
    reference: Annotated[str, typer.Option("--reference", help="The supplier's number of the return.")] = "",
    note: Annotated[str, typer.Option("--note", help="For whoever reads it later.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Send the goods of a file back to a supplier, all or none."""
    read = read_document(file, ReturnFile, bytes_max=FILE_BYTES_MAX)
    command = ReturnToSupplier(read.lines, receipt, supplier, store, reference, note)
    with opened(database) as chain:
        done = chain.write(return_to_supplier, command)
    notes.print(
        f"Return {done.return_id} to {done.supplier_code}: cost {done.cost_minor}, claimed {done.claim_minor},"
        f" of which invoiced before {done.debit_minor}.",
        markup=False,
    )


def returns(
    supplier: Annotated[str, typer.Option("--supplier", help="Code of a supplier.")] = "",
    store: Annotated[str, typer.Option("--store", help="Code of a store.")] = "",
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what went back to suppliers, newest first; amounts in minor units."""
    with opened(database) as chain:
        found = chain.read(list_supplier_returns, ListSupplierReturns(store, supplier, shown))
    rows = rows_of(RETURNS, found.returns)
    show(Figures("Returns to suppliers", RETURNS, rows), form)
