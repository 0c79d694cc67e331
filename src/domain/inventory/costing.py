"""What goods are worth that leave, arrive or come back: at moving average, first in first out, or standard cost.

Three things hold after every movement: nothing on hand is worth nothing, what is on hand is worth zero or more, and
what is owed to stock (sold before it was received) is worth zero or less. At standard cost stock is always worth its
quantity at that cost. Of a level with layers, they are moved too (see layers).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from domain.inventory.layers import (
    NO_LOT,
    LayeredLevel,
    LayerPart,
    Lot,
    Origin,
    apply_parts,
    coming_back,
    leaving,
    opening,
    valued,
)
from domain.inventory.stock import Costing, StockLevel
from domain.shared.money import Rounding, divide


@dataclass(frozen=True, slots=True)
class Arrival:
    """What goods that come bring with them beside their cost: the document, the day and the lot.

    `origins` are the layers that returned goods had left, in that order.
    """

    document_id: int
    on: date
    lot: Lot = NO_LOT
    origins: Sequence[Origin] = ()


def issue(
    level: StockLevel,
    *,
    quantity_milli: int,
    rounding: Rounding = Rounding.HALF_UP,
    on: date | None = None,
    first: Iterable[int] = (),
) -> int:
    """The value, zero or more, that `quantity_milli` (above zero) takes out of stock; nothing is changed.

    Goods on hand leave at their average, the last of them with all the value that is left; under FIFO at the cost of
    the layers that they leave, those with an id in `first` before the others and what has expired by `on` last. What
    is not on hand leaves at the unit cost of the last receipt, without one at the average, and at nothing while no
    cost is known.
    """
    on_hand, value = level.on_hand_milli, level.value_minor
    if level.costing:
        if level.costing & Costing.STANDARD:
            return max(0, value - _at_standard(level, on_hand - quantity_milli, rounding))
        if level.costing & Costing.FIFO and quantity_milli < on_hand and isinstance(level, LayeredLevel):
            parts = leaving(level, quantity_milli=quantity_milli, on=on, first=first, rounding=rounding)
            return -sum([part.value_minor for part in parts])
    if quantity_milli < on_hand:
        return divide(value * quantity_milli, on_hand, rounding)
    if quantity_milli == on_hand:
        return value
    worth, short = (value, quantity_milli - on_hand) if on_hand > 0 else (0, quantity_milli)
    if level.last_cost_quantity_milli > 0:
        return worth + divide(level.last_cost_minor * short, level.last_cost_quantity_milli, rounding)
    if on_hand:
        return worth + divide(abs(value) * short, abs(on_hand), rounding)
    return worth


def receive(
    level: StockLevel, *, quantity_milli: int, cost_minor: int, rounding: Rounding = Rounding.HALF_UP
) -> tuple[int, int]:
    """The value that a receipt brings, always its cost, and the correction of what was sold before; changes nothing.

    After a receipt into negative stock, whatever is left on hand or still owed is worth the receipt's unit cost
    (policy `negative_stock_cost` = correct_on_receipt). The correction is the value of a movement without quantity:
    below zero when the goods cost more than was assumed when they were sold. At standard cost it is the purchase price
    variance, below zero when the goods cost more than the standard.
    """
    on_hand = level.on_hand_milli + quantity_milli
    if level.costing & Costing.STANDARD:
        standard = cost_minor, quantity_milli
        return cost_minor, _at_standard(level, on_hand, rounding, otherwise=standard) - level.value_minor - cost_minor
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
    if level.costing & Costing.STANDARD:
        standard = cost_minor, quantity_milli
        return cost_minor, _at_standard(level, on_hand, rounding, otherwise=standard) - value - cost_minor
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


def apply_issue(
    level: StockLevel,
    *,
    quantity_milli: int,
    rounding: Rounding = Rounding.HALF_UP,
    on: date | None = None,
    first: Iterable[int] = (),
) -> int:
    """As `issue`, and moves the level with its layers."""
    if level.costing and isinstance(level, LayeredLevel):
        first = tuple(first)
        value = issue(level, quantity_milli=quantity_milli, rounding=rounding, on=on, first=first)
        apply_parts(level, leaving(level, quantity_milli=quantity_milli, on=on, first=first, rounding=rounding))
    else:
        value = issue(level, quantity_milli=quantity_milli, rounding=rounding)
    apply_movement(level, quantity_milli=-quantity_milli, value_minor=-value)
    return value


def apply_receipt(
    level: StockLevel,
    *,
    quantity_milli: int,
    cost_minor: int,
    rounding: Rounding = Rounding.HALF_UP,
    arrival: Arrival | None = None,
) -> tuple[int, int]:
    """As `receive`, and moves the level by both; the receipt becomes the last one.

    Of a level with layers `arrival` is to be given. A level at standard cost that has none takes that of the receipt.
    """
    value, correction = receive(level, quantity_milli=quantity_milli, cost_minor=cost_minor, rounding=rounding)
    settled = min(quantity_milli, max(0, -level.on_hand_milli))
    apply_movement(level, quantity_milli=quantity_milli, value_minor=value + correction)
    level.last_cost_minor = cost_minor
    level.last_cost_quantity_milli = quantity_milli
    if level.costing and isinstance(level, LayeredLevel):
        if level.costing & Costing.STANDARD and not level.standard_quantity_milli:
            level.set_standard(cost_minor, quantity_milli)
        if level.keeps_layers:
            assert arrival is not None
            left = quantity_milli - settled
            worth = level.value_minor if settled else value
            if arrival.origins and left:
                apply_parts(level, _brought(level, arrival, left, worth))
            else:
                layer = opening(level, arrival.lot, document_id=arrival.document_id, received_on=arrival.on)
                layer.received_milli, layer.received_minor = quantity_milli, cost_minor
                # One part even where everything was owed: the layer tells what its receipt has brought.
                apply_parts(level, [LayerPart(layer, left, worth if left and _bears(level) else 0, opened=True)])
    return value, correction


def apply_put_back(
    level: StockLevel,
    *,
    quantity_milli: int,
    cost_minor: int,
    rounding: Rounding = Rounding.HALF_UP,
    arrival: Arrival | None = None,
) -> tuple[int, int]:
    """As `put_back`, and moves the level by both; of a level with layers `arrival` is to be given."""
    value, correction = put_back(level, quantity_milli=quantity_milli, cost_minor=cost_minor, rounding=rounding)
    settled = min(quantity_milli, max(0, -level.on_hand_milli))
    apply_movement(level, quantity_milli=quantity_milli, value_minor=value + correction)
    if level.costing and isinstance(level, LayeredLevel) and level.keeps_layers and quantity_milli > settled:
        assert arrival is not None
        worth = level.value_minor if settled else value
        apply_parts(level, _brought(level, arrival, quantity_milli - settled, worth))
    return value, correction


def apply_revaluation(level: StockLevel, *, value_minor: int, layer: int = 0) -> int:
    """Adds value to what is on hand, or takes it away; returns by how much, which leaves no less than nothing.

    What is not on hand bears none, nor does what is valued at standard cost. Under FIFO the layer with that id bears
    it, or all of them by their quantity.
    """
    if level.on_hand_milli <= 0 or level.costing & Costing.STANDARD:
        return 0
    if not (_bears(level) and isinstance(level, LayeredLevel)):
        added = max(value_minor, -level.value_minor)
    else:
        bearing = [known for known in level.layers if known.layer_id == layer] if layer else list(level.layers)
        parts = valued([LayerPart(known, known.quantity_milli, 0) for known in bearing], value_minor)
        changes = [LayerPart(part.layer, 0, max(part.value_minor, -part.layer.value_minor)) for part in parts]
        apply_parts(level, [part for part in changes if part.value_minor])
        added = sum([part.value_minor for part in changes])
    level.value_minor += added
    return added


def apply_standard(
    level: LayeredLevel, *, standard_minor: int, quantity_milli: int, rounding: Rounding = Rounding.HALF_UP
) -> int:
    """Makes this the standard cost of `quantity_milli` (above zero); returns what the stock has gained in value."""
    level.set_standard(standard_minor, quantity_milli)
    gained = _at_standard(level, level.on_hand_milli, rounding) - level.value_minor
    level.value_minor += gained
    return gained


def apply_costing(level: LayeredLevel, costing: Costing, *, arrival: Arrival) -> None:
    """Changes the method: what is on hand keeps its value, and is one layer where there was none before.

    To standard cost the present average becomes the standard, else the last cost; without either it is not known yet.
    """
    kept_layers = level.keeps_layers
    level.costing = int(costing)
    on_hand, value = max(0, level.on_hand_milli), max(0, level.value_minor)
    if costing & Costing.STANDARD:
        if level.on_hand_milli:
            level.set_standard(abs(level.value_minor), abs(level.on_hand_milli))
        else:
            level.set_standard(level.last_cost_minor, level.last_cost_quantity_milli)
    if not level.keeps_layers:
        apply_parts(level, [LayerPart(layer, -layer.quantity_milli, -layer.value_minor) for layer in level.layers])
        return
    if not kept_layers and on_hand:
        layer = opening(level, arrival.lot, document_id=arrival.document_id, received_on=arrival.on)
        layer.received_milli, layer.received_minor = on_hand, value
        apply_parts(level, [LayerPart(layer, on_hand, value if _bears(level) else 0, opened=True)])
        return
    worth = valued([LayerPart(layer, layer.quantity_milli, 0) for layer in level.layers], value if _bears(level) else 0)
    changes = [LayerPart(part.layer, 0, part.value_minor - part.layer.value_minor) for part in worth]
    # From FIFO to FIFO by lot the layers keep their own cost.
    if sum([part.value_minor for part in changes]):
        apply_parts(level, [part for part in changes if part.value_minor])


def _brought(level: LayeredLevel, arrival: Arrival, quantity_milli: int, worth: int) -> list[LayerPart]:
    """What goods that had left layers once bring back to them, or to new ones of the same lots."""
    parts = coming_back(
        level,
        arrival.origins,
        quantity_milli=quantity_milli,
        lot=arrival.lot,
        document_id=arrival.document_id,
        on=arrival.on,
    )
    parts = valued(parts, worth if _bears(level) else 0)
    for part in parts:
        if part.opened:
            part.layer.received_milli, part.layer.received_minor = part.quantity_milli, part.value_minor
    return parts


def _bears(level: StockLevel) -> bool:
    """Whether its layers bear the value."""
    return bool(level.costing & Costing.FIFO)


def _at_standard(
    level: StockLevel, quantity_milli: int, rounding: Rounding, *, otherwise: tuple[int, int] = (0, 0)
) -> int:
    """What a quantity is worth at the level's standard cost, or at (cost, quantity) while it has none."""
    standard, of = otherwise
    if isinstance(level, LayeredLevel) and level.standard_quantity_milli:
        standard, of = level.standard_minor, level.standard_quantity_milli
    return divide(standard * quantity_milli, of, rounding) if of else 0
