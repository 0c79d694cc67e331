"""What became of a receipt: each time that it was printed or sent, for ever."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

PRINTS_MAX: Final = 500
"""Prints of one document; a till that asks for more is broken."""


class ReceiptFormat(StrEnum):
    TEXT = "text"
    ESCPOS = "escpos"
    HTML = "html"
    PDF = "pdf"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class ReceiptPrint:
    """Number 1 is the original, every later one a copy. `print_id` is the till's own, the same for every retry."""

    sale_id: int
    number: int
    print_id: str
    format: ReceiptFormat
    caller_id: int
    staff_id: int | None
    printed_at: datetime
