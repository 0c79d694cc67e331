"""Receipts at the command line."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.entrypoints.cli.journeys import Shell
from tests.world import Till, opened


@pytest.mark.capability("SAL-12")
def test_prints_a_receipt_and_finds_what_is_missing(
    shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with opened(sqlite_chain, furnished=True) as world:
        till = Till().line("TEA").cash(10_000)
        sale, _ = [world.sell(replace(till.command, receipt_sequence=number)) for number in (1, 4)]
    shown = shell("receipt", "show", str(sale.sale_id))
    assert "TOTAL CNY                                 100.00\n" in shown.out
    assert "COPY" not in shown.out
    copies = shell("receipt", "copies", str(sale.sale_id), "--format", "json")
    assert [one["number"] for one in copies.json["prints"]] == [1]
    sent = shell("receipt", "send", str(sale.sale_id), "--to", "buyer@shop.example")
    assert sent.err == f"{sale.receipt_number} will be sent, as print 2.\n"
    [letter] = shell("receipt", "copies", str(sale.sale_id), "--format", "json").json["mails"]
    assert (letter["print_number"], letter["state"], letter["finished_at"]) == (2, "waiting", None)
    assert shell("worker", "run", "send-receipts").err == "send-receipts: NoMailServer, 0\n"
    shell("receipt", "show", str(sale.sale_id), "--as", "escpos", "--columns", "32", "--to", str(tmp_path / "lp0"))
    assert (tmp_path / "lp0").read_bytes().count(b"*** COPY 2 ***") == 2
    gaps = shell("receipt", "gaps", "--store", "S1", "--from", "2026-11-22", "--format", "json")
    assert (gaps.code, gaps.json["gaps"][0]["first_number"], gaps.json["gaps"][0]["last_number"]) == (1, 2, 3)
    assert shell("receipt", "gaps", "--store", "S1", "--from", "2026-11-21").code == 0
    monkeypatch.setenv("LIANSUO_RECEIPT_FONT", str(tmp_path / "none.ttf"))
    refused = shell("receipt", "show", str(sale.sale_id), "--as", "pdf")
    assert (refused.code, "LIANSUO_RECEIPT_FONT" in refused.err) == (1, True)
