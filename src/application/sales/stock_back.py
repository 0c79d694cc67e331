"""Goods of a refund or void: into stock again, written off, or aside until their supplier takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.sales.reversal import Reversal
from application.sales.taking_back import TakenBack
from domain.inventory.costing import apply_put_back
from domain.inventory.set_aside import SetAsideEntry, SetAsideReason, SetAsideStatus
from domain.inventory.stock import MovementReason, StockLevel, StockMovement
from domain.sales.returned import Condition
from domain.sales.sale import SaleKind, SaleLine
from domain.shared.applied import given_by
from domain.shared.money import divide


@dataclass(slots=True)
class StockBack:
    """Minor units: corrections of value that goods put back have caused, with their sign; cost of what left again."""

    correction_minor: int = 0
    scrapped_minor: int = 0
    set_aside_minor: int = 0


def put_stock_back(work: Reversal) -> StockBack:
    """Brings goods back at the cost that the policy names, and moves what cannot be sold out again at once.

    Locks the levels of stock, and of goods set aside where some are.
    """
    stocked = [line for line in work.lines if line.quantity_milli and not work.original.products[line.sku_id].unstocked]
    location_id = work.store.store_id
    levels = work.uow.stock.lock(sorted({(location_id, line.sku_id) for line in stocked}))
    _lock_set_aside(work, stocked)
    back = StockBack()
    plain = MovementReason.VOID if work.kind is SaleKind.VOID else MovementReason.RETURN
    for line in stocked:
        reason = MovementReason.GIFT_RETURN if given_by(line.discounts) else plain
        level = levels[location_id, line.sku_id]
        quantity = -line.quantity_milli
        if work.policies.return_cost == "current":
            line.cost_minor = -_current_cost(level, quantity, -line.cost_minor)
        cost = -line.cost_minor
        match condition_of(line, work.taken):
            case Condition.SCRAP:
                _move(work, level, quantity, cost, reason)
                _move(work, level, -quantity, -cost, MovementReason.SCRAP)
                back.scrapped_minor += cost
            case Condition.TO_SUPPLIER:
                _move(work, level, quantity, cost, reason)
                _move(work, level, -quantity, -cost, MovementReason.SET_ASIDE)
                _set_aside(work, line)
                back.set_aside_minor += cost
            case Condition.TO_STOCK:
                _, corrected = apply_put_back(level, quantity_milli=quantity, cost_minor=cost)
                _move(work, level, quantity, cost, reason)
                if corrected:
                    _move(work, level, 0, corrected, MovementReason.COST_CORRECTION)
                back.correction_minor += corrected
    return back


def condition_of(line: SaleLine, taken: Mapping[int, TakenBack]) -> Condition:
    """What becomes of the goods of a line that comes back."""
    back = taken.get(line.original_line_number)
    return Condition.TO_STOCK if back is None else back.condition


def _lock_set_aside(work: Reversal, stocked: Sequence[SaleLine]) -> None:
    aside = {line.sku_id for line in stocked if condition_of(line, work.taken) is Condition.TO_SUPPLIER}
    if aside:
        work.uow.set_aside.lock(work.store.store_id, aside, SetAsideStatus.TO_SUPPLIER)


def _set_aside(work: Reversal, line: SaleLine) -> None:
    uow = work.uow
    uow.add(
        SetAsideEntry(
            location_id=work.store.store_id,
            sku_id=line.sku_id,
            entry_id=uow.new_id(),
            status=SetAsideStatus.TO_SUPPLIER,
            quantity_milli=-line.quantity_milli,
            value_minor=-line.cost_minor,
            reason=SetAsideReason.RETURNED,
            document_id=work.reversal_id,
            line_number=line.line_number,
            business_date=work.on,
            posted_at=uow.now,
        )
    )


def _current_cost(level: StockLevel, quantity: int, original: int) -> int:
    return divide(level.value_minor * quantity, level.on_hand_milli) if level.on_hand_milli > 0 else original


def _move(work: Reversal, level: StockLevel, quantity: int, value: int, reason: MovementReason) -> None:
    uow = work.uow
    uow.add(
        StockMovement(
            level.location_id, level.sku_id, uow.new_id(), quantity, value, reason, work.reversal_id, work.on, uow.now
        )
    )
