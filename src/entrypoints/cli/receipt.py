"""`liansuo receipt`: print and send receipts, see how often that was, find numbers that are missing."""

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid4

import typer

from adapters.receipts.fonts import font_file
from adapters.receipts.rendering import rendered
from application.paging import PAGE_SIZE_MAX
from application.ports.receipts import ReceiptGap
from application.sales.receipt_gaps import ReportReceiptGaps, report_receipt_gaps
from application.sales.receipt_mails import SendReceipt, send_receipt
from application.sales.receipts import GetReceipt, RenderReceipt, get_receipt, render_receipt
from domain.sales.paper import WIDE_PAPER
from domain.sales.receipt_log import ReceiptFormat
from domain.sales.receipt_words import ReceiptLanguage
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.once import done_once
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show_all
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.report import FromOption, StoreOption, ToOption
from entrypoints.cli.request_ids import RequestOption

receipt = typer.Typer(help="Print and send receipts, see how often, find missing numbers.", no_args_is_help=True)

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
MAILS: Final = (
    Column("print_number", "Print", Kind.COUNT),
    Column("state", "State"),
    Column("attempts", "Attempts", Kind.COUNT),
    Column("reply_code", "Reply"),
    Column("requested_at", "Asked for"),
    Column("finished_at", "Ended"),
)
SERIES: Final = (
    Column("terminal_code", "Terminal"),
    Column("first_number", "First", Kind.COUNT),
    Column("last_number", "Last", Kind.COUNT),
    Column("documents", "Receipts", Kind.COUNT),
    Column("missing", "Missing", Kind.COUNT),
    Column("used_again", "Used again", Kind.COUNT),
)
GAPS: Final = (
    Column("terminal_code", "Terminal"),
    Column("first_number", "From", Kind.COUNT),
    Column("last_number", "To", Kind.COUNT),
    Column("date_before", "After"),
    Column("date_after", "Before"),
    Column("cause", "Cause"),
)
GAPS_SHOWN_MAX: Final = 5_000


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
def send(
    document: DocumentArgument,
    address: Annotated[str, typer.Option("--to", help="The address; without it the member's own.")] = "",
    language: Annotated[ReceiptLanguage, typer.Option("--language", help="en or zh.")] = ReceiptLanguage.EN,
    request: RequestOption = "",
    database: DatabaseOption = None,
) -> None:
    """Have a receipt sent by e-mail, as its next print; the job send-receipts does it."""
    sale_id, code = _named(document)
    asked = SendReceipt(sale_id, code, address, language)
    sent = done_once(send_receipt, asked, request=request, database=database)
    if sent is not None:
        notes.print(f"{sent.receipt_number} will be sent, as print {sent.print_number}.", markup=False)


@receipt.command()
def copies(document: DocumentArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE) -> None:
    """Show when, where and by whom a receipt was printed or sent; number 1 is the original."""
    sale_id, code = _named(document)
    with opened(database) as chain:
        found = chain.read(get_receipt, GetReceipt(sale_id, code))
    title = f"Prints of {found.receipt_number} of {found.business_date} in {found.store_code}"
    prints = rows_of(PRINTS, found.prints)
    mails = rows_of(MAILS, found.mails)
    shown = {
        "prints": Figures(title, PRINTS, prints, note=f"Code: {found.receipt_code}"),
        "mails": Figures("Sent by e-mail", MAILS, mails),
    }
    show_all(shown, form)


@receipt.command()
def gaps(
    store: StoreOption = "",
    first: FromOption = "",
    last: ToOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show which numbers are missing in the series of a store's terminals; exit 1 when any is."""
    found: list[ReceiptGap] = []
    with opened(database) as chain:
        asked = ReportReceiptGaps(store, first, last, PAGE_SIZE_MAX)
        page = chain.read(report_receipt_gaps, asked)
        found += page.gaps
        while page.next_page_token and len(found) < GAPS_SHOWN_MAX:
            page = chain.read(report_receipt_gaps, replace(asked, page_token=page.next_page_token))
            found += page.gaps
    more = f"The first {len(found):,}; there are more." if page.next_page_token else ""
    shown = {
        "series": Figures("Series", SERIES, [[getattr(one, at.name) for at in SERIES] for one in page.series]),
        "gaps": Figures("Missing", GAPS, [[getattr(one, at.name) for at in GAPS] for one in found], note=more),
    }
    show_all(shown, form)
    if found:
        raise typer.Exit(Exit.REFUSED)


def _named(document: str) -> tuple[int, str]:
    """The id or the code, and nothing in place of the other."""
    if document.isascii() and document.isdigit():
        return min(int(document), 2**63 - 1), ""
    return 0, document
