"""A receipt as plain text of 32 or 48 columns."""

from domain.sales.paper import wrapped
from domain.sales.receipt import Qr, Receipt, code_line, on_paper


def as_text(receipt: Receipt, *, columns: int) -> str:
    """Its lines, each ended by a newline; in place of a QR code stands what it says."""
    lines: list[str] = []
    for line in on_paper(receipt, columns=columns):
        if isinstance(line, Qr):
            lines += wrapped(code_line(receipt, line.payload), columns)
        else:
            lines.append(line.text(columns))
    return "".join([f"{line}\n" for line in lines])
