import base64
import json
from datetime import UTC, date, datetime

import pytest

from application.paging import INTEGER_MAX, InvalidPageSize, InvalidPageToken, Page, next_token, page


def token_of(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def test_starts_at_the_first_row_without_a_token():
    assert page(0, "", key=(str,)) == Page(limit=50, after=None)
    assert page(500, "", key=(str,)) == Page(limit=500, after=None)


def test_goes_on_after_the_last_row_of_the_page_before():
    rows = [("S1", 7), ("茶", 8), ("S3", 9)]
    token = next_token(rows, 2, lambda row: row)
    assert page(2, token, key=(str, int)) == Page(limit=2, after=("茶", 8))


def test_keeps_an_instant_to_the_microsecond():
    at = datetime(2025, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
    token = next_token([(at, 1), (at, 2)], 1, lambda row: row)
    assert page(1, token, key=(datetime, int)).after == (at, 1)


def test_keeps_a_date():
    token = next_token([(date(2025, 6, 1), 1), (date(2025, 6, 1), 2)], 1, lambda row: row)
    assert page(1, token, key=(date, int)).after == (date(2025, 6, 1), 1)


@pytest.mark.parametrize("text", ["2025-06-31", "yesterday", ""])
def test_refuses_a_made_up_date(text):
    with pytest.raises(InvalidPageToken):
        page(1, token_of(text, 1), key=(date, int))


@pytest.mark.parametrize("text", ["2025-06-01T12:00:00", "0001-01-01T00:00:00+14:00", "yesterday", ""])
def test_refuses_a_made_up_instant(text):
    with pytest.raises(InvalidPageToken):
        page(1, token_of(text, 1), key=(datetime, int))


def test_hands_out_no_token_on_the_last_page():
    assert next_token([("S1",), ("S2",)], 2, lambda row: row) == ""


@pytest.mark.parametrize("page_size", [-1, 501])
def test_refuses_a_size_out_of_bounds(page_size):
    with pytest.raises(InvalidPageSize) as refusal:
        page(page_size, "", key=(str,))
    assert str(refusal.value) == f"page_size: page_size is {page_size}; send 1 to 500, or 0 for 50."


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "***",
        "茶",
        "bm90IGpzb24",
        "/" * 2_000,
        token_of(),
        token_of("S1"),
        token_of(7, "S1"),
        token_of("S1", True),
        token_of("S1", 7.0),
        token_of("S1", INTEGER_MAX + 1),
        token_of("S1", -INTEGER_MAX - 1),
        token_of("S\0", 7),
        token_of("\ud800", 7),
        base64.urlsafe_b64encode(b'{"a": 1}').decode().rstrip("="),
        base64.urlsafe_b64encode(b"[" * 700).decode().rstrip("="),
    ],
)
def test_refuses_a_token_that_this_list_did_not_hand_out(token):
    with pytest.raises(InvalidPageToken) as refusal:
        page(2, token, key=(str, int))
    assert refusal.value.field == "page_token"
