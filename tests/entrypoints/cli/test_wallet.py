"""`liansuo wallet`: what a member holds, at the command line."""

import json

from application.identity.regions import PutRegions, put_regions
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.membership.register_member import RegisterMember, register_member
from application.wallet.top_up import TopUpStoredValue, top_up_stored_value
from domain.identity.organisation import StoreStatus
from domain.sales.sale import TenderKind
from entrypoints.cli.database import opened
from tests.entrypoints.cli.journeys import Shell


def test_shows_what_a_member_holds_and_how_it_came_there(chain_shell: Shell) -> None:
    with opened(None) as chain:
        chain.write(put_regions, PutRegions((RegionView("EAST", "East"),)))
        store = StoreView("S1", "Store", "EAST", "CNY", "Asia/Shanghai", 0, StoreStatus.OPEN)
        chain.write(put_stores, PutStores((store,)))
        chain.write(register_member, RegisterMember(card="C1", source="test"))
        command = TopUpStoredValue("C1", 50_000, TenderKind.CASH, bonus_minor=5_000, store_code="S1")
        chain.write(top_up_stored_value, command)
    shown = json.loads(chain_shell("wallet", "show", "C1", "--format", "json").out)
    [balance], [entry] = shown["balances"], shown["entries"]
    assert balance == {
        "currency": "CNY", "balance_minor": 55_000, "principal_minor": 50_000, "bonus_minor": 5_000, "frozen": False
    }  # fmt: skip
    assert (entry["reason"], entry["principal_minor"], entry["store_code"]) == ("topped_up", 50_000, "S1")
    assert "Stored value of" in chain_shell("wallet", "show", "C1", "--entries", "0").out
    assert "No member has this number" in chain_shell("wallet", "show", "C2").err
