"""What a play wins, and that anybody can recompute it."""

import hashlib
import hmac
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.marketing.draw import LuckyDraw, Prize, PrizeKind, terms_digest, terms_text, tickets_for
from domain.marketing.draw_ledger import DrawPlay, PlayOutcome
from domain.marketing.drawing import (
    FAIR_WORDS,
    awarded,
    commitment_of,
    drawn,
    first_difference,
    first_fair,
    position_of,
    roll_ppm,
    seed_of,
)

DOCUMENT = (Path(__file__).parents[3] / "docs" / "LUCKY_DRAWS.md").read_text(encoding="utf-8")
SEED = bytes(range(32))
AT = datetime(2026, 12, 1, tzinfo=UTC)


def prize(code: str, chance: int, *, number: int = 1, kind: PrizeKind = PrizeKind.POINTS, **given: Any) -> Prize:
    return Prize(code, kind, code, code, number, chance, value_minor=1, **given)


def terms(*prizes: Prize) -> LuckyDraw:
    return LuckyDraw("XMAS", "X", "圣", "CNY", AT, AT.replace(day=31), prizes=prizes)


THANKS = prize("THANKS", 0, number=0, kind=PrizeKind.NOTHING)


@pytest.mark.capability("PRM-18")
def test_the_published_program_comes_to_the_published_example():
    """The code of the document, which knows nothing of this program, and this program: each row of its table."""
    [program] = re.findall(r"```python\n(.*?)```", DOCUMENT, re.S)
    names: dict[str, Any] = {}
    exec(program, names)
    seed = bytes.fromhex(re.findall(r"seed `([0-9a-f]{64})`", DOCUMENT)[0])
    assert re.findall(r"commitment `([0-9a-f]{64})`", DOCUMENT) == [commitment_of(seed).hex()]
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| `(\w*)` \|", DOCUMENT, re.M)
    example = terms(prize("TEA", 10_000), prize("P100", 190_000), prize("THANKS", 300_000, kind=PrizeKind.NOTHING))
    assert len(rows) == 5
    for number, ticket, roll, code in rows:
        found = drawn(example, seed, play_number=int(number), ticket_id=int(ticket))
        won = example.prize_at(found.position)
        assert (found.roll_ppm, won.code if won else "") == (int(roll), code)
        assert names["roll"](seed, "XMAS", int(number), int(ticket)) == found.roll_ppm


@given(st.binary(min_size=32, max_size=32), st.text(max_size=20), st.integers(1, 2**62), st.integers(1, 2**62))
def test_a_number_drawn_is_the_first_fair_word_of_its_digest(seed: bytes, code: str, number: int, ticket: int):
    digest = hmac.new(seed, f"{code}|{number}|{ticket}".encode(), hashlib.sha256).digest()
    words = [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 32, 4)]
    fair = [word % 1_000_000 for word in words if word < 4_294_000_000]
    assert [roll_ppm(seed, draw_code=code, play_number=number, ticket_id=ticket)] == fair[:1]


def test_words_that_would_favour_a_number_are_passed_over():
    """Those below the bound fall on every number 4,294 times: one more word would favour 0."""
    assert FAIR_WORDS == 4_294_000_000
    assert first_fair([FAIR_WORDS - 1]) == 999_999
    assert first_fair([FAIR_WORDS, 2**32 - 1, 5_000_007]) == 7
    assert first_fair([FAIR_WORDS]) is None


def test_a_digest_without_a_fair_word_is_followed_by_the_next(monkeypatch: pytest.MonkeyPatch):
    digests = iter([b"\xff" * 32, b"\x00" * 32])
    said: list[bytes] = []

    def digest(key: bytes, message: bytes, name: str) -> bytes:
        said.append(message)
        return next(digests)

    monkeypatch.setattr("domain.marketing.drawing.hmac.digest", digest)
    assert roll_ppm(SEED, draw_code="X", play_number=1, ticket_id=2) == 0
    assert said == [b"X|1|2", b"X|1|2|1"]


