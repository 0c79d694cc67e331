"""Stores settle what they owe each other for points, stored value, cards and returns, period by period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from application.fields import optional_date
from application.finance.settlement_views import SettlementPairView, SettlementView
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.settlement import PairKey, Window
from application.scope import CLOCK_AHEAD_MAX, WholeChainOnly, chain_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.paid_in import PaidInLedger
from domain.finance.settlement import (
    Settlement,
    SettlementDocument,
    SettlementMovement,
    SettlementPair,
    netted,
    owed_by_basis,
    points_movements,
    store_documents,
)
from domain.finance.settlement_postings import settlement_postings
from domain.identity.organisation import WHOLE_CHAIN
from domain.shared.errors import Invalid, NotFound, Rejected

DOCUMENT_KIND: Final = "store_settlement"

WEST_OF_UTC_MAX: Final = timedelta(hours=14)
"""No store's business date begins earlier than so long before that date begins in UTC."""

IN_FLIGHT_MAX: Final = timedelta(hours=1)
"""How much later than its instant an entry may be committed, with differences between clocks; calls take seconds."""


class PeriodNotBegun(Rejected):
    en = "{to_date} has not begun in every store of the chain. The latest date that can be settled is {latest}."
    zh = "{to_date} 尚未在所有门店开始。最晚可结算日期为 {latest}。"


class PeriodSettled(Rejected):
    en = "Everything up to {settled} is settled. Late entries go to the next settlement; name a date after that."
    zh = "{settled} 及以前已结算。迟到的记录计入下一期，请填写其后的日期。"


class SettlementIdOrToDate(Invalid):
    en = "Send settlement_id or to_date, not both; nothing for the latest settlement."
    zh = "settlement_id 和 to_date 只能提供一个；都不提供则为最近一期。"


class UnknownSettlement(NotFound):
    en = "There is no such settlement. Settle the stores first, or name the last date of a period that is settled."
    zh = "没有此结算单。请先进行门店结算，或填写已结算期间的最后日期。"


@dataclass(frozen=True, slots=True)
class SettleStores:
    """Everything up to the business date `to_date` (ISO) that is not settled; without one up to today."""

    to_date: str = ""


@dataclass(frozen=True, slots=True)
class StoresSettled:
    """The settlement, and whether it was made now."""

    settlement: SettlementView
    settled_now: bool


@dataclass(frozen=True, slots=True)
class GetSettlement:
    """By its id or the last date of its period; the latest one without either."""

    settlement_id: int = 0
    to_date: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SettlementPage:
    settlement: SettlementView
    pairs: Sequence[SettlementPairView]
    next_page_token: str


def settle_stores(uow: UnitOfWork, command: SettleStores) -> StoresSettled:
    """Settles the period from the day after the last settlement, in one transaction with its journal.

    The same date again gives the settlement that is there. An entry is settled once: what is stored later with a date
    of a settled period goes to the next one. Raises WholeChainOnly, PeriodNotBegun and PeriodSettled.
    """
    asked = optional_date(command.to_date, field="to_date")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    # Others who settle wait here, and then see what this one has settled.
    uow.bump("settlements")
    uow.refresh()
    latest = chain_day(uow)
    to_date = asked or latest
    if to_date > latest:
        raise PeriodNotBegun("to_date", to_date=to_date, latest=latest)
    last = uow.settlements.last()
    if last is not None and to_date <= last.to_date:
        done = uow.settlements.of_period(to_date)
        if done is None:
            raise PeriodSettled("to_date", settled=last.to_date)
        return StoresSettled(_view(done), settled_now=False)
    return StoresSettled(_view(_settled(uow, last, to_date)), settled_now=True)


def get_settlement(uow: UnitOfWork, query: GetSettlement) -> SettlementPage:
    """Who owes whom for a period, by kind and net; of callers who see some stores, the pairs with one of these.

    Raises SettlementIdOrToDate, UnknownSettlement and what `page` raises.
    """
    to_date = optional_date(query.to_date, field="to_date")
    if query.settlement_id and to_date is not None:
        raise SettlementIdOrToDate("to_date")
    asked = page(query.page_size, query.page_token, key=(str, int, int))
    if query.settlement_id:
        found = uow.settlements.settlement(query.settlement_id)
    else:
        found = uow.settlements.last() if to_date is None else uow.settlements.of_period(to_date)
    if found is None:
        raise UnknownSettlement("settlement_id" if query.settlement_id else "to_date")
    visible = uow.caller.store_ids
    after: PairKey | None = (asked.after[0], asked.after[1], asked.after[2]) if asked.after else None
    pairs = uow.settlements.pairs(
        found.settlement_id,
        store_ids=None if visible is None else sorted(visible),
        after=after,
        limit=asked.limit + 1,
    )
    return SettlementPage(
        _view(found),
        [_pair_view(uow, pair) for pair in pairs[: asked.limit]],
        next_token(pairs, asked.limit, lambda pair: (pair.currency, pair.debtor_id, pair.creditor_id)),
    )


