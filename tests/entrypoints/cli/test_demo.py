"""`liansuo demo`: the figures for programs, and the whole of it on the first week."""

import json
from pathlib import Path

import pytest

from entrypoints.cli.complete_journey import load
from entrypoints.cli.demo import demo_figures
from entrypoints.cli.replay import way_for
from tests.entrypoints.cli.journeys import Shell


def test_demo_json_holds_what_was_read():
    figures = demo_figures(load(2), checks_failed=0, seconds=12.5)
    assert figures == {
        "baskets": 3301,
        "lines": 35176,
        "received_minor": 10384779,
        "retail_disc_minor": 1734858,
        "coupon_disc_minor": 40405,
        "coupon_match_minor": 6841,
        "stores": 142,
        "members": 1390,
        "lines_skipped": 101,
        "coupon_surplus_minor": 0,
        "checks_failed": 0,
        "seconds": 12.5,
    }


def test_sells_two_weeks_live_and_uploads_more():
    assert [way_for(weeks).value for weeks in (1, 2, 3, 53)] == ["live", "live", "upload", "upload"]


@pytest.mark.long
def test_trades_the_first_week_and_proves_the_books(shell: Shell, anywhere: Path):
    ended = shell("demo", "--weeks", "1", "--format", "json")
    assert ended.code == 0, ended.err
    shown = ended.json
    written = json.loads((anywhere / "var" / "demo.json").read_text())
    assert shown["check"]["ok"] is True
    assert written["checks_failed"] == 0
    assert sum(row["total_minor"] for row in shown["takings_by_tender"]) == written["received_minor"]
    assert sum(row["balance_minor"] for row in shown["trial_balance"]) == 0
    rows = {row["what"]: row["baskets"] for row in shown["reconciliation"]}
    assert rows["stored now"] == rows["kept"] == written["baskets"] - rows["skipped"]
    again = shell("replay", "--weeks", "1", "--database", "sqlite:///var/demo.db")
    assert again.code == 3, "the server of the demo has ended"
