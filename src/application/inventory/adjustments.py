"""Adjustments of stock as they were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.scope import selected, who
from domain.inventory.adjustment import AdjustmentReason, StockAdjustment, StockPlace
from domain.shared.errors import NotFound


class UnknownAdjustment(NotFound):
    en = "There is no adjustment {adjustment_id} in this caller's scope."
    zh = "当前调用方范围内没有库存调整单 {adjustment_id}。"


@dataclass(frozen=True, slots=True)
class ListAdjustments:
    """With an `adjustment_id` that one, with its lines, whatever else is asked."""

    store_code: str = ""
    from_date: str = ""
    to_date: str = ""
    page_size: int = 0
    page_token: str = ""
    adjustment_id: int = 0


@dataclass(frozen=True, slots=True)
class AdjustedLine:
    line_number: int
    sku: str
    quantity_milli: int
    from_place: StockPlace
    to_place: StockPlace
    reason: AdjustmentReason | None
    value_minor: int


@dataclass(frozen=True, slots=True)
class Adjustment:
    """`lines` are there when one adjustment was asked for; `adjusted_by` is the code of who did it."""

    adjustment_id: int
    store_code: str
    number: int
    business_date: str
    posted_at: datetime
    adjusted_by: str
    note: str
    line_count: int
    lost_minor: int
    found_minor: int
    currency: str
    lines: Sequence[AdjustedLine] = ()


@dataclass(frozen=True, slots=True)
class AdjustmentsPage:
    adjustments: Sequence[Adjustment]
    next_page_token: str


def list_adjustments(uow: UnitOfWork, query: ListAdjustments) -> AdjustmentsPage:
    """Adjustments of the caller's stores, newest first.

    Raises UnknownStore, InvalidDate, LastBeforeFirst and UnknownAdjustment.
    """
    asked = page(query.page_size, query.page_token, key=(date, datetime, int))
    uow.refresh()
    if query.adjustment_id:
        found = uow.adjustments.find(query.adjustment_id)
        if found is None or not uow.caller.sees(found.store_id):
            raise UnknownAdjustment("adjustment_id", adjustment_id=query.adjustment_id)
        lines = [
            AdjustedLine(
                row.line_number, sku, row.quantity_milli, row.from_place, row.to_place, row.reason, row.value_minor
            )
            for sku, row in uow.adjustments.lines(found.adjustment_id)
        ]
        return AdjustmentsPage([_shown(uow, found, lines)], "")
    selection = selected(uow, store_code=query.store_code, from_date=query.from_date, to_date=query.to_date)
    rows = uow.adjustments.list_adjustments(selection, after=asked.after, limit=asked.limit + 1)
    shown = [_shown(uow, one, ()) for one in rows[: asked.limit]]
    return AdjustmentsPage(
        shown, next_token(rows, asked.limit, lambda one: (one.business_date, one.posted_at, one.adjustment_id))
    )


def _shown(uow: UnitOfWork, one: StockAdjustment, lines: Sequence[AdjustedLine]) -> Adjustment:
    store = uow.chain.stores[one.store_id]
    return Adjustment(
        adjustment_id=one.adjustment_id,
        store_code=store.code,
        number=one.number,
        business_date=one.business_date.isoformat(),
        posted_at=one.posted_at,
        adjusted_by=who(uow, caller_id=one.caller_id, staff_id=one.staff_id),
        note=one.note,
        line_count=one.line_count,
        lost_minor=one.lost_minor,
        found_minor=one.found_minor,
        currency=store.currency,
        lines=lines,
    )
