"""Paid memberships at the command line: the plan from a file, the daily run, and what a member has."""

from pathlib import Path

import pytest

from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.pricing.entries import PriceEntry
from application.pricing.put_prices import PutPrices, put_prices
from tests.entrypoints.cli.journeys import Shell
from tests.world import MEMBER, Till
from tests.world import opened as world_of

PROGRAMME = """
programme:
  currency: CNY
  tiers: [{code: gold, name_en: Gold, name_zh: 金, spend_minor: 100}]
  plans: [{code: PLUS, name_en: Plus, name_zh: 会员卡, sku: PLUS, tier: gold, days: 10}]
"""


def test_a_plan_is_put_sold_earned_and_shown(
    shell: Shell, sqlite_chain: str, anywhere: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    file = anywhere / "tiers.yaml"
    file.write_text(PROGRAMME, encoding="utf-8")
    assert "Version 1 is in force now." in shell("tier", "put", file).err
    with world_of(sqlite_chain, furnished=True) as world:
        world.do(put_products, PutProducts((ProductEntry("PLUS", "Plus", "HOME", "EA", "standard", unstocked=True),)))
        world.do(put_prices, PutPrices("BASE", (PriceEntry("PLUS", 11_300),)))
        world.set("points_earning", "no")
        sale = world.sell(Till().line("PLUS").member().cash(11_300).command)
    told = "1 paid memberships released up to 2026-11-25, of which 0 have ended.\n"
    assert shell("tier", "release", "--on", "2026-11-25").err == told
    [row] = shell("tier", "memberships", MEMBER, "--format", "json").json
    assert {name: row[name] for name in row if name != "membership_id"} == {
        "plan_code": "PLUS", "tier": "gold", "starts_on": "2026-11-22", "ends_on": "2026-12-02", "units": 1,
        "ended": False, "sale_id": sale.sale_id, "currency": "CNY", "value_left_minor": 7_000,
    }  # fmt: skip
    assert shell("check").code == 0
