"""`liansuo purchase return` on a furnished chain."""

import json
from pathlib import Path

import pytest

from tests.application.purchasing.buying import bought, with_supplier
from tests.entrypoints.cli.journeys import Shell
from tests.world import opened as chain_of


def test_sends_goods_back_and_lists_them(
    shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with chain_of(sqlite_chain, furnished=True) as world:
        receipt = bought(with_supplier(world), "TEA", 50, 8_000).receipt_id
    file = tmp_path / "back.json"
    lines = [{"sku": "TEA", "quantity_milli": 10_000, "reason": "damaged"}]
    file.write_text(json.dumps({"lines": lines}), encoding="utf-8")
    done = shell("purchase", "return", str(file), "--receipt", str(receipt), "--reference", "RMA-7")
    assert "to MILL: cost 66667, claimed 80000, of which invoiced before 0." in done.err
    [listed] = shell("purchase", "returns", "--supplier", "MILL", "--format", "json").json
    assert (listed["claim_minor"], listed["reference"], listed["store_code"]) == (80_000, "RMA-7", "S1")
    lines[0]["quantity_milli"] = 41_000
    file.write_text(json.dumps({"lines": lines}), encoding="utf-8")
    more = shell("purchase", "return", str(file), "--receipt", str(receipt))
    assert (more.code, "40000 thousandths came that way and are not returned yet" in more.err) == (1, True)
