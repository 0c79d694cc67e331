"""`liansuo purchase drop-ship` on a furnished chain."""

import json
from pathlib import Path

import pytest

from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from application.purchasing.supplier_products import (
    PutSupplierProducts,
    SupplierProductEntry,
    put_supplier_products,
)
from application.sales.order_views import OrderLineView
from application.sales.orders import PlaceOrder, place_order
from domain.sales.order import Fulfilment
from tests.entrypoints.cli.journeys import Shell
from tests.world import MEMBER
from tests.world import opened as chain_of


@pytest.mark.capability("PUR-05")
def test_draws_what_an_order_lacks_from_the_supplier_to_the_member(
    shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with chain_of(sqlite_chain, furnished=True) as world:
        world.do(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY"),)))
        offer = SupplierProductEntry("TEA", price_minor=6_500, price_quantity_milli=1_000)
        world.do(put_supplier_products, PutSupplierProducts("MILL", (offer,)))
        world.set("purchase_approval_above", "100000")
        asked = PlaceOrder(
            (OrderLineView("TEA", 102_000),), MEMBER, fulfilment=Fulfilment.SHIP, accept_short=True,
            due_date=world.clock().date().isoformat(),
        )  # fmt: skip
        order = str(world.once(place_order, asked, world.s1).order_id)
    to = tmp_path / "delivery.json"
    there = {"recipient": "Wang", "phone": "13800138000", "address": "1 Nanjing Road"}
    to.write_text(json.dumps(there), encoding="utf-8")
    drop_ship = ("purchase", "drop-ship")
    nobody = shell(*drop_ship, "create", order, "--to", str(to))
    assert (nobody.code, "No supplier is known for “TEA”" in nobody.err) == (1, True)
    made = shell(
        *drop_ship, "create", order, "--to", str(to), "--supplier", "MILL", "--submit", "--format", "json"
    ).json
    assert [(one["state"], one["net_minor"]) for one in made] == [("approved", 13_000)]
    number = str(made[0]["purchase_order_id"])
    shell("purchase", "step", number, "send")
    assert "Nanjing" not in shell(*drop_ship, "show", number).err
    assert "Wang, 13800138000, 1 Nanjing Road" in shell(*drop_ship, "show", number, "--address").err
    sent = shell(*drop_ship, "dispatch", number, "1=2000", "--parcel", "SF-1").err
    assert ("13000 and freight 0" in sent, f"Order {order} is accepted, waits: NOT_PAID" in sent) == (True, True)
    [line] = shell(*drop_ship, "show", number, "--format", "json").json
    assert (line["under_way_milli"], line["under_way_minor"]) == (2_000, 13_000)
    assert "13000 came into the stock of S1" in shell(*drop_ship, "recall", number, "--note", "Nobody at home").err
    [listed] = shell(*drop_ship, "list", "--order", order, "--format", "json").json
    assert (listed["state"], listed["store_code"]) == ("received", "S1")
    wrong = shell(*drop_ship, "dispatch", number, "TEA=2")
    assert (wrong.code, "names no quantity" in wrong.err) == (2, True)
