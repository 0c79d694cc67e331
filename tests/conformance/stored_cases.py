"""The cases of tests/conformance/cases: results of other systems and of textbooks, as they were published.

A test computes from what a case gives, with the rules of Liansuo, and compares with what the case expects.
"""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

Case = dict[str, Any]


@cache
def cases() -> dict[str, Case]:
    files = sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
    rows = [json.loads(line) for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    found = {row["id"]: row for row in rows}
    assert len(found) == len(rows), "two cases have the same id"
    return found


def deciding(*ids: str) -> pytest.MarkDecorator:
    """Runs the test for each of these cases, as its argument `case`."""
    rows = [cases()[case_id] for case_id in ids]
    return pytest.mark.parametrize(
        "case",
        [pytest.param(row, id=row["id"], marks=pytest.mark.conformance(row["id"], area=row["area"])) for row in rows],
    )


def scaled(text: str | float, digits: int) -> int:
    """A decimal number as an integer with `digits` places; refuses what does not fit."""
    number = Decimal(str(text)).scaleb(digits)
    assert number == int(number), f"{text} has more than {digits} places"
    return int(number)


def minor(text: str | float) -> int:
    return scaled(text, 2)


def milli(text: str | float) -> int:
    return scaled(text, 3)


def places(amount: int, denominator: int, digits: int) -> str:
    """A quotient as people print it, with `digits` places."""
    return str(round(Decimal(amount) / Decimal(denominator), digits))
