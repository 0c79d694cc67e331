"""The books as they are shown, each within the caller's scope."""

from dataclasses import replace

import pytest

from application.finance.queries import (
    EntryIdOrDocumentId,
    GetJournalEntry,
    GetTrialBalance,
    ListAccounts,
    ListJournalEntries,
    UnknownEntry,
    get_journal_entry,
    get_trial_balance,
    list_accounts,
    list_journal_entries,
)
from application.finance.views import AccountView, JournalEntryView, PostingView, TrialBalanceRow
from application.scope import UnknownStore
from domain.finance.accounts import CHART, AccountKind
from domain.identity.organisation import SYSTEM, Caller
from tests.trading_day import trade
from tests.world import World


def entry_ids(world: World, caller: Caller = SYSTEM, **query: object) -> list[int]:
    return [entry.entry_id for entry in world.ask(list_journal_entries, ListJournalEntries(**query), caller).entries]


def balances(world: World, caller: Caller = SYSTEM, **query: object) -> dict[str, int]:
    rows = world.ask(get_trial_balance, GetTrialBalance(**query), caller).rows
    assert sum(row.debit_minor for row in rows) == sum(row.credit_minor for row in rows)
    return {row.account_code: row.balance_minor for row in rows}


def test_names_the_accounts_in_the_callers_language(world: World) -> None:
    english = world.ask(list_accounts, ListAccounts()).accounts
    chinese = world.ask(list_accounts, ListAccounts(), replace(SYSTEM, language="zh-CN")).accounts
    assert [account.code for account in english] == list(CHART)
    assert AccountView("1405", "Inventory", AccountKind.ASSET) in english
    assert AccountView("1405", "库存商品", AccountKind.ASSET) in chinese


def test_shows_the_entry_of_a_document_and_by_its_id(world: World) -> None:
    day = trade(world)
    found = world.ask(get_journal_entry, GetJournalEntry(document_id=day.discounted.sale_id), world.s1).entry
    assert found == JournalEntryView(
        entry_id=found.entry_id,
        store_code="S1",
        business_date="2026-11-22",
        currency="CNY",
        channel="store",
        document_kind="sale",
        document_id=day.discounted.sale_id,
        posted_at=day.discounted.sold_at,
        postings=[
            PostingView("1001", 37_300),
            PostingView("220501", -369),
            PostingView("6001", -32_640),
            PostingView("222101", -4_291),
            PostingView("6401", 22_000),
            PostingView("1405", -22_000),
        ],
    )
    assert world.ask(get_journal_entry, GetJournalEntry(entry_id=found.entry_id), world.s1).entry == found


def test_a_foreign_entry_is_refused_like_an_absent_one(world: World) -> None:
    day = trade(world)
    refusals = set()
    for document_id in (day.discounted.sale_id, 999_999):
        with pytest.raises(UnknownEntry) as refusal:
            world.ask(get_journal_entry, GetJournalEntry(document_id=document_id), world.s2)
        refusals.add(str(refusal.value))
    assert refusals == {"document_id: There is no such journal entry in this caller's scope."}
    for query in (GetJournalEntry(), GetJournalEntry(1, 1)):
        with pytest.raises(EntryIdOrDocumentId):
            world.ask(get_journal_entry, query)


def test_lists_entries_newest_first_with_their_postings(world: World) -> None:
    day = trade(world)
    listed = world.ask(list_journal_entries, ListJournalEntries(page_size=2), world.s1)
    assert [entry.document_id for entry in listed.entries] == [day.rounded.sale_id, day.coupon.sale_id]
    assert [sum(posting.amount_minor for posting in entry.postings) for entry in listed.entries] == [0, 0]
    assert len(entry_ids(world)) == 17
    assert len(entry_ids(world, world.s2)) == 3 + 1
    assert entry_ids(world, store_code="S2") == entry_ids(world, world.s2)
    assert len(entry_ids(world, from_date="2026-11-23", to_date="2026-11-30")) == 2
    assert entry_ids(world, to_date="2026-11-21") == []
    with pytest.raises(UnknownStore):
        world.ask(list_journal_entries, ListJournalEntries(store_code="S1"), world.s2)


@pytest.mark.parametrize("who", ["terminal", "region", "chain"])
def test_pages_hold_every_entry_once(world: World, who: str) -> None:
    trade(world)
    stores = {"terminal": world.s1.store_ids, "region": world.s1.store_ids | world.s2.store_ids, "chain": None}
    caller = replace(SYSTEM, store_ids=stores[who])
    found: list[int] = []
    token = ""
    for _ in range(13 if who == "terminal" else 17):
        page = world.ask(list_journal_entries, ListJournalEntries(page_size=1, page_token=token), caller)
        found += [entry.entry_id for entry in page.entries]
        token = page.next_page_token
    assert token == ""
    assert found == entry_ids(world, caller)
    assert len(set(found)) == len(found)


def test_the_trial_balance_has_two_equal_columns(world: World) -> None:
    trade(world)
    rows = world.ask(get_trial_balance, GetTrialBalance()).rows
    assert sum(row.debit_minor for row in rows) == sum(row.credit_minor for row in rows)
    assert {row.account_code: row.balance_minor for row in rows if row.balance_minor} == world.ledger()
    transfers = next(row for row in rows if row.account_code == "101203")
    assert transfers == TrialBalanceRow(
        account_code="101203",
        account_name="Bank transfer clearing",
        kind=AccountKind.ASSET,
        currency="CNY",
        debit_minor=20_000,
        credit_minor=20_000,
        balance_minor=0,
    )


@pytest.mark.capability("FIN-01")
def test_the_books_of_the_stores_and_days_add_up_to_those_of_the_chain(world: World) -> None:
    trade(world)
    whole = balances(world)
    for parts in (
        [balances(world, store_code="S1"), balances(world, store_code="S2")],
        [balances(world, world.s1), balances(world, world.s2)],
        [balances(world, to_date="2026-11-22"), balances(world, from_date="2026-11-23")],
    ):
        assert {code: sum(part.get(code, 0) for part in parts) for code in whole} == whole
    assert balances(world, store_code="S2", from_date="2026-11-23") == {}