def test_numbers_are_spread_evenly():
    """20,000 plays in ten equal parts: chi-square with 9 degrees of freedom stays below 21.67 in 99 of 100 such tests
    (NIST Handbook 1.3.6.7.4); the plays are always the same."""
    parts = [0] * 10
    for number in range(1, 20_001):
        parts[roll_ppm(SEED, draw_code="EVEN", play_number=number, ticket_id=number) // 100_000] += 1
    assert sum((part - 2_000) ** 2 / 2_000 for part in parts) < 21.67


@given(st.lists(st.integers(0, 20_000), max_size=50), st.integers(0, 999_999))
def test_every_prize_is_drawn_by_as_many_numbers_as_its_chance(chances: list[int], roll: int):
    position = position_of(roll, chances)
    if position == 0:
        assert roll >= sum(chances)
    else:
        assert sum(chances[: position - 1]) <= roll < sum(chances[:position])


@pytest.mark.parametrize(
    ("position", "left", "can_give", "expected"),
    [
        (0, 0, PlayOutcome.WON, (PlayOutcome.NOTHING, 0, 0)),
        (1, 1, PlayOutcome.WON, (PlayOutcome.WON, 1, 1)),
        (1, 0, PlayOutcome.WON, (PlayOutcome.NONE_LEFT, 2, 0)),
        (1, 0, PlayOutcome.NO_STOCK, (PlayOutcome.NONE_LEFT, 2, 0)),
        (1, 1, PlayOutcome.NO_STOCK, (PlayOutcome.NO_STOCK, 2, 0)),
        (2, 0, PlayOutcome.WON, (PlayOutcome.WON, 2, 0)),
    ],
)
def test_what_cannot_be_had_becomes_the_consolation(position: int, left: int, can_give: PlayOutcome, expected: Any):
    found = awarded(terms(prize("A", 1), THANKS), position, left=left, can_give=can_give)
    assert (found.outcome, found.position, found.taken) == expected


def test_without_a_consolation_it_becomes_nothing():
    assert awarded(terms(prize("A", 1)), 1, left=0).position == 0


@given(st.integers(1, 9), st.integers(0, 3), st.sampled_from(["roll_ppm", "drawn_position", "left_before", "taken"]))
def test_a_play_that_was_changed_is_told_from_the_one_that_was_played(number: int, left: int, field: str):
    rules = terms(prize("A", 500_000, number=3), prize("B", 500_000, number=3))
    found = drawn(rules, SEED, play_number=number, ticket_id=77)
    given_out = awarded(rules, found.position, left=left)
    play = DrawPlay(
        draw_id=1, play_number=number, play_id=5, ticket_id=77, member_id=9, store_id=1, caller_id=1, staff_id=None,
        channel="store", business_date=date(2026, 12, 1), played_at=AT, roll_ppm=found.roll_ppm,
        drawn_position=found.position, left_before=left, available_milli=0, outcome=given_out.outcome,
        prize_position=given_out.position, taken=given_out.taken,
    )  # fmt: skip
    state = {"play_number": number, "holder_id": 9, "left": {1: left, 2: left}}
    assert first_difference(rules, SEED, play, **state) is None
    changed = replace(play, **{field: getattr(play, field) + 1})
    wrong = first_difference(rules, SEED, changed, **state)
    assert wrong is not None and wrong.field == field.replace("drawn_position", "drawn_code")
    assert first_difference(rules, bytes(32), play, **state) is not None


def test_the_digest_of_the_terms_is_that_of_everything_that_decides():
    rules = terms(prize("A", 5))
    assert terms_text(rules).startswith('{"channels":[],"code":"XMAS","currency":"CNY","from_at":"2026-12-01T00:00:00')
    assert terms_digest(replace(rules, name_en="Other")) == terms_digest(rules)
    for changed in (
        replace(rules, prizes=(prize("A", 6),)),
        replace(rules, prizes=(prize("A", 5, points=1),)),
        replace(rules, store_codes=("A,B",)),
        replace(rules, store_codes=("A", "B")),
        replace(rules, plays_per_member_max=1),
        replace(rules, until_at=rules.until_at.replace(microsecond=1)),
    ):
        assert terms_digest(changed) != terms_digest(rules)
    assert terms_digest(replace(rules, store_codes=("A,B",))) != terms_digest(replace(rules, store_codes=("A", "B")))


@pytest.mark.parametrize(("spend", "per_sale", "expected"), [(99, 0, 0), (100, 0, 1), (1_050, 0, 5), (450, 3, 3)])
def test_spend_brings_a_ticket_for_each_full_step(spend: int, per_sale: int, expected: int):
    rules = replace(terms(), spend_step_minor=100, tickets_per_sale_max=per_sale)
    assert tickets_for(rules, spend, tickets_max=5) == expected
    assert tickets_for(rules, -spend, tickets_max=5) == 0
    assert tickets_for(terms(), spend, tickets_max=5) == 0


def test_a_seed_has_32_bytes_whatever_the_secret():
    assert len(seed_of("secret")) == 32
