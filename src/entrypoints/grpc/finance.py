"""The RPCs of finance."""

from typing import Final

from application.finance.queries import get_journal_entry, get_trial_balance, list_accounts, list_journal_entries
from application.finance.settling import get_settlement, settle_stores
from entrypoints.grpc.rpc import Service, read, write
from liansuo.finance.v1 import finance_pb2 as pb2

READ: Final = "finance.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["FinanceService"],
    {
        "ListAccounts": read(list_accounts, pb2.ListAccountsResponse, needs=READ),
        "GetJournalEntry": read(get_journal_entry, pb2.GetJournalEntryResponse, needs=READ),
        "ListJournalEntries": read(list_journal_entries, pb2.ListJournalEntriesResponse, needs=READ),
        "GetTrialBalance": read(get_trial_balance, pb2.GetTrialBalanceResponse, needs=READ),
        "SettleStores": write(settle_stores, pb2.SettleStoresResponse, needs="finance.settle"),
        "GetSettlement": read(get_settlement, pb2.GetSettlementResponse, needs=READ),
    },
)
