"""Text on paper: no line is wider than the paper, whatever stands in it, and nothing gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.sales.paper import PAPERS, PaperLine, pair, plain, width_of, wrapped

ANYTHING = st.text(st.characters(codec="utf-8"), max_size=120)


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("Tea", 3), ("绿茶", 4), ("绿茶 Tea", 8), ("（大）", 6), ("×2", 3), ("ﾃ", 1), ("é", 2), ("ä", 1)],
)
def test_a_chinese_character_takes_two_columns(text: str, width: int) -> None:
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("Green tea from the hills", 10, ["Green tea", "from the", "hills"]),
        ("有机绿茶礼盒装", 10, ["有机绿茶礼", "盒装"]),
        ("有机绿茶礼盒装", 9, ["有机绿茶", "礼盒装"]),
        ("茶 Tea茶", 4, ["茶", "Tea", "茶"]),
        ("Unbreakablename", 6, ["Unbrea", "kablen", "ame"]),
        ("a\u202eb\nc\td", 10, ["ab c d"]),
        ("\u00a59.9 券", 10, ["\uffe59.9 券"]),
        ("", 10, [""]),
    ],
)
def test_lines_break_between_words_and_anywhere_in_chinese(text: str, columns: int, lines: list[str]) -> None:
    assert wrapped(text, columns) == lines


def test_an_amount_stands_at_the_edge_of_the_last_line_that_has_room() -> None:
    assert [one.text(10) for one in pair("Tea", "1.00", columns=10)] == ["Tea   1.00"]
    assert [one.text(10) for one in pair("Green tea 2", "10.00", columns=10)] == ["Green tea", "2    10.00"]
    assert [one.text(10) for one in pair("Black", "100.00", columns=10)] == ["Black", "    100.00"]
    assert [one.text(10) for one in pair("绿茶", "1.00", columns=10, indent=1)] == [" 绿茶 1.00"]
    assert pair("", "1.00", columns=10) == [PaperLine("", "1.00")]
    assert pair("", "0123456789", columns=10) == [PaperLine("", "0123456789")]


@given(ANYTHING, st.sampled_from(PAPERS))
def test_no_line_is_wider_than_its_paper_and_no_character_gets_lost(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert max(width_of(line) for line in lines) <= columns
    assert "".join(lines).replace(" ", "") == plain(text).replace(" ", "")


@given(ANYTHING, ANYTHING, st.sampled_from(PAPERS), st.sampled_from((0, 2)))
def test_no_pair_is_wider_than_its_paper(left: str, right: str, columns: int, indent: int) -> None:
    placed = pair(left, plain(right), columns=columns, indent=indent)
    assert max(width_of(line.text(columns)) for line in placed) <= columns
    shown = "".join(line.left + line.right for line in placed).replace(" ", "")
    assert shown == (plain(left) + plain(right)).replace(" ", "")
