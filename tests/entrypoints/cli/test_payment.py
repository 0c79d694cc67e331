"""Payments by providers at the command line."""

import pytest

from tests.application.sales.paying import PayingTill
from tests.entrypoints.cli.journeys import Shell
from tests.world import opened


@pytest.mark.capability("INT-01")
def test_lists_shows_and_reconciles(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with opened(sqlite_chain, furnished=True) as world:
        till = PayingTill(world)
        till.provider.behaviour = "timeout then approved"
        lost = till.start()
        till.provider.behaviour = "approved"
        paid = till.start()
        world.sell(till.basket(paid.payment_id))
        world.clock.advance(minutes=1)
        till.provider.behaviour = "down for 30 minutes"
        till.reconcile()
    takings = shell("payment", "takings", "--format", "json").json
    assert takings == [{"provider": "fake", "currency": "CNY", "payments": 1, "unsettled_minor": 5_000}]
    assert shell("payment", "settle", "fake", "--store", "S1", "--fee", "30").err == (
        "Settled 1 payments of 5,000 CNY in minor units, 30 of it fees.\n"
    )
    assert shell("payment", "takings", "--format", "json").json == []
    [listed] = shell("payment", "list", "--format", "json").json
    assert (listed["payment_id"], listed["state"], listed["store_code"]) == (lost.payment_id, "approved", "S1")
    # The command line knows no provider of this name: nobody answers, and what is known stays.
    assert shell("payment", "reconcile").err == "Asked after 1 payments.\n"
    shown = shell("payment", "show", str(lost.payment_id), "--format", "json").json
    assert [event["kind"] for event in shown["history"]] == ["created", "sent", "answered", "answered", "void_decided"]
    assert shown["payment"][0]["cancelling"] is True
    assert shell("payment", "show", "7").code == 1
