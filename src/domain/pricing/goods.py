"""The goods of one basket as promotions see them, and what is left of them while they are given away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from domain.pricing.allowance import UNLIMITED, Allowance
from domain.pricing.plug_in import PlugIn
from domain.pricing.promotion import ItemSet

UNIT_MILLI: Final = 1_000
_NO_PLUG_INS: Final[Mapping[str, PlugIn]] = MappingProxyType({})


@dataclass(slots=True)
class Goods:
    """One line as promotions see it: `quantity_milli` of one SKU, worth `value_minor` together.

    `room_minor` is what may come off the line until its value is at its floor; None where there is no floor.
    """

    sku: str
    categories: frozenset[str]
    quantity_milli: int
    value_minor: int
    brand: str = ""
    supplier_code: str = ""
    tags: tuple[str, ...] = ()
    room_minor: int | None = None

    @property
    def units(self) -> int:
        """Whole units; none of what is sold by weight."""
        return 0 if self.quantity_milli % UNIT_MILLI else self.quantity_milli // UNIT_MILLI


class Remaining(list[Goods]):
    """What is left of the lines of one basket; it looks only once which of them an item set means.

    `places` tells of each line where it stands in the basket, `known` the positions of the lines that are meant, by the
    id of the item set: whoever finds them out another way writes them there. `allowance` is what limits leave to
    promotions on them; `plug_ins` are what benefits of packages are computed by.
    """

    __slots__ = ("_floored", "_masks", "allowance", "known", "places", "plug_ins")
    places: Sequence[int]
    known: dict[int, list[int]]
    allowance: Allowance
    plug_ins: Mapping[str, PlugIn]
    _floored: bool | None
    _masks: dict[int, int]

    def __init__(
        self, lines: Iterable[Goods], like: "Remaining | None" = None, places: Sequence[int] | None = None
    ) -> None:
        list.__init__(self, lines)
        if like is not None:
            self.places = like.places
            self.known, self._masks = like.known, like._masks
            self.allowance, self.plug_ins = like.allowance, like.plug_ins
            self._floored = like._floored
        else:
            self.places = range(len(self)) if places is None else places
            self.known, self._masks = {}, {}
            self.allowance, self.plug_ins = UNLIMITED, _NO_PLUG_INS
            self._floored = None

    def floored(self) -> bool:
        """Whether a line of the basket has a floor, which is looked for once for all promotions and stages."""
        if self._floored is None:
            self._floored = [line.room_minor for line in self].count(None) < len(self)
        return self._floored

    def of(self, items: ItemSet) -> list[int]:
        """The positions of the lines that are meant, whether anything is left of them or not."""
        found = self.known.get(id(items))
        if found is None:
            if items.everything and not items.excludes:
                found = list(range(len(self)))
            else:
                found = [n for n, line in enumerate(self) if items.holds(line)]
            self.known[id(items)] = found
        return found

    def meant_by(self, items: ItemSet) -> Sequence[Goods]:
        """The lines that are meant, whether anything is left of them or not."""
        if items.everything and not items.excludes:
            return self
        return [self[position] for position in self.of(items)]

    def mask(self, items: ItemSet) -> int:
        """The lines that are meant as a set of bits, one for each position."""
        found = self._masks.get(id(items))
        if found is None:
            found = 0
            for position in self.of(items):
                found |= 1 << position
            self._masks[id(items)] = found
        return found

    def cheaper_by(self, parts: Iterable["Part"]) -> "Remaining":
        """The same goods after what was taken off these parts."""
        left = Remaining(self, self)
        for part in parts:
            if part.off_minor:
                line = left[part.position]
                left[part.position] = Goods(
                    line.sku,
                    line.categories,
                    line.quantity_milli,
                    line.value_minor - part.off_minor,
                    line.brand,
                    line.supplier_code,
                    line.tags,
                    None if line.room_minor is None else line.room_minor - part.off_minor,
                )
        return left

    def without(self, parts: Iterable["Part"]) -> "Remaining":
        """What is left when these parts are gone."""
        left = Remaining(self, self)
        for part in parts:
            line = left[part.position]
            left[part.position] = Goods(
                line.sku,
                line.categories,
                line.quantity_milli - part.quantity_milli,
                line.value_minor - part.value_minor,
                line.brand,
                line.supplier_code,
                line.tags,
                None if line.room_minor is None else line.room_minor - part.off_minor,
            )
        return left

    def after(self, code: str, parts: Iterable["Part"], off_minor: int) -> "Remaining":
        """What is left, of goods and of what limits allow, when the promotion has taken so much off these parts."""
        left = self.without(parts)
        if self.allowance is not UNLIMITED:
            left.allowance = self.allowance.less(code, off_minor)
        return left

    def allowing(self, allowance: Allowance) -> "Remaining":
        """The same goods under another allowance."""
        same = Remaining(self, self)
        same.allowance = allowance
        return same


@dataclass(slots=True)
class Part:
    """A part of one line, by the position of the line."""

    position: int
    quantity_milli: int
    value_minor: int
    off_minor: int = 0
