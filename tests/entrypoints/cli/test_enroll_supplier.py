"""`liansuo enroll --supplier`: an account of a supplier."""

from pathlib import Path

import pytest

from application.identity.authenticate import Credentials, authenticate
from application.purchasing.delivery_notices import AnnounceDelivery, AnnouncedLine, announce_delivery
from domain.identity.organisation import CallerKind, stranger
from tests.adapters.documents.samples import response
from tests.application.purchasing.supplied import ordered, with_suppliers
from tests.entrypoints.cli.journeys import Shell
from tests.world import opened as chain_of


@pytest.mark.capability("PUR-04")
def test_enrols_an_account_of_a_supplier_and_renews_it(
    shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with chain_of(sqlite_chain, furnished=True) as world:
        with_suppliers(world)
        file = tmp_path / "mill"
        enrolled = ("enroll", "MILL-1", "--supplier", "MILL", "--credential-file", str(file))
        [shown] = shell(*enrolled, "--format", "json").json
        assert (shown["kind"], shown["role"]) == ("supplier", "supplier")
        with world.units.read(caller=stranger(), now=world.clock()) as uow:
            caller = authenticate(uow, Credentials(file.read_text(encoding="utf-8").strip()))
        assert (caller.code, caller.kind, caller.supplier_id > 0) == ("MILL-1", CallerKind.SUPPLIER, True)
        [order_id] = ordered(world)
        lines = (AnnouncedLine(1, 20_000),)
        world.do(announce_delivery, AnnounceDelivery(order_id, "DN-7", lines), caller)
        [notice] = shell("purchase", "notices", "--format", "json").json
        assert (notice["reference"], notice["supplier_code"], notice["state"]) == ("DN-7", "MILL", "announced")
        came = shell("purchase", "receive", str(order_id), "--notice", str(notice["notice_id"]))
        assert (came.code, "is received" in came.err) == (0, True)
        assert shell("purchase", "notices", "--format", "json").json == []
        assert shell(*enrolled, "--renew").code == 0
        [second] = ordered(world)
        order = tmp_path / "order.xml"
        assert "version 1" in shell("purchase", "document", str(second), str(order)).err
        assert f"<cbc:ID>{second}-1</cbc:ID>".encode() in order.read_bytes()
        answer = tmp_path / "answer.xml"
        answer.write_bytes(response("AP", order=f"{second}-1"))
        assert shell("purchase", "take", str(answer)).err == f"Order {second}: confirmed.\n"
        wrong = shell("enroll", "MILL-2", "--supplier", "MILL", "--store", "S1")
        assert (wrong.code, "stands in no store" in wrong.err) == (2, True)
        unknown = shell("enroll", "MILL-2", "--supplier", "NONE")
        assert (unknown.code, "(field supplier_code)" in unknown.err) == (1, True)
