"""`liansuo wallet`: what a member holds, at the command line."""

import csv
import json
from pathlib import Path

from application.identity.regions import PutRegions, put_regions
from application.identity.stores import PutStores, put_stores
from application.identity.views import RegionView, StoreView
from application.membership.register_member import RegisterMember, register_member
from application.wallet.top_up import TopUpStoredValue, top_up_stored_value
from domain.identity.organisation import StoreStatus
from domain.sales.sale import TenderKind
from entrypoints.cli.database import opened
from tests.entrypoints.cli.journeys import Shell


def open_store() -> None:
    """Opens a store, and registers a member."""
    with opened(None) as chain:
        chain.write(put_regions, PutRegions((RegionView("EAST", "East"),)))
        store = StoreView("S1", "Store", "EAST", "CNY", "Asia/Shanghai", 0, StoreStatus.OPEN)
        chain.write(put_stores, PutStores((store,)))
        chain.write(register_member, RegisterMember(card="C1", source="test"))


def test_shows_what_a_member_holds_and_how_it_came_there(chain_shell: Shell) -> None:
    open_store()
    with opened(None) as chain:
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
    lost = ("C1", "--store", "S1", "--reason", "lost")
    assert "C1: CNY frozen." in chain_shell("wallet", "freeze", *lost).err
    assert json.loads(chain_shell("wallet", "show", "C1", "--format", "json").out)["balances"][0]["frozen"]
    assert "C1: CNY unfrozen." in chain_shell("wallet", "unfreeze", *lost).err


def test_issues_gift_cards_to_a_file_and_blocks_one(chain_shell: Shell, tmp_path: Path) -> None:
    open_store()
    file = tmp_path / "cards.csv"
    assert (
        "XMAS: issued 2 cards in CNY."
        in chain_shell("wallet", "issue", "XMAS", "2", "10000", file, "--store", "S1").err
    )
    with file.open(encoding="utf-8") as lines:
        made = list(csv.DictReader(lines))
    chain_shell("wallet", "issue", "XMAS", "2", "10000", file, "--store", "S1")
    listed = json.loads(chain_shell("wallet", "cards", "XMAS", "--format", "json").out)
    assert [str(one["card_id"]) for one in listed] == [one["card_id"] for one in made]
    assert {len(one["pin"]) for one in made} == {6}
    reason = ("--store", "S1", "--reason", "lost")
    assert ": blocked." in chain_shell("wallet", "block", made[0]["card_id"], *reason).err
    assert ": pays again." in chain_shell("wallet", "unblock", made[0]["card_id"], *reason).err
