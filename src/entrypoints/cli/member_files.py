"""Files of members, CSV and XLSX: the same rows, and the same reasons why one is none."""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from application.membership.import_members import COLUMNS, MemberRow, RefusedRow
from entrypoints.cli.database import system
from entrypoints.cli.problems import Exit, Problem
from entrypoints.cli.spreadsheets import SheetRow, is_workbook, opened_sheet

READ_BYTES: Final = 1 << 20
ENCODINGS: Final = ("utf-8-sig", "gb18030")
CHINESE: Final = {
    "姓名": "name",
    "手机": "phone", "手机号": "phone", "手机号码": "phone", "电话": "phone",
    "生日": "birthday", "出生日期": "birthday",
    "性别": "sex",
    "卡号": "card", "会员卡": "card", "会员卡号": "card",
    "等级": "tier", "会员等级": "tier",
    "职业": "occupation",
    "邮箱": "email", "电子邮箱": "email",
    "来源": "source",
    "渠道": "channel",
    "活动": "campaign_code", "活动代码": "campaign_code",
    "门店": "store_code", "门店代码": "store_code",
}  # fmt: skip
"""What columns are called in Chinese."""

Row = MemberRow | RefusedRow


@dataclass(frozen=True, slots=True)
class MemberSource:
    """The rows of a file below its heading; `digest` is of what they are read from, `rows_max` how many at most."""

    digest: str
    rows_max: int
    rows: Iterator[Row]


@contextmanager
def opened_members(file: Path, sheet: str = "") -> Iterator[MemberSource]:
    """Opens a CSV file, or a sheet of an XLSX file, the first without a name; told apart by their first bytes.

    Raises Problem for what is neither, and, as rows are read, for a heading that cannot be.
    """
    digest, lines = _digested(file)
    if is_workbook(file):
        with opened_sheet(file, sheet) as found:
            # Another sheet of the same file is another list.
            named = hashlib.sha256(f"{digest}/{found.name}".encode()).hexdigest()
            yield MemberSource(named, max(found.rows_max - 1, 0), _sheet_rows(found.rows))
        return
    if sheet:
        raise Problem(f"{file} has no sheets: it is no Excel workbook.", advice="Leave --sheet out.", code=Exit.REFUSED)
    with file.open(encoding=_encoding(file), newline="") as read:
        yield MemberSource(digest, max(lines - 1, 0), _csv_rows(read))


def _digested(file: Path) -> tuple[str, int]:
    """A digest and the number of lines, read in parts."""
    digest, lines = hashlib.sha256(), 0
    with file.open("rb") as read:
        while part := read.read(READ_BYTES):
            digest.update(part)
            lines += part.count(b"\n")
    return digest.hexdigest(), lines


def _encoding(file: Path) -> str:
    """The encoding of a text, read in parts; raises Problem for bytes that are none."""
    for encoding in ENCODINGS:
        try:
            with file.open(encoding=encoding) as text:
                while text.read(READ_BYTES):
                    pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise Problem(
        f"{file} is neither UTF-8 nor GB 18030.", advice="Save it as CSV in UTF-8, or as XLSX.", code=Exit.REFUSED
    )


def _csv_rows(read: TextIO) -> Iterator[Row]:
    """The rows below the heading, blank ones left out; raises Problem for a heading that cannot be."""
    rows = csv.reader(read, strict=True)
    try:
        heading = _heading(next(rows, []))
        for number, cells in enumerate(rows, start=2):
            if any(cell.strip() for cell in cells):
                yield _row(number, heading, cells)
    except csv.Error as error:
        raise Problem(
            f"Line {rows.line_num} of the file is no CSV: {error}.", advice="Correct it, then begin again.",
            code=Exit.REFUSED,
        ) from None  # fmt: skip


def _sheet_rows(rows: Iterator[SheetRow]) -> Iterator[Row]:
    """The same of a sheet, whose heading is its first row; cells at the end of a row that are empty are none."""
    first = next(rows, None)
    heading = _heading(_filled(first.cells) if first is not None else [])
    for row in rows:
        cells = _filled(row.cells)
        if row.problems:
            place, problem = min(row.problems.items())
            column = heading[place] if place < len(heading) else ""
            yield RefusedRow(row.number, column, problem.message(system().language))
        elif cells:
            yield _row(row.number, heading, cells + [""] * (len(heading) - len(cells)))


def _filled(cells: list[str]) -> list[str]:
    """The cells up to the last that says anything."""
    count = len(cells)
    while count and not cells[count - 1].strip():
        count -= 1
    return cells[:count]


def _row(number: int, heading: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) != len(heading):
        return RefusedRow(number, "", f"The row has {len(cells)} cells, the heading {len(heading)}.")
    return MemberRow(number, **dict(zip(heading, cells, strict=True)))


def _heading(cells: Sequence[str]) -> list[str]:
    """The columns by their names in either language; raises Problem for those that cannot be imported."""
    heading = [CHINESE.get(name, name.lower()) for name in (cell.strip() for cell in cells)]
    unknown = sorted(set(heading) - set(COLUMNS))
    twice = sorted({name for name in heading if heading.count(name) > 1})
    if unknown or twice or not {"phone", "card"} & set(heading):
        what = f"unknown: {', '.join(unknown)}" if unknown else f"named twice: {', '.join(twice)}" if twice else ""
        raise Problem(
            f"The heading names no columns that can be imported{f' ({what})' if what else ''}.",
            advice=f"Use some of {', '.join(COLUMNS)}, with phone or card among them.",
            code=Exit.REFUSED,
        )
    return heading
