"""`liansuo purchase`: goods that came to a centre for other stores go on to them."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer

from application.paging import PAGE_SIZE_MAX
from application.purchasing.distribute_receipt import (
    DistributeReceipt,
    ListReceiptShares,
    ListReceiptsToDistribute,
    ReceiptShareView,
    distribute_receipt,
    list_receipt_shares,
    list_receipts_to_distribute,
)
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show

ReceiptArgument = Annotated[int, typer.Argument(metavar="RECEIPT", help="Its id, as `purchase receive` tells it.")]

RECEIPTS: Final = (
    Column("receipt_id", "Receipt"),
    Column("order_id", "Order"),
    Column("store_code", "Centre"),
    Column("business_date", "Came"),
    Column("stores", "Stores", Kind.COUNT),
    Column("lines", "Lines", Kind.COUNT),
)
SHARES: Final = (
    Column("store_code", "Store"),
    Column("line_number", "Line", Kind.COUNT),
    Column("sku", "SKU"),
    Column("quantity_milli", "Share", Kind.QUANTITY),
    Column("state", "State"),
    Column("transfer_id", "Transfer"),
)


def to_split(
    store: Annotated[str, typer.Option("--store", help="Code of the centre.")] = "",
    shown: Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")] = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List receipts of which something waits to be taken to other stores."""
    with opened(database) as chain:
        found = chain.read(list_receipts_to_distribute, ListReceiptsToDistribute(store, shown)).receipts
    rows = rows_of(RECEIPTS, found)
    show(Figures("Receipts to split", RECEIPTS, rows), form)


def shares(receipt_id: ReceiptArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show what of a receipt is for which other store, and what became of it."""
    with opened(database) as chain:
        found = chain.read(list_receipt_shares, ListReceiptShares(receipt_id))
    _show(f"Receipt {receipt_id} at {found.store_code}", found.shares, form)


def split(
    receipt_id: ReceiptArgument,
    approve: Annotated[bool, typer.Option("--approve", help="Approve the transfers at once.")] = False,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", help="Code of a store whose share stays at the centre.")
    ] = None,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Make the transfers that take what came to the stores that it is for; again, it makes nothing."""
    made = 0
    with opened(database) as chain:
        more = True
        while more:
            done = chain.write(distribute_receipt, DistributeReceipt(receipt_id, approve, tuple(keep or ())))
            made, more = made + done.made, done.more
    _show(f"Receipt {receipt_id}", done.shares, form)
    notes.print(f"{made} transfers made, {len(done.transfer_ids)} in all, named P{receipt_id}.", markup=False)


def _show(title: str, found: Sequence[ReceiptShareView], form: Format) -> None:
    show(Figures(title, SHARES, rows_of(SHARES, found)), form)
