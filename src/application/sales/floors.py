"""What the goods of a basket cost, where nothing may be sold below that without permission."""

from collections.abc import Mapping

from application.known_settings import COST_FLOORS
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
        if line.quantity_milli <= 0:
            continue
        taken = line.product.product.takes(line.quantity_milli)
        found = [(levels.get((basket.store.store_id, sku_id)), quantity) for sku_id, quantity in taken]
        known = [(level, quantity) for level, quantity in found if level is not None]
        if known and len(known) == len(taken):
            line.cost_minor = sum(issue(level, quantity_milli=quantity) for level, quantity in known)
