"""`liansuo shipment`: what is on its way, and what is late."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.application.logistics.sending import Shop
from tests.entrypoints.cli.journeys import Shell
from tests.world import World


@pytest.mark.capability("LOG-03")
def test_tells_of_shipments_from_the_list_to_the_apology(
    world: World, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", world.url)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    shop = Shop(world)
    # The command line lives now, so what was promised four days ago is late.
    world.clock.now = datetime.now(UTC) - timedelta(days=6)
    late, other = shop.by_hand(shop.order(), "SF1"), shop.by_hand(shop.order(), "SF2")
    world.close()

    listed = shell("shipment", "list", "--store", "S1", "--format", "json").json
    assert [(one["waybill_number"], one["state"]) for one in listed] == [("SF2", "created"), ("SF1", "created")]
    told = shell("shipment", "track", str(other.shipment_id), "lost")
    assert "1 recorded: the shipment is lost, problem: lost." in told.err
    assert [one["shipment_id"] for one in shell("shipment", "list", "--problems", "--format", "json").json] == [
        other.shipment_id
    ]
    shown = shell("shipment", "show", str(other.shipment_id), "--format", "json").json
    assert ([event["kind"] for event in shown["events"]], shown["shipment"][0]["problem"]) == (["lost"], "lost")

    found = shell("shipment", "late", "--tell", "--format", "json")
    assert "2 told of, 2 tasks opened." in found.err
    assert [one["shipment_id"] for one in found.json] == [late.shipment_id]
    assert "0 told of, 0 tasks opened." in shell("shipment", "late", "--tell").err
    assert "late-shipments: done, 0" in shell("worker", "run", "late-shipments").err
    assert "ask-carriers: done, 0" in shell("worker", "run", "ask-carriers").err

    day = (late.promised_at + timedelta(hours=8)).date().isoformat()
    [figures] = shell("shipment", "carriers", day, day, "--format", "json").json
    assert (figures["shipments"], figures["late"], figures["lost"], figures["on_time_bp"]) == (2, 2, 1, 0)
    wrong = shell("shipment", "track", str(late.shipment_id), "signed", "--at", "yesterday")
    assert (wrong.code, "is no time" in wrong.err) == (2, True)


def test_shows_the_carriers_of_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANSUO_CARRIER_SIMULATOR_KEY", "secret")
    assert shell("webhooks", "carriers", "--format", "json").json == [
        {"carrier": "simulated", "path": "/webhooks/simulated"}
    ]