def _settled(uow: UnitOfWork, last: Settlement | None, to_date: date) -> Settlement:
    settlement_id = uow.new_id()
    movements = _movements(uow, Window(_since(last), to_date), settlement_id)
    companies = {store_id: uow.chain.policies(store_id).store_company for store_id in uow.chain.stores}
    pairs = netted(movements, settlement_id=settlement_id, companies=companies)
    settlement = Settlement(
        settlement_id,
        date.min if last is None else last.to_date + timedelta(days=1),
        to_date,
        sum(one.crosses for one in movements),
        uow.caller.caller_id,
        uow.caller.staff_id,
        uow.now,
    )
    uow.add(settlement, *movements, *pairs)
    owed = owed_by_basis(pairs)
    for document in store_documents(movements, settlement_id=settlement_id, on=to_date):
        _post(uow, document, owed[document.currency, document.store_id])
    return settlement


def _movements(uow: UnitOfWork, window: Window, settlement_id: int) -> list[SettlementMovement]:
    stored = uow.settlements
    entries = stored.value_entries(window)
    settled: dict[int, list[SettlementMovement]] = {}
    for movement in stored.settled_sales(sorted({entry.document_id for entry in entries})):
        settled.setdefault(movement.document_id, []).append(movement)
    ledger = PaidInLedger(stored.paid_in(entries), settled, settlement_id=settlement_id)
    ledger.follow(entries)
    stored.record_paid_in(ledger)
    return [
        *points_movements(stored.points_uses(window), settlement_id=settlement_id),
        *ledger.movements,
        *stored.card_movements(window, settlement_id=settlement_id),
        *stored.returns(window, settlement_id=settlement_id),
    ]


def _since(last: Settlement | None) -> datetime:
    """No entry that is not settled was posted earlier.

    Those with later dates than the last period were posted after that had ended, or made by a till whose clock was
    ahead; others, when it had been settled or while it was.
    """
    if last is None:
        return datetime.min.replace(tzinfo=UTC)
    following = datetime.combine(last.to_date, time(), UTC) + timedelta(days=1) - WEST_OF_UTC_MAX - CLOCK_AHEAD_MAX
    return min(last.settled_at, following) - IN_FLIGHT_MAX


def _post(uow: UnitOfWork, document: SettlementDocument, owed: Mapping[str, int]) -> None:
    document.document_id = uow.new_id()
    entry = JournalEntry(
        uow.new_id(), document.store_id, document.business_date, document.currency, "", DOCUMENT_KIND,
        document.document_id, uow.now,
    )  # fmt: skip
    uow.add(document, entry, *balanced(entry.entry_id, settlement_postings(document, owed)))
    uow.publish(
        "StoreSettled",
        document.document_id,
        {
            "document_id": document.document_id,
            "settlement_id": document.settlement_id,
            "store_id": document.store_id,
            "business_date": document.business_date.isoformat(),
            "net_minor": document.net_minor,
            "currency": document.currency,
        },
    )


def _view(settlement: Settlement) -> SettlementView:
    first = settlement.from_date
    return SettlementView(
        settlement_id=settlement.settlement_id,
        from_date="" if first == date.min else first.isoformat(),
        to_date=settlement.to_date.isoformat(),
        movements=settlement.movements,
        settled_at=settlement.settled_at,
    )


def _pair_view(uow: UnitOfWork, pair: SettlementPair) -> SettlementPairView:
    stores = uow.chain.stores
    return SettlementPairView(
        debtor_store_code=stores[pair.debtor_id].code,
        creditor_store_code=stores[pair.creditor_id].code,
        currency=pair.currency,
        basis=pair.basis,
        points_minor=pair.points_minor,
        stored_value_minor=pair.stored_value_minor,
        gift_card_minor=pair.gift_card_minor,
        times_card_minor=pair.times_card_minor,
        returns_minor=pair.returns_minor,
        net_minor=pair.net_minor,
    )
