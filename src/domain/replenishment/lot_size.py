"""How much to order at once: what is cheapest, and what a supplier will deliver."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from domain.shared.errors import Invalid
from domain.shared.money import divide_up


class NoFirstPrice(Invalid):
    en = "Prices by quantity must rise in quantity and begin at 0 or 1, so that every quantity has one."
    zh = "阶梯价须按数量递增，并从 0 或 1 开始，使每个数量都有价格。"


@dataclass(frozen=True, slots=True)
class PriceBreak:
    """From `quantity` units on, one unit costs `unit_cost`, in any currency."""

    quantity: float
    unit_cost: float


@dataclass(frozen=True, slots=True)
class CheapestOrder:
    """`total_cost` is a year's: the goods, the orders, and half an order held all the time."""

    quantity: float
    unit_cost: float
    total_cost: float


def economic_order_quantity(*, demand: float, order_cost: float, holding_cost: float) -> float:
    """The quantity at which ordering and holding cost the least together: sqrt(2DS/H), Harris (1913).

    `demand` in units and `holding_cost` per unit are for the same period, `order_cost` is that of one order. Holding
    costs something: `holding_cost` is above zero.
    """
    return math.sqrt(2 * demand * order_cost / holding_cost)


def cheapest_order(
    *, demand: float, order_cost: float, holding_rate: float, breaks: Sequence[PriceBreak]
) -> CheapestOrder:
    """The order that costs least in a year when a larger one has a lower price for all units.

    Holding a unit costs `holding_rate` of its price. Each price has its own economic order quantity, raised to where
    the price begins; of those that lie within their price the cheapest in total is taken, of equal ones the smaller.
    Heizer and Render, Operations Management, ch. 12, quantity discount model. Raises NoFirstPrice.
    """
    starts = [one.quantity for one in breaks]
    if not starts or starts[0] > 1 or starts != sorted(set(starts)):
        raise NoFirstPrice("breaks")
    found = []
    for index, one in enumerate(breaks):
        end = breaks[index + 1].quantity if index + 1 < len(breaks) else math.inf
        holding = holding_rate * one.unit_cost
        quantity = max(
            economic_order_quantity(demand=demand, order_cost=order_cost, holding_cost=holding), one.quantity
        )
        # What lies beyond the price's end is cheaper at the next price.
        if quantity < end:
            total = demand * one.unit_cost + demand / quantity * order_cost + quantity / 2 * holding
            found.append(CheapestOrder(quantity, one.unit_cost, total))
    return min(found, key=lambda order: (order.total_cost, order.quantity))


def orderable_milli(quantity_milli: int, *, minimum_milli: int = 0, pack_milli: int = 1) -> int:
    """The smallest quantity a supplier delivers that is not below `quantity_milli`: whole packs, the minimum at least.

    Nothing stays nothing. `pack_milli` is one or more; a minimum that is no whole number of packs is rounded up.
    """
    if quantity_milli <= 0:
        return 0
    return divide_up(max(quantity_milli, minimum_milli), pack_milli) * pack_milli
