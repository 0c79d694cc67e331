"""When members buy again, told batch by batch from the days on which they bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from application.ports.kernel import UnitOfWork
from application.scope import WholeChainOnly, chain_day
from domain.forecasting.calendar import monday_of
from domain.forecasting.next_purchase import Rhythm, added, next_purchase, rhythm_of
from domain.forecasting.purchase_run import MemberPurchase, PurchaseRun, PurchaseRunState, carried_on, ended
from domain.identity.organisation import WHOLE_CHAIN

MEMBERS_AT_ONCE: Final = 200
"""What a transaction looks at: a second or less, and members are held no longer."""
HISTORY_DAYS: Final = 364
"""A year of whole weeks, so that the cost does not grow with the age of the chain."""


@dataclass(frozen=True, slots=True)
class ForecastPurchases:
    """`when_due`: nothing is begun where that of this week is finished, as the weekly job asks."""

    when_due: bool = False


@dataclass(frozen=True, slots=True)
class PurchaseRunView:
    """How far a run is: see the message PurchaseRun in the contract."""

    run_id: int
    state: PurchaseRunState
    as_of_on: str
    members: int
    purchases: int
    started_at: datetime


def forecast_purchases(uow: UnitOfWork, command: ForecastPurchases) -> PurchaseRunView:
    """Looks at one more batch of members for the run under way, or begins one; it is whole once it is FINISHED.

    All members are gone through twice: to learn the rhythm of each department, then to tell their dates. A run of
    another week that was left is begun anew. Raises WholeChainOnly.
    """
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly("")
    uow.bump("next_purchases")
    uow.refresh()
    today = chain_day(uow)
    run = uow.next_purchases.newest()
    this_week = run is not None and run.as_of_on >= monday_of(today)
    if run is None or not this_week or (run.state is PurchaseRunState.FINISHED and not command.when_due):
        run = _begun(uow, today)
    elif run.state is PurchaseRunState.FINISHED:
        return _view(run)
    run = _learned(uow, run) if run.state is PurchaseRunState.LEARNING else _told(uow, run)
    uow.next_purchases.change(run)
    return _view(run)


def _begun(uow: UnitOfWork, today: date) -> PurchaseRun:
    run = PurchaseRun(uow.new_id(), PurchaseRunState.LEARNING, today, 0, 0, 0, uow.now, None)
    uow.next_purchases.begin(run)
    return run


def _learned(uow: UnitOfWork, run: PurchaseRun) -> PurchaseRun:
    """The run with one batch more added to the rhythms of departments."""
    found = uow.next_purchases.members(after=run.next_member_id, limit=MEMBERS_AT_ONCE + 1, hold=False)
    batch = found[:MEMBERS_AT_ONCE]
    bought = _bought(uow, run, batch)
    known = uow.next_purchases.rhythms()
    seen: dict[int, Rhythm] = {}
    for of_member in bought.values():
        for department_id, days in of_member.items():
            before = seen.get(department_id) or known.get(department_id) or Rhythm()
            seen[department_id] = added(before, rhythm_of(days=days))
    uow.next_purchases.learn(seen)
    return _after(uow, run, batch, more=len(found) > len(batch), purchases=0)


def _told(uow: UnitOfWork, run: PurchaseRun) -> PurchaseRun:
    """The run with the next purchases of one batch more, in the place of those that were told before."""
    found = uow.next_purchases.members(after=run.next_member_id, limit=MEMBERS_AT_ONCE + 1, hold=True)
    batch = found[:MEMBERS_AT_ONCE]
    more = len(found) > len(batch)
    bought = _bought(uow, run, batch)
    rhythms = uow.next_purchases.rhythms()
    all_goods = Rhythm()
    for rhythm in rhythms.values():
        all_goods = added(all_goods, rhythm)
    told: list[MemberPurchase] = []
    for member_id, store_id in batch:
        for department_id, days in sorted(bought.get(member_id, {}).items()):
            expected = next_purchase(
                days=days, category=rhythms.get(department_id, Rhythm()), all_goods=all_goods, on=run.as_of_on
            )
            if expected is not None:
                told.append(MemberPurchase(member_id, department_id, store_id, expected, run.as_of_on))
    upto = batch[-1][0] if more else None
    uow.next_purchases.replace(after=run.next_member_id, upto=upto, purchases=told)
    return _after(uow, run, batch, more=more, purchases=len(told))


def _bought(
    uow: UnitOfWork, run: PurchaseRun, batch: Sequence[tuple[int, int | None]]
) -> Mapping[int, Mapping[int, Sequence[date]]]:
    """The days of a batch by member and department; a category that is below another one by now is none."""
    if not batch:
        return {}
    found = uow.next_purchases.purchase_days(
        [member_id for member_id, _ in batch],
        first=run.as_of_on - timedelta(days=HISTORY_DAYS - 1),
        last=run.as_of_on,
    )
    departments = uow.chain.departments
    return {
        member_id: {department_id: days for department_id, days in bought.items() if department_id in departments}
        for member_id, bought in found.items()
    }


def _after(
    uow: UnitOfWork, run: PurchaseRun, batch: Sequence[tuple[int, int | None]], *, more: bool, purchases: int
) -> PurchaseRun:
    upto = batch[-1][0] if batch else run.next_member_id
    run = carried_on(run, members=len(batch), purchases=purchases, upto=upto)
    return run if more else ended(run, at=uow.now)


def _view(run: PurchaseRun) -> PurchaseRunView:
    return PurchaseRunView(run.run_id, run.state, run.as_of_on.isoformat(), run.members, run.purchases, run.started_at)
