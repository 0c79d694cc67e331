"""`liansuo import members` of XLSX files: as CSV, whatever Excel makes of cells, and nothing of hostile files."""

import csv
import datetime
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from application.membership.import_members import MemberRow
from application.membership.queries import GetMember, get_member
from application.membership.register_member import RegisterMember, register_member
from entrypoints.cli import spreadsheets
from entrypoints.cli.database import opened
from entrypoints.cli.member_files import opened_members
from entrypoints.cli.problems import Problem
from entrypoints.cli.spreadsheets import cell_text
from tests.entrypoints.cli.journeys import Shell
from tests.entrypoints.cli.test_member_importing import imported, refusals

pytestmark = pytest.mark.capability("MEM-16")
HEADING = ("姓名", "手机号", "生日", "性别", "会员卡号")
BAD: dict[int, Sequence[str]] = {
    2: ("王", "12345", "", "", ""),
    3: ("王", "13800000003", "2025-02-30", "", ""),
    4: ("王", "13900139000", "", "", ""),
    5: ("王", "", "", "女", " "),
    7: ("王", "13800000007", "", "x", ""),
    8: ("王", "１３８０００００００９", "", "", ""),
    9: ("王", " 13800000009 ", "", "", ""),
}
ROWS = 300


@pytest.fixture
def shop(chain_shell: Shell) -> Shell:
    with opened(None) as chain:
        chain.write(register_member, RegisterMember(phone="13900139000", card="TAKEN", source="till"))
    return chain_shell


def rows() -> list[Sequence[str]]:
    good = [(f"会员{n}", f"138{n:08d}", "1990-02-28", "女", f"C-{n}") for n in range(ROWS + 2)]
    return [HEADING, *[BAD.get(number, good[number]) for number in range(2, ROWS + 2)]]


def workbook(path: Path, rows: Iterable[Sequence[Any]], sheet: str = "会员") -> Path:
    book = Workbook(write_only=True)
    made = book.create_sheet(sheet)
    for row in rows:
        made.append(list(row))
    book.create_sheet("Empty")
    book.save(path)
    return path


def with_part(source: Path, name: str, content: bytes) -> Path:
    """The same workbook with another part in the place of the one of that name."""
    path = source.with_stem(f"hostile-{zlib.crc32(name.encode() + content)}")
    with zipfile.ZipFile(source) as read, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for part in read.namelist():
            made.writestr(part, content if part == name else read.read(part))
    return path


def members() -> list[tuple[str, ...]]:
    """Name, phone, birthday and sex of every member with a card of the file."""
    with opened(None) as chain:
        found = [chain.read(get_member, GetMember(f"C-{n}")) for n in range(10, ROWS + 2, 29)]
    return [(one.name, one.phone, one.birthday, str(one.sex), one.tier) for one in found]


def test_is_read_as_the_same_rows_of_csv_are(shop: Shell, anywhere: Path):
    text = anywhere / "members.csv"
    with text.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows())
    assert imported(shop, text, "--dry-run") == {"registered": ROWS - 6, "before": 0, "refused": 6}
    reasons = refusals(text)
    assert reasons.keys() == BAD.keys() - {8}

    book = workbook(anywhere / "members.xlsx", rows())
    assert imported(shop, book) == {"registered": ROWS - 6, "before": 0, "refused": 6}
    assert refusals(book) == reasons
    assert members() == [(f"会员{n}", f"+86138{n:08d}", "1990-02-28", "female", "") for n in range(10, ROWS + 2, 29)]
    # Again it changes nothing and tells the same.
    assert imported(shop, book) == {"registered": 0, "before": ROWS - 6, "refused": 6}
    assert refusals(book) == reasons


