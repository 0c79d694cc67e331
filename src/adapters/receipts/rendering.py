"""A laid out receipt in the format that was asked for. What a format needs is imported when it is first asked for."""

from dataclasses import dataclass
from pathlib import Path

from domain.sales.receipt import Receipt
from domain.sales.receipt_log import ReceiptFormat


@dataclass(frozen=True, slots=True)
class Rendered:
    content: bytes
    media_type: str


def rendered(receipt: Receipt, form: ReceiptFormat, *, columns: int, font: Path | None = None) -> Rendered:
    """The receipt as bytes with their media type; a PDF needs a font with Chinese characters."""
    match form:
        case ReceiptFormat.TEXT:
            from adapters.receipts.text import as_text

            return Rendered(as_text(receipt, columns=columns).encode(), "text/plain; charset=utf-8")
        case ReceiptFormat.ESCPOS:
            from adapters.receipts.escpos import as_escpos

            return Rendered(as_escpos(receipt, columns=columns), "application/vnd.escpos")
        case ReceiptFormat.HTML:
            from adapters.receipts.html import as_html

            return Rendered(as_html(receipt).encode(), "text/html; charset=utf-8")
        case ReceiptFormat.PDF:
            from adapters.receipts.pdf import as_pdf

            if font is None:
                raise ValueError("a PDF needs a font")
            return Rendered(as_pdf(receipt, columns=columns, font=font), "application/pdf")
        case ReceiptFormat.EMAIL:
            raise ValueError("a letter has a sender and a receiver: see mail.py")
