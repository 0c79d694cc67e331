"""`liansuo purchase invoice` and what goes with it, on a furnished chain."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.application.purchasing.buying import at_price, came, sent, with_supplier
from tests.entrypoints.cli.journeys import Shell
from tests.world import opened as chain_of


@pytest.fixture
def order_id(sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """50 tea at 80.00 have come for it."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with chain_of(sqlite_chain, furnished=True) as world:
        made = sent(with_supplier(world, payment_days=30), at_price("TEA", 50, 8_000))
        came(world, made, 50)
    return made


def written(path: Path, order_id: int, **changes: Any) -> str:
    """The path of a file with an invoice of it."""
    line = {"order_id": order_id, "line_number": 1, "quantity_milli": 50_000, "net_minor": 400_000}
    asked = {"supplier_code": "MILL", "number": "R-1", "invoice_date": "2026-11-22", "total_minor": 452_000,
             "tax_minor": 52_000, "lines": [line], **changes}  # fmt: skip
    path.write_text(json.dumps(asked), encoding="utf-8")
    return str(path)


def test_an_invoice_is_recorded_and_paid(shell: Shell, order_id: int, tmp_path: Path) -> None:
    [waits] = shell("purchase", "unbilled", "--supplier", "MILL", "--format", "json").json
    assert (waits["sku"], waits["open_milli"], waits["open_minor"]) == ("TEA", 50_000, 400_000)
    done = shell("purchase", "invoice", written(tmp_path / "invoice.json", order_id), "--format", "json")
    assert "is posted: total 452000, open 452000, due 2026-12-22, 0 lines differ." in done.err
    assert (done.json[0]["matched_milli"], done.json[0]["difference"]) == (50_000, "none")
    assert shell("purchase", "unbilled", "--format", "json").json == []
    [due] = shell("purchase", "due", "--until", "2026-12-22", "--format", "json").json
    assert "452000, discount 0." in shell("purchase", "pay", str(due["invoice_id"]), "--reference", "T-1").err
    assert shell("purchase", "due", "--format", "json").json == []
    assert shell("purchase", "aging", "--format", "json").json == []
    [listed] = shell("purchase", "invoices", "--state", "posted", "--format", "json").json
    assert (listed["number"], listed["open_minor"]) == ("R-1", 0)
    wrong = shell("purchase", "pay", "R-1")
    assert (wrong.code, "is no INVOICE or INVOICE=AMOUNT" in wrong.err) == (2, True)


def test_an_invoice_that_differs_is_held_and_rejected(shell: Shell, order_id: int, tmp_path: Path) -> None:
    dear = {"order_id": order_id, "line_number": 1, "quantity_milli": 50_000, "net_minor": 500_000}
    file = written(tmp_path / "invoice.json", order_id, lines=[dear], total_minor=552_000)
    assert "is held: total 552000, open 0, due 2026-12-22, 1 lines differ." in shell("purchase", "invoice", file).err
    [held] = shell("purchase", "invoices", "--state", "held", "--format", "json").json
    number = str(held["invoice_id"])
    [line] = shell("purchase", "invoice-lines", number, "--format", "json").json
    assert (line["difference"], line["price_difference_minor"]) == ("price", 100_000)
    assert "is held" in shell("purchase", "invoice-decide", number, "match").err
    mine = shell("purchase", "invoice-decide", number, "approve", "--reason", "Agreed")
    assert (mine.code, "Another person must approve its differences" in mine.err) == (1, True)
    assert "is rejected" in shell("purchase", "invoice-decide", number, "reject", "--reason", "Too dear").err
