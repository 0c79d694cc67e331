"""`liansuo order`: what an admin sees of an order."""

import json

import pytest

from application.sales.order_views import OrderLineView
from application.sales.orders import PlaceOrder, place_order
from domain.sales.order import Fulfilment
from entrypoints.cli.commands import run
from tests.world import World


@pytest.mark.capability("SAL-07")
def test_lists_and_shows_orders(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    due = world.clock().date().isoformat()
    command = PlaceOrder((OrderLineView("TEA", 2_000),), fulfilment=Fulfilment.LAY_BY, due_date=due, channel="phone")
    placed = world.once(place_order, command, world.s1)
    world.close()

    assert run(["order", "list", "--open", "--database", world.url, "--format", "json"]) == 0
    [listed] = json.loads(capsys.readouterr().out)
    assert (listed["order_id"], listed["state"], listed["due_minor"]) == (placed.order_id, "accepted", 20_000)

    assert run(["order", "show", str(placed.order_id), "--database", world.url, "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["lines"] == [{"sku": "TEA", "quantity_milli": 2_000}]
    assert [(event["kind"], event["by"]) for event in shown["timeline"]] == [("placed", "T1")]
