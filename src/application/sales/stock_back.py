"""Goods of a refund or void: into stock again, written off, or aside until their supplier takes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from application.layering import record_layers
from application.ports.kernel import UnitOfWork
from application.ports.sales import SoldProduct
from application.sales.taking_back import TakenBack
from domain.identity.organisation import Store
from domain.inventory.components import SaleComponent, coming_back
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
    `components` is what the sale took for what is made when it is sold, less what of that has come back.
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
    components: Sequence[SaleComponent] = ()
    # The sale that had taken the goods out of stock; 0 where none is known.
    original_id: int = 0

    def condition(self, line: SaleLine) -> Condition:
        back = self.taken.get(line.line_number)
        condition = Condition.TO_STOCK if back is None else back.condition
        product = self.products[line.sku_id]
        if not product.unstocked:
            return condition
        # No supplier takes back what was made here.
        spoilt = product.perishable and self.reason is MovementReason.RETURN
        return Condition.SCRAP if spoilt or condition is Condition.SCRAP else Condition.TO_STOCK


@dataclass(slots=True)
class _Part:
    """What a line brings of one SKU: of the product itself, or of a component."""

    line: SaleLine
    sku_id: int
    quantity_milli: int
    cost_minor: int


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
    parts = _parts(goods)
    location_id = goods.store.store_id
    levels = goods.uow.stock.lock(sorted({(location_id, part.sku_id) for part in parts}))
    _lock_set_aside(goods, parts)
    origins = _origins(goods, levels)
    back = StockBack()
    for part in parts:
        reason = MovementReason.GIFT_RETURN if given_by(part.line.discounts) else goods.reason
        level = levels[location_id, part.sku_id]
        if goods.return_cost == "current":
            _take_current_cost(part, level)
        quantity, cost = part.quantity_milli, part.cost_minor
        match goods.condition(part.line):
            case Condition.SCRAP:
                _move(goods, level, quantity, cost, reason)
                _move(goods, level, -quantity, -cost, MovementReason.SCRAP)
                back.scrapped_minor += cost
            case Condition.TO_SUPPLIER:
                _move(goods, level, quantity, cost, reason)
                _move(goods, level, -quantity, -cost, MovementReason.SET_ASIDE)
                _set_aside(goods, part.line)
                back.set_aside_minor += cost
            case Condition.TO_STOCK:
                arrival = Arrival(goods.document_id, goods.on, origins=origins.get(part.sku_id, ()))
                _, corrected = apply_put_back(level, quantity_milli=quantity, cost_minor=cost, arrival=arrival)
                _move(goods, level, quantity, cost, reason)
                if corrected:
                    _move(goods, level, 0, corrected, MovementReason.COST_CORRECTION)
                back.correction_minor += corrected
    _keep_components(goods, parts)
    return back


def _origins(goods: GoodsBack, levels: Mapping[tuple[int, int], StockLevel]) -> Mapping[int, Sequence[Origin]]:
    """The layers that the goods have left, by SKU id; nothing is asked where no level has any."""
    apart = {sku_id for (_, sku_id), level in levels.items() if level.costing}
    return goods.uow.stock.origins(goods.original_id, apart) if apart and goods.original_id else {}


def _parts(goods: GoodsBack) -> list[_Part]:
    parts = []
    for line in goods.lines:
        quantity = -line.quantity_milli
        if not quantity:
            continue
        if not goods.products[line.sku_id].unstocked:
            parts.append(_Part(line, line.sku_id, quantity, -line.cost_minor))
            continue
        moved = [one for one in goods.components if one.of_line_number == line.original_line_number]
        parts += [
            _Part(line, *part) for part in coming_back(moved, line_quantity_milli=quantity, cost_minor=-line.cost_minor)
        ]
    return parts


def _keep_components(goods: GoodsBack, parts: Sequence[_Part]) -> None:
    """What of the components has come back, for the next return of the same line."""
    of_sale = {one.of_line_number: one.of_sale_id for one in goods.components}
    for part in parts:
        line = part.line
        if goods.products[line.sku_id].unstocked:
            goods.uow.add(
                SaleComponent(
                    sale_id=goods.document_id,
                    line_number=line.line_number,
                    sku_id=part.sku_id,
                    quantity_milli=-part.quantity_milli,
                    cost_minor=-part.cost_minor,
                    of_sale_id=of_sale[line.original_line_number],
                    of_line_number=line.original_line_number,
                    line_quantity_milli=line.quantity_milli,
                )
            )


def _lock_set_aside(goods: GoodsBack, parts: Sequence[_Part]) -> None:
    aside = {part.sku_id for part in parts if goods.condition(part.line) is Condition.TO_SUPPLIER}
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


def _take_current_cost(part: _Part, level: StockLevel) -> None:
    """What lies on the shelf tells the cost, and that of the line follows."""
    if level.on_hand_milli > 0:
        cost = divide(level.value_minor * part.quantity_milli, level.on_hand_milli)
        part.line.cost_minor += part.cost_minor - cost
        part.cost_minor = cost


def _move(goods: GoodsBack, level: StockLevel, quantity: int, value: int, reason: MovementReason) -> None:
    uow = goods.uow
    movement = StockMovement(
        level.location_id, level.sku_id, uow.new_id(), quantity, value, reason, goods.document_id, goods.on, uow.now
    )
    uow.add(movement)
    record_layers(uow, level, movement)
