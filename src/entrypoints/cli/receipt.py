"""`liansuo receipt`: print receipts, see how often they were printed, find numbers that are missing."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid4

import typer

from adapters.receipts.fonts import font_file
from adapters.receipts.rendering import rendered
from application.sales.receipts import GetReceipt, RenderReceipt, get_receipt, render_receipt
from domain.sales.paper import WIDE_PAPER
from domain.sales.receipt_log import ReceiptFormat
from domain.sales.receipt_words import ReceiptLanguage
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, show
from entrypoints.cli.problems import Exit, Problem

receipt = typer.Typer(help="Receipts: print them, see how often they were, find missing numbers.", no_args_is_help=True)

DocumentArgument = Annotated[
    str, typer.Argument(metavar="SALE_ID|CODE", help="The id of a sale, refund or void, or what its QR code says.")
]
PRINTS: Final = (
    Column("number", "No.", Kind.COUNT),
    Column("format", "Format"),
    Column("terminal_code", "Terminal"),
    Column("cashier_code", "Cashier"),
    Column("printed_at", "At"),
)


class Printable(StrEnum):
    TEXT = "text"
    ESCPOS = "escpos"
    HTML = "html"
    PDF = "pdf"


@receipt.command("show")
def show_receipt(
    document: DocumentArgument,
    form: Annotated[Printable, typer.Option("--as", help="What to print it as.")] = Printable.TEXT,
    columns: Annotated[int, typer.Option("--columns", help="32 for 58 mm paper, 48 for 80 mm.")] = WIDE_PAPER,
    language: Annotated[ReceiptLanguage, typer.Option("--language", help="en or zh.")] = ReceiptLanguage.EN,
    to: Annotated[Path | None, typer.Option("--to", help="A file, or the device of a printer.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Print a receipt; this is logged, and every print but the first is marked as a copy."""
    with opened(database) as chain:
        font = font_file(chain.settings.receipt_font)
        if form is Printable.PDF and font is None:
            raise Problem(
                "There is no font with Chinese characters.",
                advice="Name one by LIANSUO_RECEIPT_FONT, or install fonts-wqy-microhei.",
                code=Exit.REFUSED,
            )
        sale_id, code = _named(document)
        asked = RenderReceipt(str(uuid4()), ReceiptFormat(form), sale_id, code, columns, language)
        laid = chain.write(render_receipt, asked)
    content = rendered(laid.receipt, laid.format, columns=laid.columns, font=font).content
    if to is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        to.write_bytes(content)


@receipt.command()
def copies(document: DocumentArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show when, where and by whom a receipt was printed; number 1 is the original."""
    sale_id, code = _named(document)
    with opened(database) as chain:
        found = chain.read(get_receipt, GetReceipt(sale_id, code))
    rows = [[getattr(one, column.name) for column in PRINTS] for one in found.prints]
    title = f"Prints of {found.receipt_number} of {found.business_date} in {found.store_code}"
    show(Figures(title, PRINTS, rows, note=f"Code: {found.receipt_code}"), form)


def _named(document: str) -> tuple[int, str]:
    """The id or the code, and nothing in place of the other."""
    if document.isascii() and document.isdigit():
        return min(int(document), 2**63 - 1), ""
    return 0, document
