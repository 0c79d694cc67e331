"""Layers: what is left of each receipt, where goods leave first in, first out, or are told apart by lot.

The quantities of a level's layers sum to what is on hand, and to nothing while less than nothing is. Under FIFO their
values sum to the value of the level; otherwise the level alone bears the value and theirs are zero. A layer is moved
only by entries that name the movement of stock they belong to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Final

from domain.inventory.stock import Costing, StockLevel
from domain.shared.money import Rounding, allocate, divide


@dataclass(slots=True)
class StockLayer:
    """What is left (`quantity_milli`, `value_minor`) of what once came: `received_milli` for `received_minor`.

    `lot_code` is empty and `expires_on` None where goods are not told apart. `document_id` is what it came by.
    """

    location_id: int
    sku_id: int
    layer_id: int
    document_id: int
    lot_code: str
    expires_on: date | None
    received_on: date
    quantity_milli: int
    value_minor: int
    received_milli: int
    received_minor: int

    def expired(self, on: date) -> bool:
        """Whether the goods may no longer be sold on that day; on the day of expiry itself they may."""
        return self.expires_on is not None and self.expires_on < on


@dataclass(slots=True)
class StockLayerEntry:
    """What came to a layer (above zero) or left it, by which movement of which document."""

    location_id: int
    sku_id: int
    layer_id: int
    entry_id: int
    movement_id: int
    document_id: int
    quantity_milli: int
    value_minor: int
    business_date: date


@dataclass(slots=True)
class StandardCost:
    """What `quantity_milli` of a SKU is worth at a location, from a moment on until the next `number`."""

    location_id: int
    sku_id: int
    number: int
    standard_minor: int
    quantity_milli: int
    document_id: int
    business_date: date
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Lot:
    """What tells goods apart that are otherwise the same; `received_on` is when they came into the chain."""

    lot_code: str = ""
    expires_on: date | None = None
    received_on: date | None = None


NO_LOT: Final = Lot()


@dataclass(slots=True)
class Origin:
    """A layer that goods have left and how much of that is still out; it may have been of another location."""

    layer: StockLayer
    quantity_milli: int


@dataclass(slots=True)
class LayerPart:
    """By how much a movement moves a layer; a layer that is `opened` by it has no id yet and is made with it."""

    layer: StockLayer
    quantity_milli: int
    value_minor: int
    opened: bool = False


@dataclass(slots=True)
class LayeredLevel(StockLevel):
    """A level with its open layers, and the standard cost of a quantity (0 of 0 while there is none).

    `parts` is what has moved in the layers and is not recorded yet: whoever records a movement takes them.
    """

    layers: list[StockLayer] = field(default_factory=list)
    standard_minor: int = 0
    standard_quantity_milli: int = 0
    standard_number: int = 0
    parts: list[LayerPart] = field(default_factory=list)
    standard_is_new: bool = False

    @property
    def keeps_layers(self) -> bool:
        return bool(self.costing & (Costing.FIFO | Costing.LOTS))

    def available_milli(self, on: date) -> int:
        # What is kept for orders is kept of what can be sold.
        return self.on_hand_milli - self.expired_milli(on) - self.reserved_milli

    def expired_milli(self, on: date) -> int:
        """How much of what is on hand has expired by that day."""
        return sum([layer.quantity_milli for layer in self.layers if layer.expired(on)])

    def set_standard(self, standard_minor: int, quantity_milli: int) -> None:
        """From now on; nothing where the quantity is zero."""
        if quantity_milli > 0:
            self.standard_minor, self.standard_quantity_milli = standard_minor, quantity_milli
            self.standard_number += 1
            self.standard_is_new = True

    def taken_parts(self) -> list[LayerPart]:
        """The parts that are not recorded yet, which from now on are."""
        parts, self.parts = self.parts, []
        return parts


def layered_level(level: StockLevel) -> LayeredLevel:
    """The level itself, or the same as one that may have layers, of which it has none yet."""
    if isinstance(level, LayeredLevel):
        return level
    return LayeredLevel(*[getattr(level, known.name) for known in fields(StockLevel)])


def leaving(
    level: LayeredLevel,
    *,
    quantity_milli: int,
    on: date | None,
    first: Iterable[int] = (),
    rounding: Rounding = Rounding.HALF_UP,
) -> list[LayerPart]:
    """The parts, below zero, by which up to `quantity_milli` leave the layers; what the layers lack is in no part.

    Of goods told apart by lot those that expire first leave first, those expired by `on` last of all; otherwise those
    received first. Layers with an id in `first` go before the others.
    """
    chosen = set(first)
    parts = []
    left = quantity_milli
    for layer in sorted(level.layers, key=lambda layer: (layer.layer_id not in chosen, *_order(level, layer, on))):
        if left <= 0:
            break
        taken = min(left, layer.quantity_milli)
        whole = taken == layer.quantity_milli
        value = layer.value_minor if whole else divide(layer.value_minor * taken, layer.quantity_milli, rounding)
        parts.append(LayerPart(layer, -taken, -value))
        left -= taken
    return parts


def opening(level: LayeredLevel, lot: Lot, *, document_id: int, received_on: date) -> StockLayer:
    """An empty layer of this level, without an id."""
    return StockLayer(
        level.location_id, level.sku_id, 0, document_id, lot.lot_code, lot.expires_on, lot.received_on or received_on,
        0, 0, 0, 0,
    )  # fmt: skip


def coming_back(
    level: LayeredLevel, origins: Sequence[Origin], *, quantity_milli: int, lot: Lot, document_id: int, on: date
) -> list[LayerPart]:
    """The parts, above zero and without a value, by which goods go back to the layers that they left, the last first.

    At another location they open a layer of the same lot, what is of an unknown origin one of `lot`. The origins are
    reduced by what goes back.
    """
    parts = []
    left = quantity_milli
    open_layers = {layer.layer_id: layer for layer in level.layers}
    for origin in reversed(origins):
        quantity = min(left, origin.quantity_milli)
        if quantity <= 0:
            continue
        layer, opened = origin.layer, False
        if (layer.location_id, layer.sku_id) == (level.location_id, level.sku_id):
            layer = open_layers.get(layer.layer_id, layer)
        else:
            same = Lot(layer.lot_code, layer.expires_on, layer.received_on)
            layer, opened = opening(level, same, document_id=document_id, received_on=on), True
        parts.append(LayerPart(layer, quantity, 0, opened))
        origin.quantity_milli -= quantity
        left -= quantity
    if left:
        parts.append(LayerPart(opening(level, lot, document_id=document_id, received_on=on), left, 0, opened=True))
    return parts


def valued(parts: Sequence[LayerPart], value_minor: int) -> list[LayerPart]:
    """The same parts with a value spread over them by their quantity, which it is the whole of."""
    values = allocate(value_minor, [abs(part.quantity_milli) for part in parts])
    return [
        LayerPart(part.layer, part.quantity_milli, value, part.opened)
        for part, value in zip(parts, values, strict=True)
    ]


def apply_parts(level: LayeredLevel, parts: Iterable[LayerPart]) -> None:
    """Moves the layers; those that are used up are no longer among the level's, those that are refilled are again."""
    for part in parts:
        layer = part.layer
        layer.quantity_milli += part.quantity_milli
        layer.value_minor += part.value_minor
        level.parts.append(part)
        standing = any(layer is known for known in level.layers)
        if layer.quantity_milli and not standing:
            level.layers.append(layer)
        elif standing and not layer.quantity_milli:
            level.layers = [known for known in level.layers if known is not layer]


def _order(level: LayeredLevel, layer: StockLayer, on: date | None) -> tuple[bool, date, date, int]:
    # A layer without an id has been opened by the movement before this one: it is the newest.
    newest = layer.layer_id or 2**63
    if level.costing & Costing.LOTS:
        expired = on is not None and layer.expired(on)
        return expired, layer.expires_on or date.max, layer.received_on, newest
    return False, date.min, layer.received_on, newest
