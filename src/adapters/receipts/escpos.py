"""A receipt as the bytes that an ESC/POS printer takes, with Chinese in GB18030.

Printers take Chinese from their own font, two columns a character, once they are in Chinese mode (FS &). What GB18030
has in no two bytes is written without its accents or as ? where it takes one column, and as 〓 where it takes two, so
that columns stay where they are.
"""

import unicodedata
from typing import Final

from escpos.printer import Dummy

from domain.sales.paper import width_of
from domain.sales.receipt import Qr, Receipt, on_paper

CHINESE_MODE: Final = b"\x1c&"
CODING: Final = "gb18030"
TWO_BYTES: Final = 2
MISSING: Final = "?"
MISSING_WIDE: Final = "〓"
FULL_WIDTH: Final = 0xFEE0
"""From a character of ASCII to the same one as wide as a Chinese one."""
QR_DOTS: Final = 5
"""Dots of the printer for each module of the QR code."""
BMP_MAX: Final = 0xFFFF


def as_escpos(receipt: Receipt, *, columns: int) -> bytes:
    """Everything from the reset of the printer to the cut of the paper."""
    printer = Dummy()
    printer.hw("INIT")
    printer._raw(CHINESE_MODE)
    strong = False
    for line in on_paper(receipt, columns=columns):
        if isinstance(line, Qr):
            printer.set(align="center", bold=False)
            printer.qr(line.payload, native=True, size=QR_DOTS)
            printer.set(align="left")
            strong = False
            continue
        if line.strong != strong:
            strong = line.strong
            printer.set(bold=strong)
        printer._raw(printable(line.text(columns)).encode(CODING) + b"\n")
    printer.cut()
    return bytes(printer.output)


def printable(text: str) -> str:
    """`text` in characters that printers with GB18030 have, none wider or narrower than what it stands for."""
    return text if text.isascii() else "".join([_printable(character) for character in text])


def _printable(character: str) -> str:
    if character.isascii() or len(character.encode(CODING)) == TWO_BYTES or _chinese(character):
        return character
    wide = width_of(character) == 2
    base = unicodedata.normalize("NFKD", character)[0]
    if not (base.isascii() and base.isprintable() and base != " "):
        return MISSING_WIDE if wide else MISSING
    return chr(ord(base) + FULL_WIDTH) if wide else base


def _chinese(character: str) -> bool:
    """Whether it is one of the rarer characters that printers with GB18030 have beside those of two bytes."""
    return ord(character) <= BMP_MAX and unicodedata.east_asian_width(character) == "W"
