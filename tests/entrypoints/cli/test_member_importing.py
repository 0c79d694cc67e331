"""`liansuo import members` and `liansuo report members`."""

import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from adapters.sql.tables import loyalty, membership
from application.membership import import_members as use_case
from application.membership.queries import GetMember, get_member
from application.membership.register_member import RegisterMember, register_member
from application.transactor import Transactor
from domain.membership.member import Sex
from entrypoints.cli.database import opened
from tests.entrypoints.cli.journeys import Shell

ROWS = 2_500
SHORT = 1_200
HEADING = ("name", "phone", "birthday", "sex", "card", "source", "campaign_code")
BAD: dict[int, tuple[tuple[str, ...], str, str]] = {
    2: (("王", "12345", "", "", "", "", ""), "phone", "This is no phone number."),
    3: (("王", "13800000003", "2025-02-30", "", "", "", ""), "birthday", "“2025-02-30” is no date."),
    4: (("王", "13900139000", "", "", "", "", ""), "phone", "This phone belongs to member"),
    5: (("王", "", "", "", "TAKEN", "", ""), "card", "This card belongs to member"),
    6: (("王", "", "", "", " ", "", ""), "phone", "The row has neither a phone nor a card"),
    7: (("王", "13800000007", "", "x", "", "", ""), "sex", "“x” is none of female, male and other."),
    8: (("王", "13800000008"), "", "The row has 2 cells, the heading 7."),
    9: (("王", "+86 138 0000 0010", "", "", "", "", ""), "", ""),
    10: (("王", "13800000010", "", "", "", "", ""), "phone", "Row 9 has it already."),
    1_100: (("王", "13800000010", "", "", "", "", ""), "phone", "This phone belongs to member"),
    1_101: (("王", "", "", "", "C-100", "", ""), "card", "This card belongs to member"),
    1_102: (("王" * 201, "13800001102", "", "", "", "", ""), "name", "The text has 201 characters"),
    1_103: (("王", "13800001103", "2999-01-01", "", "", "", ""), "birthday", "The birthday 2999-01-01 has not come"),
}
REFUSED = {row: (field, message) for row, (_, field, message) in BAD.items() if message}
"""A dozen of the rows cannot be registered; the 880 of 100,000 of a real file would be two dozen."""


@pytest.fixture
def file(anywhere: Path) -> Path:
    """A file of 2,500 rows; the card C-100 stands in row 100."""
    return written(anywhere / "members.csv", ROWS)


@pytest.fixture
def short_file(anywhere: Path) -> Path:
    """Its first 1,200 rows, which hold all that are refused."""
    return written(anywhere / "members.csv", SHORT)


def written(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEADING)
        for number in range(2, count + 2):
            good = (f"会员{number}", f"138{number:08d}", "1990-02-28", "女", f"C-{number}", "EVENT", "E1")
            rows.writerow(BAD[number][0] if number in BAD else good)
    return path


@pytest.fixture
def shop(chain_shell: Shell) -> Shell:
    """A chain with one member, who has a phone and a card of the file."""
    with opened(None) as chain:
        chain.write(register_member, RegisterMember(phone="13900139000", card="TAKEN", source="till"))
    return chain_shell


def imported(shell: Shell, file: Path, *options: str) -> dict[str, int]:
    ended = shell("import", "members", file, "--format", "json", *options)
    assert ended.code == 0, ended.err
    return {row["what"]: row["rows"] for row in ended.json}


def refusals(file: Path) -> dict[int, tuple[str, str]]:
    with file.with_suffix(".refused.csv").open(encoding="utf-8-sig", newline="") as read:
        return {int(row["row"]): (row["field"], row["message"]) for row in csv.DictReader(read)}


def check_refusals(file: Path) -> None:
    found = refusals(file)
    assert {row: field for row, (field, _) in found.items()} == {row: field for row, (field, _) in REFUSED.items()}
    for row, (_, message) in REFUSED.items():
        assert found[row][1].startswith(message), found[row]


def stored() -> tuple[int, ...]:
    """Members, their keys, their cards and their accounts."""
    tables = membership.members, membership.member_keys, membership.member_cards, loyalty.points_accounts
    with opened(None) as chain, chain.units.engine.connect() as connection:
        return tuple(int(connection.execute(select(func.count()).select_from(table)).scalar_one()) for table in tables)


def stored_with(good: int) -> tuple[int, ...]:
    """The member of before, and of every good row a number, a phone and a card; row 9 has no card."""
    return good + 1, 3 * (good + 1) - 1, good, good + 1


GOOD = ROWS - len(REFUSED)
GOOD_IN_SHORT = SHORT - len(REFUSED)


