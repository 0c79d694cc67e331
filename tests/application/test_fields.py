from datetime import date

import pytest

from application.fields import (
    EmptyPeriod,
    InvalidDate,
    Missing,
    NamedTwice,
    OutOfRange,
    SpaceAround,
    TextTooLong,
    TooMany,
    UnusableCharacter,
    at_most,
    in_order,
    named_once,
    optional_code,
    optional_date,
    optional_name,
    required_code,
    required_name,
    within,
)


def test_takes_what_every_database_takes():
    assert required_code("茶-1", field="code") == "茶-1"
    assert optional_code("", field="code") == ""
    assert required_name("  Li Xiaoming　", field="name") == "Li Xiaoming"
    assert optional_name(" ", field="name") == ""
    assert within(3, 0, 3, field="decimals") == 3
    assert optional_date("2024-02-29", field="day") == date(2024, 2, 29)
    assert optional_date("", field="day") is None


@pytest.mark.parametrize(
    ("check", "refusal", "message"),
    [
        (lambda: required_code("", field="at"), Missing, "This field is required."),
        (lambda: required_name(" ", field="at"), Missing, "This field is required."),
        (
            lambda: required_code(" A", field="at"),
            SpaceAround,
            "The code “ A” begins or ends with a space. Remove it.",
        ),
        (
            lambda: optional_code("A" * 65, field="at"),
            TextTooLong,
            "The text has 65 characters; at most 64 are kept.",
        ),
        (
            lambda: optional_name("A" * 201, field="at"),
            TextTooLong,
            "The text has 201 characters; at most 200 are kept.",
        ),
        (
            lambda: optional_code("A\0B", field="at"),
            UnusableCharacter,
            "The text has a control character at position 2. Remove it.",
        ),
        (
            lambda: optional_name("A\ud800", field="at"),
            UnusableCharacter,
            "The text has a control character at position 2. Remove it.",
        ),
        (lambda: within(4, 0, 3, field="at"), OutOfRange, "4 is not within 0 to 3."),
        (lambda: at_most([], 2, field="at"), Missing, "This field is required."),
        (
            lambda: at_most([1, 2, 3], 2, field="at"),
            TooMany,
            "3 at once are too many; send at most 2 in one request.",
        ),
        (
            lambda: in_order(date(2025, 1, 1), date(2025, 1, 1), field="at"),
            EmptyPeriod,
            "The period ends at or before its beginning. The end is the first moment that no longer belongs to it.",
        ),
    ],
)
def test_says_what_is_wrong_with_a_field(check, refusal, message):
    with pytest.raises(refusal) as refused:
        check()
    assert (refused.value.field, refused.value.message()) == ("at", message)


@pytest.mark.parametrize(
    "text", ["2025-02-30", "20250228", "2025-W01-1", "2025-2-3", "２０２５-01-01", "tomorrow", "0000-01-01"]
)
def test_refuses_what_is_no_day_of_the_calendar(text):
    with pytest.raises(InvalidDate) as refused:
        optional_date(text, field="birthday")
    assert refused.value.field == "birthday"
    assert refused.value.message() == f"“{text}” is no date. Write a day of the calendar as YYYY-MM-DD."


def test_names_the_second_place_of_a_code():
    with pytest.raises(NamedTwice) as refused:
        named_once(["A", "B", "A"], field="regions")
    assert refused.value.field == "regions[2].code"
    named_once(["A", "B"], field="regions")
