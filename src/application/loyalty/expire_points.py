"""Points that nobody has spent in time leave their members' balances, and become revenue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.fields import optional_date, within
from application.loyalty.views import PointsExpiryView
from application.paging import page, token_of
from application.ports.kernel import UnitOfWork
from application.scope import WholeChainOnly, chain_day
from domain.finance.journal import JournalEntry, balanced
from domain.finance.points_postings import breakage_postings
from domain.identity.organisation import WHOLE_CHAIN
from domain.loyalty.expiry import lots_by_store
from domain.loyalty.ledger import PointsEntry, PointsExpiry, PointsLot, PointsReason
from domain.shared.errors import Rejected

LOTS_AT_ONCE_MAX: Final = 5_000
"""What sales to the same members wait for at most: a batch of so many takes some tenths of a second."""

DOCUMENT_KIND: Final = "points_expiry"


class DayNotBegun(Rejected):
    en = "{on} has not begun in every store of the chain, so points may still be spent. The latest date is {latest}."
    zh = "{on} 尚未在所有门店开始，积分仍可使用。最晚可用日期为 {latest}。"


@dataclass(frozen=True, slots=True)
class ExpirePoints:
    """Lots that are worth nothing on the date `on`; without one on the day that has begun in every store.

    Up to `lots_max` of them, 0 for 5,000; `page_token` goes on where a batch has ended.
    """

    on: str = ""
    lots_max: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class PointsExpired:
    """What one batch has taken out of how many members' balances; without `next_page_token` it was the last one."""

    on: str
    members: int
    lots: int
    points: int
    expiries: Sequence[PointsExpiryView]
    next_page_token: str


def expire_points(uow: UnitOfWork, command: ExpirePoints) -> PointsExpired:
    """Takes a batch of lots that have expired out of their members' balances, and what they are owed at into revenue.

    One entry per lot, and one document with a balanced journal entry per store that had issued some of them, booked on
    `on`. What has been taken out is not found again: a run may be repeated, stopped anywhere and begun anew, beside
    others and beside sales, which lock the same accounts in the same order. Raises DayNotBegun and WholeChainOnly.
    """
    limit = within(command.lots_max, 0, LOTS_AT_ONCE_MAX, field="lots_max") or LOTS_AT_ONCE_MAX
    start = page(0, command.page_token, key=(date, int)).after
    asked = optional_date(command.on, field="on")
    if not uow.caller.manages(WHOLE_CHAIN):
        raise WholeChainOnly
    uow.refresh()
    latest = chain_day(uow)
    on = asked or latest
    if on > latest:
        raise DayNotBegun("on", on=on, latest=latest)
    found = uow.points.lock_expired(by=on, at=uow.now, start=(start[0], start[1]) if start else None, limit=limit)
    expiries = [_expire(uow, store_id, lots, on) for store_id, lots in lots_by_store(found.lots).items()]
    return PointsExpired(
        on=on.isoformat(),
        members=len({lot.member_id for lot, _ in found.lots}),
        lots=len(found.lots),
        points=sum(expiry.points for expiry in expiries),
        expiries=[_view(uow, expiry) for expiry in expiries],
        next_page_token=token_of(found.next) if found.next else "",
    )


def _expire(uow: UnitOfWork, store_id: int, lots: Sequence[PointsLot], on: date) -> PointsExpiry:
    expiry_id, entry_id, *entry_ids = uow.new_ids(len(lots) + 2)
    points, value = sum(lot.points for lot in lots), sum(lot.value_minor for lot in lots)
    expiry = PointsExpiry(expiry_id, store_id, on, len(lots), points, value, uow.now)
    currency = uow.chain.stores[store_id].currency
    uow.add(
        expiry,
        *[
            PointsEntry(
                lot.member_id, number, lot.lot_id, -lot.points, -lot.value_minor, PointsReason.EXPIRED, expiry_id,
                store_id, on, uow.now,
            )
            for number, lot in zip(entry_ids, lots, strict=True)
        ],
        JournalEntry(entry_id, store_id, on, currency, "", DOCUMENT_KIND, expiry_id, uow.now),
        *balanced(entry_id, breakage_postings(value_minor=value)),
    )  # fmt: skip
    uow.publish(
        "PointsExpired",
        expiry_id,
        {
            "expiry_id": expiry_id,
            "store_id": store_id,
            "business_date": on.isoformat(),
            "lots": len(lots),
            "points": points,
            "value_minor": value,
            "currency": currency,
        },
    )
    return expiry


def _view(uow: UnitOfWork, expiry: PointsExpiry) -> PointsExpiryView:
    store = uow.chain.stores[expiry.store_id]
    return PointsExpiryView(
        expiry_id=expiry.expiry_id,
        store_code=store.code,
        currency=store.currency,
        lots=expiry.lots,
        points=expiry.points,
        value_minor=expiry.value_minor,
    )