@pytest.mark.capability("MEM-16")
def test_registers_the_good_rows_and_tells_the_others_with_row_number_and_reason(shop: Shell, file: Path):
    assert imported(shop, file) == {"registered": GOOD, "before": 0, "refused": len(REFUSED)}
    check_refusals(file)
    assert stored() == stored_with(GOOD)
    with opened(None) as chain:
        one = chain.read(get_member, GetMember("C-1234"))
    assert (one.name, one.phone, one.birthday, one.sex) == ("会员1234", "+8613800001234", "1990-02-28", Sex.FEMALE)
    counted = shop("report", "members", "--by", "source", "--by", "campaign", "--format", "json").json
    assert counted == [
        {"source": "", "campaign_code": "", "members": 1},
        {"source": "EVENT", "campaign_code": "E1", "members": GOOD - 1},
        {"source": "till", "campaign_code": "", "members": 1},
    ]
    assert shop("check").code == 0
    # Again it changes nothing, and tells the same.
    assert imported(shop, file) == {"registered": 0, "before": GOOD, "refused": len(REFUSED)}
    check_refusals(file)
    assert stored() == stored_with(GOOD)


@pytest.mark.capability("DAT-01")
def test_carries_on_after_an_interruption_and_doubles_nothing(
    shop: Shell, short_file: Path, monkeypatch: pytest.MonkeyPatch
):
    execute, calls = Transactor.execute, 0

    def interrupted(self: Transactor, *arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt
        return execute(self, *arguments)

    monkeypatch.setattr(Transactor, "execute", interrupted)
    assert shop("import", "members", short_file).code == 130
    after_one_part = 1_000 - len([row for row in REFUSED if row <= 1_001])
    assert stored()[0] == after_one_part + 1
    assert imported(shop, short_file) == {
        "registered": GOOD_IN_SHORT - after_one_part, "before": after_one_part, "refused": len(REFUSED),
    }  # fmt: skip
    assert stored() == stored_with(GOOD_IN_SHORT)
    check_refusals(short_file)


@pytest.mark.capability("MEM-16")
def test_a_dry_run_says_the_same_and_registers_nobody(shop: Shell, short_file: Path):
    assert imported(shop, short_file, "--dry-run") == {
        "registered": GOOD_IN_SHORT,
        "before": 0,
        "refused": len(REFUSED),
    }
    found = refusals(short_file)
    assert found.keys() == REFUSED.keys()
    assert found[1_100] == ("phone", "An earlier row has it already. Keep one of the two rows.")
    assert stored() == (1, 3, 1, 1)


def test_takes_as_many_statements_for_a_thousand_rows_as_for_ten(shop: Shell):
    def statements(start: int, count: int) -> int:
        rows = tuple(use_case.MemberRow(n, phone=f"137{n:08d}", card=f"D-{n}") for n in range(start, start + count))
        with opened(None) as chain:
            before: list[int] = []

            def counted(uow: Any, command: use_case.ImportMembers) -> None:
                made: list[str] = []
                uow.execute, execute = (lambda *given: (made.append(""), execute(*given))[1]), uow.execute
                use_case.import_members(uow, command)
                before.append(len(made))

            chain.write(counted, use_case.ImportMembers(rows))
            return before[0]

    # Keys and cards are looked up by a thousand at a time; a row has two keys.
    assert (statements(0, 10), statements(1_000, 1_000)) == (10, 11)


def test_says_what_is_wrong_with_a_file(shop: Shell, anywhere: Path):
    path = anywhere / "wrong.csv"
    for content, said in (
        (b"name,phone,age\n", "unknown: age"),
        (b"phone,phone\n", "named twice: phone"),
        (b"name\nLi\n", "names no columns that can be imported"),
        (b"", "names no columns that can be imported"),
        (b"phone\n\xff\xff\xff\n", "neither UTF-8 nor GB 18030"),
        (b'phone\n"1380\n', "is no CSV"),
    ):
        path.write_bytes(content)
        ended = shop("import", "members", path)
        assert (ended.code, said in ended.err) == (1, True), ended.err
    assert stored()[0] == 1


def test_reads_what_chinese_spreadsheets_write(shop: Shell, anywhere: Path):
    path = anywhere / "gb.csv"
    path.write_bytes("phone,name\n13800138000,欧阳娜娜\n".encode("gb18030"))
    assert imported(shop, path) == {"registered": 1, "before": 0, "refused": 0}
    with opened(None) as chain:
        assert chain.read(get_member, GetMember("13800138000")).name == "欧阳娜娜"
