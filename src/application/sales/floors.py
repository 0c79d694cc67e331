"""What the goods of a basket cost, where nothing may be sold below that without permission."""

from collections.abc import Mapping

from application.policies import COST_FLOORS
from application.sales.basket import ResolvedBasket
from domain.inventory.costing import issue
from domain.inventory.stock import StockLevel

Levels = Mapping[tuple[int, int], StockLevel]


def note_costs(basket: ResolvedBasket, levels: Levels) -> None:
    """Notes on each line what its goods cost, if the setting `price_floor` of the store asks for it.

    Nothing is known of what was never received: that has no such floor.
    """
    if basket.policies.price_floor not in COST_FLOORS:
        return
    for line in basket.lines:
        level = levels.get((basket.store.store_id, line.product.product.sku_id))
        if level is not None and line.quantity_milli > 0:
            line.cost_minor = issue(level, quantity_milli=line.quantity_milli)
