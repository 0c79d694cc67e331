"""The invariant of settlements fails for exactly the movement that was tampered with."""

import pytest
from sqlalchemy import text

from application.check import run_checks
from application.finance.settling import SettleStores, settle_stores
from application.sales.preparing import Checkout
from domain.identity.organisation import SYSTEM
from tests.application.wallet.cards import paid_by, sold
from tests.world import Till, World


@pytest.mark.capability("FIN-07")
def test_a_movement_that_is_not_what_its_entry_was_is_named(world: World) -> None:
    world.sell(Till().line("TEA", 5).member().cash(50_000).command)
    [card] = sold(world)
    paid = paid_by(world, card, 5_000)
    world.sell(Checkout(Till().line("MUG").command.basket, (paid,)), world.s2)
    world.sell(Till().line("MUG", 2).member().points(500).cash(9_500).command, world.s2)
    world.do(settle_stores, SettleStores())
    with world.units.begin(caller=SYSTEM, now=world.clock()) as uow:
        uow.execute(text("UPDATE settlement_movements SET liability_minor = liability_minor + 1"))
        results = run_checks(uow)
    found = {one.id: sorted(one.violations) for one in results if one.violations}
    entries = dict(world.rows("SELECT kind, entry_id FROM settlement_movements"))
    assert found == {
        "FIN-settled": [
            f"settlement_movements kind=gift_card entry_id={entries['gift_card']}: liability 5001, of the entry 5000",
            f"settlement_movements kind=points entry_id={entries['points']}: liability 495, of the entry 494",
        ]
    }
