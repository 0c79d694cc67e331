"""Moving-average cost: what goods are worth that leave, arrive or come back.

Three things hold after every movement: nothing on hand is worth nothing, what is on hand is worth zero or more, and
what is owed to stock (sold before it was received) is worth zero or less.
"""

from domain.inventory.stock import StockLevel
from domain.shared.money import Rounding, divide


def issue(level: StockLevel, *, quantity_milli: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """The value, zero or more, that `quantity_milli` (above zero) takes out of stock; nothing is changed.

    Goods on hand leave at their average, the last of them with all the value that is left. What is not on hand leaves
    at the unit cost of the last receipt, without one at the average, and at nothing while no cost is known.
    """
    on_hand, value = level.on_hand_milli, level.value_minor
    if quantity_milli < on_hand:
        return divide(value * quantity_milli, on_hand, rounding)
    if quantity_milli == on_hand:
        return value
    leaving, short = (value, quantity_milli - on_hand) if on_hand > 0 else (0, quantity_milli)
    if level.last_cost_quantity_milli > 0:
        return leaving + divide(level.last_cost_minor * short, level.last_cost_quantity_milli, rounding)
    if on_hand:
        return leaving + divide(abs(value) * short, abs(on_hand), rounding)
    return leaving


def receive(
    level: StockLevel, *, quantity_milli: int, cost_minor: int, rounding: Rounding = Rounding.HALF_UP
) -> tuple[int, int]:
    """The value that a receipt brings, always its cost, and the correction of what was sold before; changes nothing.

    After a receipt into negative stock, whatever is left on hand or still owed is worth the receipt's unit cost
    (policy `negative_stock_cost` = correct_on_receipt). The correction is the value of a movement without quantity:
    below zero when the goods cost more than was assumed when they were sold.
    """
    on_hand = level.on_hand_milli + quantity_milli
    if level.on_hand_milli >= 0:
        return cost_minor, 0
    worth = divide(cost_minor * on_hand, quantity_milli, rounding)
    return cost_minor, worth - level.value_minor - cost_minor


def put_back(
    level: StockLevel, *, quantity_milli: int, cost_minor: int, rounding: Rounding = Rounding.HALF_UP
) -> tuple[int, int]:
    """The value that returned goods bring, always the cost they left at, and a correction as in `receive`.

    Into negative stock they first settle what is owed at the value at which it is owed; the correction is the
    difference to their own cost. It is zero when goods return that were themselves sold before they were received.
    """
    before, value = level.on_hand_milli, level.value_minor
    on_hand = before + quantity_milli
    if before >= 0:
        return cost_minor, 0
    if on_hand < 0:
        worth = divide(value * -on_hand, -before, rounding)
    else:
        worth = divide(cost_minor * on_hand, quantity_milli, rounding)
    return cost_minor, worth - value - cost_minor


def apply_movement(level: StockLevel, *, quantity_milli: int, value_minor: int) -> None:
    """Moves the level by exactly one movement; both are below zero for goods that leave."""
    level.on_hand_milli += quantity_milli
    level.value_minor += value_minor


def apply_issue(level: StockLevel, *, quantity_milli: int, rounding: Rounding = Rounding.HALF_UP) -> int:
    """As `issue`, and moves the level."""
    value = issue(level, quantity_milli=quantity_milli, rounding=rounding)
    apply_movement(level, quantity_milli=-quantity_milli, value_minor=-value)
    return value


def apply_receipt(
    level: StockLevel, *, quantity_milli: int, cost_minor: int, rounding: Rounding = Rounding.HALF_UP
) -> tuple[int, int]:
    """As `receive`, and moves the level by both; the receipt becomes the last one."""
    value, correction = receive(level, quantity_milli=quantity_milli, cost_minor=cost_minor, rounding=rounding)
    apply_movement(level, quantity_milli=quantity_milli, value_minor=value + correction)
    level.last_cost_minor = cost_minor
    level.last_cost_quantity_milli = quantity_milli
    return value, correction


def apply_put_back(
    level: StockLevel, *, quantity_milli: int, cost_minor: int, rounding: Rounding = Rounding.HALF_UP
) -> tuple[int, int]:
    """As `put_back`, and moves the level by both."""
    value, correction = put_back(level, quantity_milli=quantity_milli, cost_minor=cost_minor, rounding=rounding)
    apply_movement(level, quantity_milli=quantity_milli, value_minor=value + correction)
    return value, correction
