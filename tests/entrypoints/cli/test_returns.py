"""Reasons for returns, and what came back, at the command line."""

import pytest

from application.sales.refund import RefundSale
from tests.entrypoints.cli.journeys import Shell
from tests.world import Till
from tests.world import opened as world_of


@pytest.mark.capability("SAL-03")
def test_keeps_reasons_and_reports_by_them(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    assert shell("returns", "reason", "allergy", "--en", "Allergy", "--zh", "过敏").code == 0
    listed = shell("returns", "reasons", "--format", "json").json
    assert (len(listed), listed[0]) == (
        10, {"code": "allergy", "name_en": "Allergy", "name_zh": "过敏", "retired": False}
    )  # fmt: skip
    with world_of(sqlite_chain, furnished=True) as world:
        sale = world.sell(Till().line("TEA", 2).cash(20_000).command)
        world.refund(RefundSale(sale.sale_id, "itches", reason_code="allergy", scrap=True))
    period = ("--from", "2026-11-22", "--to", "2026-11-22")
    assert shell("returns", "report", "--store", "S1", *period, "--format", "json").json == [
        {"reason_code": "allergy", "condition": "scrap", "lines": 1, "total_minor": 20_000, "cost_minor": 12_000}
    ]
    assert shell("returns", "report", "--store", "S9", *period).code == 1
