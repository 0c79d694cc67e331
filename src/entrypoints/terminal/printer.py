"""Where the till's paper comes out: a file of text, or the device of a receipt printer."""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from adapters.receipts.rendering import rendered
from domain.sales.receipt import Receipt
from domain.sales.receipt_log import ReceiptFormat


class PaperForm(StrEnum):
    """What the printer takes: lines of UTF-8, or ESC/POS with Chinese in GB18030."""

    TEXT = "text"
    ESCPOS = "escpos"


def printer_at(path: Path, *, form: PaperForm, columns: int) -> Callable[[Receipt], None]:
    """Appends what is printed to `path`: to a file, which only its owner reads, or a device such as /dev/usb/lp0.

    `columns` are those of the paper, 32 or 48.
    """

    def print_out(receipt: Receipt) -> None:
        content = rendered(receipt, ReceiptFormat(form), columns=columns).content
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with open(handle, "wb") as paper:
            paper.write(content if form is PaperForm.ESCPOS else content + b"\n")

    return print_out
