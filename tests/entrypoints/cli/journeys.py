"""Small journeys made by hand, and commands run as a shell would run them."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from entrypoints.cli.commands import run
from entrypoints.cli.complete_journey import Journey, journey_of

PRODUCTS = {
    "product_id": [1, 2, 3],
    "department": ["GROCERY", "FUEL", "MISCELLANEOUS"],
    "product_category": ["SNACKS", "COUPON/MISC ITEMS", "COUPON/MISC ITEMS"],
    "product_type": ["POTATO CHIPS", "GASOLINE-REG UNLEADED", "GASOLINE-REG UNLEADED"],
    "package_size": ["  9 OZ", None, None],
}


def journey(*rows: dict[str, Any]) -> Journey:
    """A journey of rows; what a row does not say is one potato-chips line of 1.00 in the only basket."""
    import pandas  # which takes a second, in every process that collects tests

    usual = {
        "household_id": 7,
        "store_id": 367,
        "basket_id": 100,
        "product_id": 1,
        "quantity": 1,
        "sales_value": 1.0,
        "retail_disc": 0.0,
        "coupon_disc": 0.0,
        "coupon_match_disc": 0.0,
        "week": 1,
        "transaction_timestamp": "2017-01-01 11:53:26",
    }
    table = pandas.DataFrame([usual | row for row in rows])
    table["transaction_timestamp"] = pandas.to_datetime(table.transaction_timestamp)
    return journey_of(table, pandas.DataFrame(PRODUCTS))


def three_weeks() -> Journey:
    """Three stores, two households, eight baskets in three weeks: fuel, coupons, a surplus, and what is skipped."""
    return journey(
        {"basket_id": 101, "quantity": 3, "sales_value": 4.17, "retail_disc": 1.29, "coupon_match_disc": 0.45},
        {"basket_id": 101, "product_id": 2, "quantity": 10597, "sales_value": 25.0},
        {"basket_id": 102, "transaction_timestamp": "2017-01-02 08:00:00", "coupon_disc": 0.25},
        {"basket_id": 103, "store_id": 5, "coupon_disc": 1.35},
        {"basket_id": 104, "store_id": 5, "quantity": 0, "sales_value": 0.5},
        {"basket_id": 104, "store_id": 5, "quantity": 0, "sales_value": 0.0},
        {"basket_id": 105, "store_id": 5, "quantity": 0, "sales_value": 0.0},
        {"basket_id": 106, "week": 2, "household_id": 8, "transaction_timestamp": "2017-01-09 20:00:00"},
        {"basket_id": 107, "week": 3, "household_id": 8, "transaction_timestamp": "2017-01-12 20:00:00"},
        {"basket_id": 108, "week": 3, "store_id": 9, "quantity": 2, "transaction_timestamp": "2017-01-12 20:00:00"},
    )


@dataclass(frozen=True)
class Ended:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands on one database."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ended:
        self._capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Ended(code, captured.out, captured.err)
