"""Goods of a refund or void: into stock again, written off, or aside until their supplier takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from application.layering import record_layers
from application.ports.kernel import UnitOfWork
from application.ports.sales import SoldProduct
from application.sales.taking_back import TakenBack
from domain.identity.organisation import Store
from domain.inventory.costing import Arrival, apply_put_back
from domain.inventory.layers import Origin
from domain.inventory.set_aside import SetAsideEntry, SetAsideReason, SetAsideStatus
from domain.inventory.stock import MovementReason, StockLevel, StockMovement
from domain.sales.returned import Condition
from domain.sales.sale import SaleLine
from domain.shared.applied import given_by
from domain.shared.money import divide


@dataclass(frozen=True, slots=True)
class GoodsBack:
    """What comes to a store by the lines of a refund or void; `taken` tells by line how, which is to stock otherwise.

    `return_cost` is the setting of that name; with `current`, the cost of lines follows what lies on the shelf.
    """

    uow: UnitOfWork
    document_id: int
    store: Store
    on: date
    reason: MovementReason
    lines: Sequence[SaleLine]
    products: Mapping[int, SoldProduct]
    taken: Mapping[int, TakenBack]
    return_cost: str
    # The sale that had taken the goods out of stock; 0 where none is known.
    original_id: int = 0

    def condition(self, line: SaleLine) -> Condition:
        back = self.taken.get(line.line_number)
        return Condition.TO_STOCK if back is None else back.condition


@dataclass(slots=True)
class StockBack:
    """Minor units: corrections of value that goods put back have caused, with their sign; cost of what left again."""

    correction_minor: int = 0
    scrapped_minor: int = 0
    set_aside_minor: int = 0


def put_stock_back(goods: GoodsBack) -> StockBack:
    """Brings goods back at the cost that the policy names, and moves what cannot be sold out again at once.

    Locks the levels of stock, and of goods set aside where some are.
    """
    stocked = [line for line in goods.lines if line.quantity_milli and not goods.products[line.sku_id].unstocked]
    location_id = goods.store.store_id
    levels = goods.uow.stock.lock(sorted({(location_id, line.sku_id) for line in stocked}))
    _lock_set_aside(goods, stocked)
    origins = _origins(goods, levels)
    back = StockBack()
    for line in stocked:
        reason = MovementReason.GIFT_RETURN if given_by(line.discounts) else goods.reason
        level = levels[location_id, line.sku_id]
        quantity = -line.quantity_milli
        if goods.return_cost == "current":
            line.cost_minor = -_current_cost(level, quantity, -line.cost_minor)
        cost = -line.cost_minor
        match goods.condition(line):
            case Condition.SCRAP:
                _move(goods, level, quantity, cost, reason)
                _move(goods, level, -quantity, -cost, MovementReason.SCRAP)
                back.scrapped_minor += cost
            case Condition.TO_SUPPLIER:
                _move(goods, level, quantity, cost, reason)
                _move(goods, level, -quantity, -cost, MovementReason.SET_ASIDE)
                _set_aside(goods, line)
                back.set_aside_minor += cost
            case Condition.TO_STOCK:
                arrival = Arrival(goods.document_id, goods.on, origins=origins.get(line.sku_id, ()))
                _, corrected = apply_put_back(level, quantity_milli=quantity, cost_minor=cost, arrival=arrival)
                _move(goods, level, quantity, cost, reason)
                if corrected:
                    _move(goods, level, 0, corrected, MovementReason.COST_CORRECTION)
                back.correction_minor += corrected
    return back


def _origins(goods: GoodsBack, levels: Mapping[tuple[int, int], StockLevel]) -> Mapping[int, Sequence[Origin]]:
    """The layers that the goods have left, by SKU id; nothing is asked where no level has any."""
    apart = {sku_id for (_, sku_id), level in levels.items() if level.costing}
    return goods.uow.stock.origins(goods.original_id, apart) if apart and goods.original_id else {}


def _lock_set_aside(goods: GoodsBack, stocked: Sequence[SaleLine]) -> None:
    aside = {line.sku_id for line in stocked if goods.condition(line) is Condition.TO_SUPPLIER}
    if aside:
        goods.uow.set_aside.lock(goods.store.store_id, aside, SetAsideStatus.TO_SUPPLIER)


def _set_aside(goods: GoodsBack, line: SaleLine) -> None:
    uow = goods.uow
    uow.add(
        SetAsideEntry(
            location_id=goods.store.store_id,
            sku_id=line.sku_id,
            entry_id=uow.new_id(),
            status=SetAsideStatus.TO_SUPPLIER,
            quantity_milli=-line.quantity_milli,
            value_minor=-line.cost_minor,
            reason=SetAsideReason.RETURNED,
            document_id=goods.document_id,
            line_number=line.line_number,
            business_date=goods.on,
            posted_at=uow.now,
        )
    )


def _current_cost(level: StockLevel, quantity: int, original: int) -> int:
    return divide(level.value_minor * quantity, level.on_hand_milli) if level.on_hand_milli > 0 else original


def _move(goods: GoodsBack, level: StockLevel, quantity: int, value: int, reason: MovementReason) -> None:
    uow = goods.uow
    movement = StockMovement(
        level.location_id, level.sku_id, uow.new_id(), quantity, value, reason, goods.document_id, goods.on, uow.now
    )
    uow.add(movement)
    record_layers(uow, level, movement)
