"""`liansuo demo-loyalty` on a small journey, with figures worked out by hand."""

from datetime import date
from pathlib import Path

import pytest

from entrypoints.cli import loyalty_year
from entrypoints.cli.complete_journey import Journey
from tests.entrypoints.cli.journeys import Shell, journey


def small_year() -> Journey:
    """Household 33 redeems, household 7 does not."""
    return journey(
        {"basket_id": 1, "household_id": 33, "sales_value": 250.0, "transaction_timestamp": "2017-01-05 10:00:00"},
        {"basket_id": 2, "household_id": 33, "sales_value": 20.0, "transaction_timestamp": "2017-01-09 10:00:00"},
        {"basket_id": 3, "sales_value": 10.0, "transaction_timestamp": "2017-01-09 11:00:00"},
        {"basket_id": 4, "household_id": 33, "sales_value": 6.0, "transaction_timestamp": "2017-02-03 10:00:00"},
        {"basket_id": 5, "household_id": 33, "sales_value": 6.0, "transaction_timestamp": "2017-02-03 11:00:00"},
    )


@pytest.mark.capability("FIN-11", "PTS-05", "PTS-12")
def test_trades_months_of_a_programme_and_lets_every_point_expire(
    shell: Shell, anywhere: Path, monkeypatch: pytest.MonkeyPatch
):
    """What each month end owes.

    January: 250 points on 250.00 defer 25000 x 250 / 25250 = 248; on the double day 40 on 20.00 defer 2000 x 40 / 2040
    = 39, and 20 on 10.00 defer 1000 x 20 / 1020 = 20. February: of 290 points 200 pay 2.00 of 6.00, half of it being
    the cap; they take 248 x 200 / 250 = 198 along, and the 4 points on what was paid defer 4, as the 6 on 6.00 defer
    6. A year later January's lots are over, in February the rest.
    """
    monkeypatch.setattr(loyalty_year, "load", lambda weeks: small_year())
    monkeypatch.setattr(loyalty_year, "DOUBLE_DAYS", (date(2017, 1, 9),))
    monkeypatch.setenv("LIANSUO_WORKERS", "1")
    ended = shell("demo-loyalty", "--format", "json")
    assert ended.code == 0, ended.err
    ends = {end["on"]: (end["points"], end["books_minor"]) for end in ended.json["month_ends"]}
    assert all(end["difference_minor"] == 0 for end in ended.json["month_ends"])
    assert ends["2017-01-31"] == (310, 248 + 39 + 20)
    assert ends["2017-02-28"] == ends["2017-12-31"] == (120, 248 + 39 + 20 - 198 + 4 + 6)
    assert ends["2018-01-31"] == (10, 10)
    assert ends["2018-02-28"] == (0, 0)
    assert len(ends) == 14
    assert ended.json["check"]["ok"] is True
    assert "1 redemptions" in ended.err
    told = shell(
        "report", "points-month-ends", "--from", "2017-01-01", "--to", "2018-02-28",
        "--database", "sqlite:///var/loyalty.db", "--format", "json",
    )  # fmt: skip
    assert {end["on"]: (end["points"], end["books_minor"]) for end in told.json} == ends


def test_months_are_whole_ones():
    found = list(loyalty_year.months(date(2017, 12, 30), date(2018, 2, 1)))
    assert found == [
        (date(2017, 12, 1), date(2017, 12, 31)),
        (date(2018, 1, 1), date(2018, 1, 31)),
        (date(2018, 2, 1), date(2018, 2, 28)),
    ]