def test_cells_are_what_people_see_in_them(shop: Shell, anywhere: Path):
    day = datetime.datetime(1990, 2, 28)  # noqa: DTZ001 -- cells of Excel know no time zone
    book = workbook(
        anywhere / "cells.xlsx",
        [
            ("Phone", "birthday", "card", None),
            (13800138000.0, day, 70001),
            (1.3800138001e10, day.date(), " Ｃ７ "),
            ("#REF!", day, "C8"),
            (None, None, "  ", None),
            (13800138003, day.replace(hour=9), ""),
            (13800138004, "", 62220212345678901234),
            (13800138005, "", "", "", "", "beyond"),
        ],
        "第一页",
    )
    assert imported(shop, book) == {"registered": 2, "before": 0, "refused": 4}
    assert refusals(book) == {
        4: ("phone", "Cell A4 holds the error #REF!. Correct its formula, or write the value."),
        6: ("birthday", "“1990-02-28 09:00:00” is no date. Write a day of the calendar as YYYY-MM-DD."),
        7: ("card", "Cell C7 holds a number of more than 15 digits, which Excel has rounded. Write it as text."),
        8: ("", "The row has 6 cells, the heading 3."),
    }
    with opened(None) as chain:
        found = [chain.read(get_member, GetMember(card)) for card in ("70001", "C7")]
    assert [(one.phone, one.birthday) for one in found] == [
        ("+8613800138000", "1990-02-28"), ("+8613800138001", "1990-02-28"),
    ]  # fmt: skip
    ended = shop("import", "members", book, "--sheet", "2027")
    assert (ended.code, "no sheet “2027”" in ended.err, "Name one of: 第一页, Empty." in ended.err) == (1, True, True)
    assert "names no columns" in shop("import", "members", book, "--sheet", "Empty").err


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (True, "TRUE"), (0, "0"), (1.5, "1.5"), (-2.0, "-2"), (1e300, str(int(1e300))), ("x ", "x ")],
)
def test_a_value_as_text(value: object, text: str):
    assert cell_text(value) == text


MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SHEET = "xl/worksheets/sheet1.xml"
ABSURD = {
    "bomb": b"<worksheet>" + b" " * 20_000 + b"</worksheet>",
    "row": b"<worksheet %s><sheetData><row>" % MAIN + b"<c/>" * 3_000 + b"</row></sheetData></worksheet>",
    "elements": b"<worksheet>" + b"<c/>" * 2_001 + b"</worksheet>",
    "tag": b"<worksheet a='" + b"x" * 90_000 + b"'></worksheet>",
    "place": b'<worksheet %s><sheetData><row r="1048577"/></sheetData></worksheet>' % MAIN,
    "entities": b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>',
}


def test_refuses_what_is_no_workbook_or_absurd(tmp_path: Path):
    book = workbook(tmp_path / "good.xlsx", [("phone",), ("13800138000",)])
    before, torn, text = (book.with_name(name) for name in ("before.xls", "torn.xlsx", "text.csv"))
    before.write_bytes(b"\xd0\xcf\x11\xe0 old")
    torn.write_bytes(book.read_bytes()[:-900])
    text.write_text("phone\n", encoding="utf-8")
    for path, sheet, said in (
        (before, "", "an old Excel file, or locked by a password"),
        (torn, "", r"cannot be read as an Excel workbook \(BadZipFile\)"),
        (with_part(book, SHEET, b"<worksheet><"), "", r"cannot be read as an Excel workbook \(ExpatError\)"),
        (with_part(book, "xl/workbook.xml", b"<a/>"), "", "has no sheet with rows"),
        (with_part(book, "[Content_Types].xml", b"<a/>"), "", "cannot be read as an Excel workbook"),
        (text, "1", "has no sheets"),
    ):
        with pytest.raises(Problem, match=said), opened_members(path, sheet):
            pass
    with opened_members(book) as source:
        assert [row.phone for row in source.rows if isinstance(row, MemberRow)] == ["13800138000"]


@pytest.mark.parametrize("content", ABSURD.values(), ids=ABSURD)
def test_refuses_what_would_not_fit_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes):
    """Limits are lowered to what makes a quick test, but for those of Excel."""
    for limit, most in (("OUTSIDE_BYTES_MAX", 16_000), ("ELEMENTS_MAX", 2_000), ("ROW_BYTES_MAX", 10_000)):
        monkeypatch.setattr(spreadsheets, limit, most)
    monkeypatch.setattr(spreadsheets, "READ_BYTES", 1_000)
    book = workbook(tmp_path / "good.xlsx", [("phone",)])
    with (
        pytest.raises(Problem, match="unpacked it is larger than any list of members"),
        opened_members(with_part(book, SHEET, content)),
    ):
        pass
