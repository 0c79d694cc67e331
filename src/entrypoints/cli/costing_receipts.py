"""`liansuo costing receipts|receipt|landed|correct`: what receipts cost besides, and what of them was wrong."""

from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.inventory.add_landed_cost import AddLandedCost, Charge, UnitWeight, add_landed_cost
from application.inventory.goods_receipt_queries import (
    GetGoodsReceipt,
    ListGoodsReceipts,
    get_goods_receipt,
    list_goods_receipts,
)
from application.paging import PAGE_SIZE_MAX
from application.purchasing.correct_receipt import CorrectReceipt, LineCorrection, correct_receipt
from domain.inventory.receipt_change import ChargeKind, SpreadBasis
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show
from entrypoints.cli.problems import Exit, Problem

FILE_BYTES_MAX: Final = 10_000_000

ReceiptArgument = Annotated[int, typer.Argument(metavar="RECEIPT", help="Its id, as `costing receipts` shows it.")]
ShownOption = Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")]

RECEIPTS: Final = (
    Column("receipt_id", "Receipt"),
    Column("store_code", "Store"),
    Column("business_date", "Date"),
    Column("reference", "Reference"),
    Column("lines", "Lines", Kind.COUNT),
    Column("cost_minor", "Cost", Kind.COUNT),
)
LINES: Final = (
    Column("line_number", "Line"),
    Column("sku", "SKU"),
    Column("quantity_milli", "Quantity", Kind.QUANTITY),
    Column("cost_minor", "Cost", Kind.COUNT),
    Column("landed_minor", "Landed", Kind.COUNT),
    Column("received_milli", "Came", Kind.QUANTITY),
    Column("received_minor", "For", Kind.COUNT),
)


class WeightsFile(BaseModel):
    """What `costing landed --weights` reads."""

    model_config = ConfigDict(extra="forbid")

    weights: tuple[UnitWeight, ...]


def receipts(
    store: Annotated[str, typer.Option("--store", help="Code of the store; all without it.")] = "",
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List receipts of goods as they came, newest first; amounts in minor units."""
    with opened(database) as chain:
        found = chain.read(list_goods_receipts, ListGoodsReceipts(store, shown))
    show(Figures("Receipts", RECEIPTS, rows_of(RECEIPTS, found.receipts)), form)


def receipt(
    receipt_id: ReceiptArgument,
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show how the lines of a receipt stand, and what has changed them; amounts in minor units."""
    with opened(database) as chain:
        found = chain.read(get_goods_receipt, GetGoodsReceipt(receipt_id, shown))
    title = f"Receipt {receipt_id} of {found.receipt.store_code}, {found.receipt.business_date}"
    show(Figures(title, LINES, rows_of(LINES, found.lines)), form)
    for one in found.changes:
        notes.print(f"{one.number}. {one.business_date} {one.kind}: {one.cost_minor} {one.reference}", markup=False)


def landed(
    receipt_ids: Annotated[list[int], typer.Argument(metavar="RECEIPT…", help="Receipts of one store.")],
    amount: Annotated[int, typer.Option("--amount", help="In minor units; below zero takes back.")],
    kind: Annotated[ChargeKind, typer.Option("--kind", help="What it was for.")] = ChargeKind.FREIGHT,
    by: Annotated[SpreadBasis, typer.Option("--by", help="What it is spread over the lines by.")] = SpreadBasis.VALUE,
    weights: Annotated[
        Path | None,
        typer.Option("--weights", help="YAML or JSON: what a unit of each SKU weighs, in grams.", exists=True),
    ] = None,
    reference: Annotated[str, typer.Option("--reference", help="Such as the waybill.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Add what receipts have cost besides, which became known later, by an entry of today."""
    stated = read_document(weights, WeightsFile, bytes_max=FILE_BYTES_MAX).weights if weights else ()
    command = AddLandedCost(tuple(receipt_ids), (Charge(amount, kind, by),), stated, reference)
    with opened(database) as chain:
        done = chain.write(add_landed_cost, command)
    notes.print(
        f"Document {done.document_id}: {done.cost_minor}, of which {done.stock_minor} to stock, "
        f"{done.cost_correction_minor} to cost of goods sold, {done.price_variance_minor} to price variance.",
        markup=False,
    )


def correct(
    receipt_id: ReceiptArgument,
    line_number: Annotated[int, typer.Argument(metavar="LINE", help="As `costing receipt` shows it.", min=1)],
    reason: Annotated[str, typer.Option("--reason", help="Why; required.")],
    quantity: Annotated[
        int | None, typer.Option("--quantity-milli", help="What had come, in thousandths; as it stands without it.")
    ] = None,
    cost: Annotated[
        int | None, typer.Option("--cost", help="Of the whole line, in minor units; in proportion without it.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Correct a line of a receipt that had been recorded wrongly, by an entry of today."""
    with opened(database) as chain:
        found = chain.read(get_goods_receipt, GetGoodsReceipt(receipt_id, PAGE_SIZE_MAX))
        lines = list(found.lines)
        while found.next_page_token:
            found = chain.read(get_goods_receipt, GetGoodsReceipt(receipt_id, PAGE_SIZE_MAX, found.next_page_token))
            lines += found.lines
        line = next((one for one in lines if one.line_number == line_number), None)
        if line is None:
            raise Problem(f"Receipt {receipt_id} has no line {line_number}.", code=Exit.REFUSED)
        new = line.quantity_milli if quantity is None else quantity
        if cost is None:
            if new and (not line.quantity_milli or line.cost_minor * new % line.quantity_milli):
                raise Problem(
                    f"{line.cost_minor} for {line.quantity_milli} thousandths is not a whole cost for {new}.",
                    advice="State it by --cost.",
                    code=Exit.REFUSED,
                )
            cost = line.cost_minor * new // line.quantity_milli if new else 0
        correction = LineCorrection(line_number, line.quantity_milli, line.cost_minor, new, cost)
        done = chain.write(correct_receipt, CorrectReceipt(receipt_id, (correction,), reason))
    notes.print(
        f"Document {done.document_id}: {done.cost_minor} owed, of which {done.stock_minor} to stock, "
        f"{done.cost_correction_minor} to cost of goods sold, {done.price_variance_minor} to price variance.",
        markup=False,
    )


def add_to(costing: typer.Typer) -> None:
    """Makes them commands of `liansuo costing`."""
    for command in (receipts, receipt, landed, correct):
        costing.command(command.__name__)(command)
