"""Receipts that were there before suppliers were scored are scored too."""

import importlib
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from tests.application.purchasing.supplied import ordered, received, with_suppliers
from tests.world import World

REVISION = "adapters.sql.migrations.versions.r0061_supplier_scores"
DELIVERIES = (
    "SELECT supplier_id, received_on, receipt_id, line_number, store_id, order_id, sku_id, promised_on, lead_days,"
    " due_milli, accepted_milli, rejected_milli, paid_minor FROM supplier_deliveries ORDER BY receipt_id, line_number"
)


def test_migrates_receipts_of_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_suppliers(world)
    [parts, rejected] = ordered(world, 2)
    world.clock.advance(days=2)
    received(world, parts, 12)
    received(world, rejected, 18, 2, close_rest=True)
    world.clock.advance(days=2)
    received(world, parts, 8)
    kept: list[tuple[Any, ...]] = world.rows(DELIVERIES)
    assert [row[8:12] for row in kept] == [(2, 20_000, 12_000, 0), (2, 20_000, 18_000, 2_000), (4, 8_000, 8_000, 0)]
    module = importlib.import_module(REVISION)
    with world.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM supplier_deliveries")
        monkeypatch.setattr(module, "op", Operations(MigrationContext.configure(connection)))
        module._earlier_receipts()
    assert world.rows(DELIVERIES) == kept
    assert world.broken() == []
