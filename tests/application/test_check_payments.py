"""Every way in which payments, sales and providers could disagree is found."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from application.sales.refund import RefundSale
from application.sales.settle_payments import SettlePayments, settle_payments
from tests.application.sales.paying import PayingTill
from tests.world import World, opened

TAMPERED = (
    "UPDATE payment_intents SET amount_minor = 4999 WHERE state = 'settled'",
    "UPDATE payment_intents SET kind = 'wallet' WHERE state = 'settled'",
    "UPDATE payment_intents SET captured_minor = 4999, settled_minor = 4999 WHERE state = 'settled'",
    "UPDATE payment_intents SET settled_minor = 0 WHERE state = 'settled'",
    "UPDATE payment_intents SET captured_minor = 5000 WHERE state = 'voided'",
    "UPDATE payment_intents SET refund_asked_minor = 0 WHERE state = 'refunded'",
    "UPDATE payment_refunds SET amount_minor = 4999",
    "DELETE FROM payment_events WHERE kind = 'used'",
)


@pytest.fixture(scope="module")
def traded_file(furnished_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chain with a payment that is settled, one that was refunded, one that was cancelled."""
    file = tmp_path_factory.mktemp("payments") / "chain.db"
    shutil.copyfile(furnished_file, file)
    with opened(f"sqlite:///{file}", furnished=True) as world:
        trade(world)
        assert world.broken() == []
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.mark.capability("INT-01")
@pytest.mark.parametrize("statement", TAMPERED)
def test_what_disagrees_is_found(traded_file: Path, tmp_path: Path, statement: str) -> None:
    file = tmp_path / "chain.db"
    shutil.copyfile(traded_file, file)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute(statement).rowcount > 0
        connection.commit()
    with opened(f"sqlite:///{file}", furnished=True) as world:
        assert any(found.startswith("SAL-payments") for found in world.broken())


def trade(world: World) -> None:
    till = PayingTill(world)
    world.sell(till.basket(till.start().payment_id))
    sale = world.sell(till.basket(till.start().payment_id))
    till.cancel(till.start().payment_id)
    till.reconcile()
    world.clock.advance(minutes=1)
    world.refund(RefundSale(sale.sale_id, "Broken"))
    till.reconcile()
    world.do(settle_payments, SettlePayments("fake", "S1"))
