"""Adjustments: goods that turn up, get lost, spoil, or change what they may be used for, each for a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from domain.inventory.set_aside import SetAsideStatus
from domain.shared.errors import Invalid, Rejected


class StockPlace(StrEnum):
    """Where goods are: for sale, set aside in a status, a supplier's, or nowhere (not found, not there any more)."""

    FOR_SALE = "for_sale"
    DAMAGED = "damaged"
    QUARANTINE = "quarantine"
    TO_SUPPLIER = "to_supplier"
    CONSIGNMENT = "consignment"
    SUPPLIER = "supplier"
    NOWHERE = "nowhere"

    @property
    def status(self) -> SetAsideStatus | None:
        """The status of goods that are set aside there; None for other places."""
        return _STATUSES.get(self)


_STATUSES: Final[Mapping[StockPlace, SetAsideStatus]] = MappingProxyType(
    {
        StockPlace.DAMAGED: SetAsideStatus.DAMAGED,
        StockPlace.QUARANTINE: SetAsideStatus.QUARANTINE,
        StockPlace.TO_SUPPLIER: SetAsideStatus.TO_SUPPLIER,
        StockPlace.CONSIGNMENT: SetAsideStatus.CONSIGNMENT,
    }
)


class AdjustmentReason(StrEnum):
    """Why goods got lost or turned up; moves between places need none."""

    DAMAGE = "damage"
    THEFT = "theft"
    EXPIRY = "expiry"
    OWN_USE = "own_use"
    SAMPLE = "sample"
    FOUND = "found"
    CORRECTION = "correction"


class NoSuchMove(Rejected):
    en = "Goods do not go from {from_place} to {to_place} by an adjustment. Possible from there: {possible}."
    zh = "库存调整不能把商品从 {from_place} 转到 {to_place}。可转到：{possible}。"


class ReasonNeeded(Invalid):
    en = "Say why goods leave or turn up: one of {reasons}."
    zh = "请说明商品减少或增加的原因：{reasons}。"


class NoReasonHere(Invalid):
    en = "Goods that only change their place have no reason of loss. Leave it out."
    zh = "商品仅变更存放状态，不需要损益原因，请留空。"


class CostNotAsked(Invalid):
    en = "Only goods that turn up or that are taken over from a supplier have a cost of their own. Leave it out."
    zh = "只有盘盈或从供应商接收的商品需要成本，请留空。"


_LOST: Final = frozenset({
    AdjustmentReason.DAMAGE, AdjustmentReason.THEFT, AdjustmentReason.EXPIRY, AdjustmentReason.OWN_USE,
    AdjustmentReason.SAMPLE, AdjustmentReason.CORRECTION,
})  # fmt: skip
_TURNED_UP: Final = frozenset({AdjustmentReason.FOUND, AdjustmentReason.CORRECTION})
_OWN: Final = frozenset({StockPlace.FOR_SALE, StockPlace.DAMAGED, StockPlace.QUARANTINE, StockPlace.TO_SUPPLIER})
ROUTES: Final[Mapping[StockPlace, frozenset[StockPlace]]] = MappingProxyType(
    {
        **{place: _OWN - {place} | {StockPlace.NOWHERE} for place in _OWN},
        # A supplier's goods become the chain's only by being taken over at a cost; lost ones have to be paid as well.
        StockPlace.CONSIGNMENT: frozenset({StockPlace.FOR_SALE, StockPlace.SUPPLIER}),
        StockPlace.SUPPLIER: frozenset({StockPlace.CONSIGNMENT}),
        StockPlace.NOWHERE: _OWN,
    }
)
"""Where goods may go from each place by an adjustment."""


def check_move(
    *,
    from_place: StockPlace,
    to_place: StockPlace,
    reason: AdjustmentReason | None,
    has_cost: bool,
    field: str,
) -> None:
    """Refuses a line whose places, reason and cost do not fit; `field` is the line's path in the request.

    Raises NoSuchMove, ReasonNeeded, NoReasonHere and CostNotAsked.
    """
    possible = ROUTES[from_place]
    if to_place not in possible:
        names = ", ".join(sorted(one.name for one in possible))
        raise NoSuchMove(f"{field}.to_place", from_place=from_place.name, to_place=to_place.name, possible=names)
    lost, turned_up = to_place is StockPlace.NOWHERE, from_place is StockPlace.NOWHERE
    allowed = _LOST if lost else _TURNED_UP if turned_up else frozenset()
    if not allowed and reason is not None:
        raise NoReasonHere(f"{field}.reason")
    if allowed and reason not in allowed:
        raise ReasonNeeded(f"{field}.reason", reasons=", ".join(sorted(one.name for one in allowed)))
    taken_over = from_place is StockPlace.CONSIGNMENT and to_place is StockPlace.FOR_SALE
    if has_cost and not (turned_up or taken_over):
        raise CostNotAsked(f"{field}.cost")


@dataclass(slots=True)
class StockAdjustment:
    """Header of an adjustment; numbers count from 1 in each store.

    `lost_minor` is the cost of what got lost, `found_minor` that of what turned up, both zero or more.
    """

    adjustment_id: int
    store_id: int
    number: int
    business_date: date
    posted_at: datetime
    request_id: str
    caller_id: int
    staff_id: int | None
    note: str
    line_count: int
    lost_minor: int
    found_minor: int


@dataclass(slots=True)
class StockAdjustmentLine:
    """So many thousandths went from one place to another, with `value_minor` of cost, zero or more."""

    adjustment_id: int
    line_number: int
    sku_id: int
    from_place: StockPlace
    to_place: StockPlace
    reason: AdjustmentReason | None
    quantity_milli: int
    value_minor: int
