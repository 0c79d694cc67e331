"""Slow sellers at the command line."""

from datetime import datetime
from typing import Any

import pytest

from tests.entrypoints.cli.journeys import Shell
from tests.entrypoints.pricing.test_slow_sellers import slow_december
from tests.world import World


@pytest.fixture
def january(shell: Shell, world: World, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Commands in January 2027 on a chain that sold next to nothing in December."""
    slow_december(world)

    class ThatDay(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return world.clock()

    monkeypatch.setattr("entrypoints.cli.database.datetime", ThatDay)
    monkeypatch.setenv("LIANSUO_DATABASE_URL", world.url)
    return shell


@pytest.mark.capability("PRM-16")
def test_lists_proposals_and_counts_the_rest(january: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("entrypoints.cli.promotion_proposals.PAGE_SIZE_MAX", 2)
    found = january("promotion", "proposals", "--month", "2026-12", "--format", "json").json
    proposals = {one.pop("sku"): one for one in found.pop("proposals")}
    assert found == {
        "from_date": "2026-12-01",
        "to_date": "2026-12-31",
        "currency": "CNY",
        "slow_below_milli": 5_000,
        "looked_at": 5,
        "selling": 0,
        "left_out": {"unstocked": 2},
    }
    assert {sku: (one["proposal"], one["proposed_price_minor"]) for sku, one in proposals.items()} == {
        "TEA": ("deepen", 9_400),
        "MUG": ("deepen", 4_750),
        "RICE": ("deepen", 760),
    }
    assert (proposals["TEA"]["promotions"], proposals["MUG"]["days_of_stock"]) == ("TEA1 (100 off each unit)", None)
    table = january("promotion", "proposals", "--store", "S1", "--store", "S2", "--days", "60", "--pieces", "1")
    assert "5 products looked at: 1 sell enough; left out: 2 new, 2 unstocked." in table.out
    lines = january(
        "promotion", "proposals", "--region", "EAST", "--month", "2026-12", "--format", "csv"
    ).out.splitlines()
    assert [line.split(",")[0] for line in lines[:4]] == ["sku", "TEA", "MUG", "RICE"]
    refused = january("promotion", "proposals", "--month", "2027-01", "--days", "3")
    assert (refused.code, "exclude each other" in refused.err) == (1, True)
