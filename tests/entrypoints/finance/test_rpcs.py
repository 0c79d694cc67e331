import pytest

from application.finance.settling import SettleStores, settle_stores
from entrypoints.grpc.finance import SERVICE
from liansuo.finance.v1 import finance_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import Till


def test_names_a_permission_for_every_rpc():
    reads = ("ListAccounts", "GetJournalEntry", "ListJournalEntries", "GetTrialBalance", "GetSettlement")
    assert permissions(SERVICE) == dict.fromkeys(reads, "finance.read") | {"SettleStores": "finance.settle"}


def test_carries_a_sale_from_the_till_to_the_books(world):
    sale = world.sell(Till().line("WRAP").cash(300).command)
    entry = ask(world, SERVICE, "GetJournalEntry", pb2.GetJournalEntryRequest(document_id=sale.sale_id)).entry
    assert entry == pb2.JournalEntry(
        entry_id=entry.entry_id,
        store_code="S1",
        business_date="2026-11-22",
        currency="CNY",
        channel="store",
        document_kind="sale",
        document_id=sale.sale_id,
        posted_at=sale.sold_at,
        postings=[
            pb2.Posting(account_code="1001", amount_minor=300),
            pb2.Posting(account_code="6001", amount_minor=-265),
            pb2.Posting(account_code="222101", amount_minor=-35),
        ],
    )
    listed = ask(world, SERVICE, "ListJournalEntries", pb2.ListJournalEntriesRequest(page_size=1))
    assert listed.entries[0] == entry
    assert listed.next_page_token
    rows = ask(world, SERVICE, "GetTrialBalance", pb2.GetTrialBalanceRequest()).rows
    assert rows[0] == pb2.TrialBalanceRow(
        account_code="1001",
        account_name="Cash on hand",
        kind=pb2.ACCOUNT_KIND_ASSET,
        currency="CNY",
        debit_minor=300,
        balance_minor=300,
    )


def test_carries_the_chart_of_accounts(world):
    accounts = ask(world, SERVICE, "ListAccounts", pb2.ListAccountsRequest()).accounts
    assert pb2.Account(code="6001", name="Sales revenue", kind=pb2.ACCOUNT_KIND_REVENUE) in accounts


@pytest.mark.capability("FIN-07")
def test_carries_a_settlement_to_the_answer(world):
    world.sell(Till().line("TEA", 5).member().cash(50_000).command)
    world.sell(Till().line("MUG", 2).member().points(500).cash(9_500).command, world.s2)
    settlement_id = world.do(settle_stores, SettleStores()).settlement.settlement_id
    found = ask(world, SERVICE, "GetSettlement", pb2.GetSettlementRequest(to_date="2026-11-22"))
    settlement = pb2.Settlement(settlement_id=settlement_id, to_date="2026-11-22", movements=1)
    settlement.settled_at.FromDatetime(world.clock.now)
    pair = pb2.SettlementPair(
        debtor_store_code="S1",
        creditor_store_code="S2",
        currency="CNY",
        basis=pb2.SETTLEMENT_BASIS_CLEARING,
        points_minor=500,
        net_minor=500,
    )
    assert found == pb2.GetSettlementResponse(settlement=settlement, pairs=[pair])
