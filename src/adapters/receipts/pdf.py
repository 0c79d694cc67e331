"""A receipt as a PDF of one page, as wide as its paper and as long as it is; the font is embedded, as far as used."""

from pathlib import Path
from typing import Final

import segno
from fpdf import FPDF

from domain.sales.paper import NARROW_PAPER, PaperLine
from domain.sales.receipt import Qr, Receipt, on_paper

WIDTH_MM: Final = {NARROW_PAPER: 58.0}
WIDE_MM: Final = 80.0
MARGIN_MM: Final = 4.0
LINE_HEIGHT: Final = 1.35
"""Of the size of the font."""
QR_MM: Final = 28.0
QR_QUIET_MODULES: Final = 4
MM_PER_POINT: Final = 25.4 / 72
FAMILY: Final = "receipt"


def as_pdf(receipt: Receipt, *, columns: int, font: Path) -> bytes:
    """The bytes of the document; the same receipt with the same font gives the same text at the same places."""
    lines = on_paper(receipt, columns=columns)
    width = WIDTH_MM.get(columns, WIDE_MM)
    printable = width - 2 * MARGIN_MM
    # A Chinese character is as wide as the font is high, and takes two columns.
    size_mm = printable / columns * 2
    height = 2 * MARGIN_MM + sum(QR_MM if isinstance(line, Qr) else size_mm * LINE_HEIGHT for line in lines)
    document = FPDF(unit="mm", format=(width, max(height, width)))
    document.set_auto_page_break(False)
    document.set_title(receipt.title)
    document.set_creator("liansuo")
    document.add_page()
    document.add_font(FAMILY, fname=font)
    document.set_font(FAMILY, size=size_mm / MM_PER_POINT)
    top = MARGIN_MM
    for line in lines:
        if isinstance(line, Qr):
            _draw(document, line.payload, left=(width - QR_MM) / 2, top=top)
            top += QR_MM
        else:
            _write(document, line, top=top, printable=printable, height=size_mm * LINE_HEIGHT)
            top += size_mm * LINE_HEIGHT
    return bytes(document.output())


def _write(document: FPDF, line: PaperLine, *, top: float, printable: float, height: float) -> None:
    if line.left.startswith("---"):
        document.set_line_width(0.1)
        document.line(MARGIN_MM, top + height / 2, MARGIN_MM + printable, top + height / 2)
        return
    # Letters of a proportional font may be wider than half a Chinese character: then the line is set tighter.
    taken = document.get_string_width(line.left) + document.get_string_width(line.right)
    document.set_stretching(min(100.0, 100.0 * printable / taken) if taken else 100.0)
    if line.strong:
        document.text_mode = 2
        document.set_line_width(0.15)
    for text, place in ((line.left, "C" if line.centred else "L"), (line.right, "R")):
        if text:
            document.set_xy(MARGIN_MM, top)
            document.cell(printable, height, text, align=place)
    document.text_mode = 0
    document.set_stretching(100.0)


def _draw(document: FPDF, payload: str, *, left: float, top: float) -> None:
    rows = segno.make_qr(payload, error="m").matrix
    module = QR_MM / (len(rows) + 2 * QR_QUIET_MODULES)
    for row, modules in enumerate(rows):
        for column, dark in enumerate(modules):
            if dark:
                place = left + (column + QR_QUIET_MODULES) * module, top + (row + QR_QUIET_MODULES) * module
                document.rect(*place, module, module, style="F")
