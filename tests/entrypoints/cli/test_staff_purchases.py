"""What the staff buy at the command line."""

import pytest

from tests.application.sales.shift import start_shift
from tests.entrypoints.cli.journeys import Shell
from tests.world import Till
from tests.world import opened as world_of


@pytest.mark.capability("SAL-01")
def test_lists_what_the_staff_bought_in_a_month(shell: Shell, sqlite_chain: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LIANSUO_DATABASE_URL", sqlite_chain)
    monkeypatch.setenv("LIANSUO_MASTER_KEY", bytes(range(32)).hex())
    with world_of(sqlite_chain, furnished=True) as world:
        world.set("staff_discount_bp", "2000")
        ann = start_shift(world).signed_in("ann")
        world.sell(Till().line("TEA").basket(staff_buyer_code="bob").cash(8_000).command, ann)
    assert shell("shift", "staff-purchases", "2026-11", "--format", "json").json == [
        {
            "staff_code": "bob", "currency": "CNY", "bought_minor": 8_000, "discount_minor": 2_000,
            "limit_minor": 0, "beyond": 0,
        }
    ]  # fmt: skip
    refused = shell("shift", "staff-purchases", "november")
    assert (refused.code, "“november” is no month" in refused.err) == (1, True)
