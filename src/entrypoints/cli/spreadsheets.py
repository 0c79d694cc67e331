"""Reads sheets of XLSX files row by row, as the texts that people see in their cells.

A file from outside is a ZIP archive of XML that may claim anything: it is walked through once before it is read, so
that what is read fits into bounded memory. The format is that of ECMA-376, the limits of a sheet are those of Excel.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, Final, TypeVar
from xml.parsers.expat import ParserCreate
from zipfile import ZipFile, ZipInfo

from domain.shared.errors import Invalid
from entrypoints.cli.problems import Exit, Problem

T = TypeVar("T")

ROWS_MAX: Final = 1_048_576
BYTES_MAX: Final = 512 << 20
"""Of all XML in a file, unpacked."""
PARTS_MAX: Final = 10_000
ELEMENTS_MAX: Final = 500_000
"""Of each part, and of each row and each shared text, which are let go when they are read."""
ROW_BYTES_MAX: Final = 4 << 20
OUTSIDE_BYTES_MAX: Final = 64 << 20
TEXTS_MAX: Final = 4 * ROWS_MAX
READ_BYTES: Final = 1 << 16
DIGITS_MAX: Final = 15
"""What Excel keeps of a number."""
ERRORS: Final = frozenset({"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"})
"""What a formula that fails shows (ECMA-376, 18.18.11)."""

ARCHIVE: Final = b"PK\x03\x04"
OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW: Final = f"{_MAIN} row"
_LET_GO: Final = frozenset({_ROW, f"{_MAIN} si"})
_ADVICE: Final = "Save it anew as an Excel workbook (.xlsx) or as CSV in UTF-8."


class ErrorInCell(Invalid):
    en = "Cell {cell} holds the error {text}. Correct its formula, or write the value."
    zh = "单元格 {cell} 为错误值 {text}，请更正公式或直接填写内容。"


class RoundedNumber(Invalid):
    en = "Cell {cell} holds a number of more than 15 digits, which Excel has rounded. Write it as text."
    zh = "单元格 {cell} 的数字超过 15 位，已被 Excel 舍入，请改为文本格式填写。"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row by its number, from 1 on; `problems` are cells without a usable text, by their place."""

    number: int
    cells: list[str]
    problems: dict[int, Invalid]


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows_max` is how many rows there are at most."""

    name: str
    rows_max: int
    rows: Iterator[SheetRow]


def is_workbook(file: Path) -> bool:
    """Whether a file is an XLSX file by its first bytes; raises Problem for an XLS or a locked one."""
    with file.open("rb") as read:
        first = read.read(len(ARCHIVE))
    if first == OLD_WORKBOOK:
        raise Problem(f"{file} is an old Excel file, or locked by a password.", advice=_ADVICE, code=Exit.REFUSED)
    return first == ARCHIVE


@contextmanager
def opened_sheet(file: Path, name: str = "") -> Iterator[Sheet]:
    """The sheet of that name, the first without one; raises Problem for what is no workbook, or absurdly large.

    Formulas have the values that the file keeps for them; dates are told as YYYY-MM-DD, whole numbers without a
    fraction, however the file writes them.
    """
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # What is odd about a cell is told with its row.
        warnings.simplefilter("ignore")
        rows = _read(file, lambda: _examined(file))
        book = _read(file, lambda: load_workbook(file, read_only=True, data_only=True, keep_links=False))
        try:
            sheets = {sheet.title: sheet for sheet in book.worksheets}
            if not sheets or (name and name not in sheets):
                raise Problem(
                    f"{file} has no sheet {f'“{name}”' if name else 'with rows'}.",
                    advice=f"Name one of: {', '.join(sheets)}." if sheets else _ADVICE,
                    code=Exit.REFUSED,
                )
            title = name or next(iter(sheets))
            yield Sheet(title, rows, _rows(file, sheets[title]))
        finally:
            book.close()


def _rows(file: Path, sheet: Any) -> Iterator[SheetRow]:
    # What the file says of its size is nothing to rely on.
    _read(file, sheet.reset_dimensions)
    found = sheet.iter_rows(max_row=ROWS_MAX, values_only=True)
    number = 0
    while (values := _read(file, lambda: next(found, None))) is not None:
        number += 1
        yield _row(number, values)


def _row(number: int, values: Sequence[Any]) -> SheetRow:
    cells: list[str] = []
    problems: dict[int, Invalid] = {}
    for place, value in enumerate(values):
        text = cell_text(value)
        cell = f"{_letters(place)}{number}"
        if isinstance(value, str) and value in ERRORS:
            problems[place] = ErrorInCell(cell, cell=cell, text=value)
        elif isinstance(value, int | float) and len(text.lstrip("-").partition(".")[0]) > DIGITS_MAX:
            problems[place] = RoundedNumber(cell, cell=cell)
        cells.append(text)
    return SheetRow(number, cells, problems)


def cell_text(value: object) -> str:
    """What a cell says: 13800138000.0 and 1.3800138e10 are 13800138000, a date without a time is YYYY-MM-DD."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)


def _letters(place: int) -> str:
    """The name of a column: A for 0, Z for 25, AA for 26."""
    letters, number = "", place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _examined(file: Path) -> int:
    """How many rows the sheet with most has; raises _TooLarge for a file that would not fit into bounded memory."""
    with ZipFile(file) as archive:
        parts = [part for part in archive.infolist() if part.filename.lower().endswith((".xml", ".rels"))]
        if len(archive.infolist()) > PARTS_MAX or sum(part.file_size for part in parts) > BYTES_MAX:
            raise _TooLarge
        return max([_Part(archive, part).rows for part in parts], default=0)


class _TooLarge(Exception):
    """The file holds more than anybody writes into a sheet."""


class _Part:
    """Walks through a part of a file and counts; raises _TooLarge, and `ExpatError` for what is no XML.

    Rows and shared texts are let go once they are read, so that one of them is bounded, and what stands outside all of
    them together. An archive gives no more of a part than it says that there is.
    """

    def __init__(self, archive: ZipFile, part: ZipInfo) -> None:
        self.rows = self._texts = self._depth = self._inside = self._outside = 0
        self._inside_from = self._outside_from = self._outside_bytes = 0
        self._parser = ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._refuse
        read = 0
        with archive.open(part) as opened:
            while chunk := opened.read(READ_BYTES):
                self._parser.Parse(chunk, False)
                read += len(chunk)
                # One tag that never ends is kept until it does.
                if read - self._parser.CurrentByteIndex > ROW_BYTES_MAX:
                    raise _TooLarge
            self._parser.Parse(b"", True)
        self._leave_outside(read)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == _ROW:
            self.rows += 1
            if self.rows > ROWS_MAX or int(attributes.get("r", "1")) > ROWS_MAX:
                raise _TooLarge
        if name in _LET_GO:
            self._texts += 1
            if not self._depth:
                self._inside, self._inside_from = 0, self._parser.CurrentByteIndex
                self._leave_outside(self._inside_from)
            self._depth += 1
        elif self._depth:
            self._inside += 1
        else:
            self._outside += 1
        if max(self._inside, self._outside) > ELEMENTS_MAX or self._texts > TEXTS_MAX:
            raise _TooLarge

    def _end(self, name: str) -> None:
        if name in _LET_GO:
            self._depth -= 1
            self._outside_from = self._parser.CurrentByteIndex
            if self._outside_from - self._inside_from > ROW_BYTES_MAX:
                raise _TooLarge

    def _leave_outside(self, at: int) -> None:
        self._outside_bytes += at - self._outside_from
        if self._outside_bytes > OUTSIDE_BYTES_MAX:
            raise _TooLarge

    def _refuse(self, *_: object) -> None:
        # No workbook has a document type; what declares one means entities that unfold without end.
        raise _TooLarge


def _read(file: Path, step: Callable[[], T]) -> T:
    """What a step of reading comes to; the library answers files that are none with whatever exception it meets."""
    try:
        return step()
    except _TooLarge:
        raise Problem(
            f"{file} is refused: unpacked it is larger than any list of members, or it is made to look so.",
            advice=f"Keep up to {ROWS_MAX:,} rows with a few columns in it, or save it as CSV in UTF-8.",
            code=Exit.REFUSED,
        ) from None
    except Exception as error:
        raise Problem(
            f"{file} cannot be read as an Excel workbook ({type(error).__name__}).", advice=_ADVICE, code=Exit.REFUSED
        ) from error
