"""What one promotion takes off the goods that are left for it.

Everything is computed from sums, never piece by piece: a pallet costs no more than a basket.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from domain.pricing.plug_in import PlugIn, PlugInGoods, parts_of
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion, Step, Unmet
from domain.shared.money import Rounding, allocate, divide

RATE_BP: Final = 10_000
"""All of it, in basis points."""
UNIT_MILLI: Final = 1_000
FRACTIONS: Final = 10**9
"""To compare what units are worth without rounding them to minor units first."""


@dataclass(slots=True)
class Goods:
    """One line as promotions see it: `quantity_milli` of one SKU, worth `value_minor` together."""

    sku: str
    categories: frozenset[str]
    quantity_milli: int
    value_minor: int

    @property
    def units(self) -> int:
        """Whole units; none of what is sold by weight."""
        return 0 if self.quantity_milli % UNIT_MILLI else self.quantity_milli // UNIT_MILLI


_NO_PLUG_INS: Final[Mapping[str, PlugIn]] = MappingProxyType({})


class Remaining(list[Goods]):
    """What is left of the lines of one basket; it looks only once which of them an item set means.

    `places` tells of each line where it stands in the basket, `plug_ins` what benefits of packages are computed by.
    """

    __slots__ = ("_masks", "_positions", "places", "plug_ins")

    def __init__(
        self, lines: Iterable[Goods], like: "Remaining | None" = None, *, places: Sequence[int] | None = None
    ) -> None:
        list.__init__(self, lines)
        self.places: Sequence[int] = places or (range(len(self)) if like is None else like.places)
        self.plug_ins: Mapping[str, PlugIn] = _NO_PLUG_INS if like is None else like.plug_ins
        self._positions: dict[int, list[int]] = {} if like is None else like._positions
        self._masks: dict[int, int] = {} if like is None else like._masks

    def of(self, items: ItemSet) -> list[int]:
        """The positions of the lines that are meant, whether anything is left of them or not."""
        found = self._positions.get(id(items))
        if found is None:
            if items.everything and not items.excludes:
                found = list(range(len(self)))
            else:
                found = [n for n, line in enumerate(self) if items.holds(line.sku, line.categories)]
            self._positions[id(items)] = found
        return found

    def learn(self, item_sets: Sequence[ItemSet], positions: Mapping[int, list[int]]) -> None:
        """Takes over what somebody else has found out about item sets, by their ids; the others mean none."""
        for items in item_sets:
            number = id(items)
            self._positions[number] = positions.get(number) or []

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
                    line.sku, line.categories, line.quantity_milli, line.value_minor - part.off_minor
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
            )
        return left


@dataclass(slots=True)
class Part:
    """A part of one line, by the position of the line."""

    position: int
    quantity_milli: int
    value_minor: int
    off_minor: int = 0


@dataclass(slots=True)
class Offer:
    """What a promotion comes to: the parts that it uses up, with what it takes off each; or why it gives nothing."""

    parts: list[Part] = field(default_factory=list)
    off_minor: int = 0
    base_minor: int = 0
    unmet: Unmet | None = None
    missing_quantity_milli: int = 0
    missing_amount_minor: int = 0


def needs_unmet(promotion: Promotion, goods: Remaining) -> Offer | None:
    """What is missing of the goods that the basket must hold; None when nothing is."""
    for needed in promotion.needs:
        found = [goods[position] for position in goods.of(needed.items)]
        missing = _missing(found, needed.quantity_milli, needed.amount_minor)
        if missing is not None:
            return missing
        if not found:
            return Offer(unmet=Unmet.GOODS_MISSING)
    return None


def offer(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    """What the promotion gives on these goods, at most `discount_minor_max` and never more than they are worth.

    `goods` are what is left of each line. What is taken is spread over the parts by largest remainder.
    """
    found = _OFFERS[promotion.benefit.kind](promotion, goods, rounding)
    if found.unmet is not None:
        return found
    if promotion.discount_minor_max and found.off_minor > promotion.discount_minor_max:
        found.off_minor = promotion.discount_minor_max
        for part, off in zip(found.parts, allocate(found.off_minor, [p.off_minor for p in found.parts]), strict=True):
            part.off_minor = off
    if found.off_minor <= 0:
        return Offer(unmet=Unmet.NO_ADVANTAGE)
    return found


def _rate(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    rate_bp = benefit.rate_bp
    if benefit.steps:
        step = _reached(benefit, goods)
        if isinstance(step, Offer):
            return step
        rate_bp = step.rate_bp
    return _at_rate(_all(benefit.items, goods), rate_bp, rounding)


def _amount(promotion: Promotion, goods: Remaining, _: Rounding) -> Offer:
    benefit = promotion.benefit
    step = _reached(benefit, goods) if benefit.steps else Step(off_minor=benefit.off_minor)
    if isinstance(step, Offer):
        return step
    parts = _all(benefit.items, goods)
    base = sum([part.value_minor for part in parts])
    times = 1
    if benefit.each:
        reached = []
        if step.quantity_milli:
            reached.append(sum([part.quantity_milli for part in parts]) // step.quantity_milli)
        if step.amount_minor:
            reached.append(base // step.amount_minor)
        times = min([*reached, promotion.times_max or max(reached)]) if reached else 1
    return _spread(parts, min(base, step.off_minor * times))


def _unit_amount(promotion: Promotion, goods: Remaining, _: Rounding) -> Offer:
    benefit = promotion.benefit
    parts = _some_units(benefit.items, goods, promotion.times_max)
    for part in parts:
        part.off_minor = min(part.value_minor, benefit.off_minor * (part.quantity_milli // UNIT_MILLI))
    return _summed(parts)


def _unit_price(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    if promotion.times_max:
        parts = _some_units(benefit.items, goods, promotion.times_max)
    else:
        parts = _all(benefit.items, goods)
    for part in parts:
        price = divide(benefit.price_minor * part.quantity_milli, UNIT_MILLI, rounding)
        part.off_minor = max(0, part.value_minor - price)
    # What costs less already is left to others.
    return _summed([part for part in parts if part.off_minor])


def _cheapest(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    units = _units_in(benefit.items, goods)
    if units < benefit.units:
        return Offer(unmet=Unmet.QUANTITY_MISSING, missing_quantity_milli=(benefit.units - units) * UNIT_MILLI)
    parts = _take(reversed(_runs(benefit.items, goods)), goods, benefit.units)
    return _at_rate(parts, benefit.rate_bp, rounding)


def _every_nth(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    units = _units_in(benefit.items, goods)
    times = units // benefit.every
    if promotion.times_max:
        times = min(times, promotion.times_max)
    if not times:
        return Offer(unmet=Unmet.QUANTITY_MISSING, missing_quantity_milli=(benefit.every - units) * UNIT_MILLI)
    parts = _take(_runs(benefit.items, goods), goods, times * benefit.every)
    bases, place = [], 0
    for part in parts:
        taken = part.quantity_milli // UNIT_MILLI
        cheap = _last_ones(place + taken, benefit) - _last_ones(place, benefit)
        bases.append(divide(part.value_minor * cheap, taken))
        place += taken
    return _at_rate(parts, benefit.rate_bp, rounding, bases)


def _last_ones(count: int, benefit: Benefit) -> int:
    """Of the first `count` units in groups of `every`: how many are among the last `units` of their group."""
    groups, rest = divmod(count, benefit.every)
    return groups * benefit.units + max(0, rest - (benefit.every - benefit.units))


def _buy_get(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    counts = _component_units(benefit, goods)
    if missing := _component_missing(benefit, counts):
        return missing

    def taken(times: int) -> tuple[list[Part], list[Part]] | Offer:
        """What is bought and what is given for it, so many times; or what is missing."""
        bought = _take_components(benefit, goods, times, spared=benefit.items)
        if isinstance(bought, Offer):
            return bought
        left = goods.without(bought)
        units, wanted = _units_in(benefit.items, left), times * benefit.units
        if units < wanted:
            return Offer(unmet=Unmet.GOODS_MISSING, missing_quantity_milli=(wanted - units) * UNIT_MILLI)
        return bought, _take(reversed(_runs(benefit.items, left)), left, wanted)

    times_max = _times_max(promotion, counts) if _units_in(benefit.items, goods) else 0
    times = _most(lambda times: not isinstance(taken(times), Offer), times_max)
    found = taken(max(times, 1))
    if isinstance(found, Offer):
        return found
    bought, got = found
    result = _at_rate(got, benefit.rate_bp, rounding)
    result.parts = [*bought, *result.parts]
    return result


def _set_price(promotion: Promotion, goods: Remaining, _: Rounding) -> Offer:
    benefit = promotion.benefit
    counts = _component_units(benefit, goods)
    if missing := _component_missing(benefit, counts):
        return missing

    def worth(times: int) -> int | None:
        taken = _take_components(benefit, goods, times) if times else []
        if isinstance(taken, Offer):
            return None
        return sum([_unit_worth(goods[part.position]) * part.quantity_milli for part in taken])

    def pays(times: int) -> bool:
        # The dearest come first: when one set more costs more than its goods, so does every further one.
        now, before = worth(times), worth(times - 1)
        return now is not None and before is not None and now - before > benefit.price_minor * FRACTIONS

    times = _most(pays, _times_max(promotion, counts))
    parts = _take_components(benefit, goods, max(times, 1))
    if isinstance(parts, Offer):
        return parts
    base = sum([part.value_minor for part in parts])
    return _spread(parts, max(0, base - times * benefit.price_minor) if times else 0)


def _plug_in(promotion: Promotion, goods: Remaining, _: Rounding) -> Offer:
    positions = [position for position in goods.of(promotion.benefit.items) if goods[position].quantity_milli]
    lines = [goods[position] for position in positions]
    shown = [PlugInGoods(line.sku, line.categories, line.quantity_milli, line.value_minor) for line in lines]
    parts = []
    for part in parts_of(goods.plug_ins, promotion, shown) if shown else ():
        line, quantity = lines[part.position], part.quantity_milli
        value = divide(line.value_minor * quantity, line.quantity_milli)
        parts.append(Part(positions[part.position], quantity, value, min(value, part.off_minor)))
    return _summed(parts)


def _take_components(
    benefit: Benefit, goods: Remaining, times: int, *, spared: ItemSet | None = None
) -> list[Part] | Offer:
    """The units of so many sets, the dearest first, component by component; or what is missing of them.

    The component with the fewest units to choose from comes first, and `spared` goods come last, so that a wide choice
    does not use up what only they can be.
    """
    parts: list[Part] = []
    left = goods
    components = benefit.components
    if len(components) > 1:
        components = tuple(sorted(components, key=lambda component: _units_in(component.items, goods)))
    last = len(components) - 1
    for number, component in enumerate(components):
        units, wanted = _units_in(component.items, left), component.units * times
        if units < wanted:
            return Offer(unmet=Unmet.GOODS_MISSING, missing_quantity_milli=(wanted - units) * UNIT_MILLI)
        runs = _runs(component.items, left)
        if spared is not None and len(runs) > 1:
            runs.sort(key=lambda n: n in goods.of(spared))
        taken = _take(runs, left, wanted)
        parts += taken
        if number < last:
            left = left.without(taken)
    return parts


def _all(items: ItemSet, goods: Remaining) -> list[Part]:
    parts = []
    for position in goods.of(items):
        line = goods[position]
        if line.quantity_milli:
            parts.append(Part(position, line.quantity_milli, line.value_minor))
    return parts


def _runs(items: ItemSet, goods: Remaining) -> list[int]:
    """The positions of lines with whole units of the goods, the dearest unit first, then by SKU."""
    found = [position for position in goods.of(items) if goods[position].units]
    if len(found) > 1:
        found.sort(key=lambda n: (-_unit_worth(goods[n]), goods[n].sku))
    return found


def _take(runs: Iterable[int], goods: Remaining, units: int) -> list[Part]:
    """So many units of these lines, in this order."""
    parts = []
    for position in runs:
        if units <= 0:
            break
        line = goods[position]
        there = line.units
        taken = min(units, there)
        if taken:
            parts.append(Part(position, taken * UNIT_MILLI, divide(line.value_minor * taken, there)))
        units -= taken
    return parts


def _some_units(items: ItemSet, goods: Remaining, units_max: int) -> list[Part]:
    return _take(_runs(items, goods), goods, units_max or _units_of(goods))


def _units_in(items: ItemSet, goods: Remaining) -> int:
    units = 0
    for position in goods.of(items):
        quantity_milli = goods[position].quantity_milli
        if not quantity_milli % UNIT_MILLI:
            units += quantity_milli // UNIT_MILLI
    return units


def _unit_worth(line: Goods) -> int:
    """What a unit is worth, in parts of a minor unit so small that rounding it tells no two prices apart wrongly."""
    return line.value_minor * FRACTIONS // line.quantity_milli


def _component_units(benefit: Benefit, goods: Remaining) -> list[int]:
    return [_units_in(component.items, goods) for component in benefit.components]


def _component_missing(benefit: Benefit, counts: Sequence[int]) -> Offer | None:
    """What is missing of the component with the fewest units to choose from, which has the first choice of all."""
    fewest = min(counts)
    missing = benefit.components[counts.index(fewest)].units - fewest
    return Offer(unmet=Unmet.GOODS_MISSING, missing_quantity_milli=missing * UNIT_MILLI) if missing > 0 else None


def _times_max(promotion: Promotion, counts: Sequence[int]) -> int:
    """How often the components are there at most; fewer times where two of them want the same goods."""
    found = min(
        [count // component.units for count, component in zip(counts, promotion.benefit.components, strict=True)]
    )
    return min(found, promotion.times_max or found)


def _units_of(goods: Remaining) -> int:
    return sum([line.units for line in goods])


def _most(possible: Callable[[int], bool], times_max: int) -> int:
    """The largest number up to `times_max` that is possible, if all below a possible one are; 0 when none is."""
    low, high = 0, times_max
    while low < high:
        middle = (low + high + 1) // 2
        if possible(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _reached(benefit: Benefit, goods: Remaining) -> Step | Offer:
    """The highest step that the benefit's goods reach, or what is missing to the lowest."""
    lines = goods.meant_by(benefit.items)
    quantity = sum([line.quantity_milli for line in lines])
    amount = sum([line.value_minor for line in lines])
    steps = benefit.steps
    if len(steps) == 1:
        [step] = steps
        if quantity >= step.quantity_milli and amount >= step.amount_minor:
            return step
        return _lacking(step.quantity_milli - quantity, step.amount_minor - amount)
    reached = [step for step in steps if quantity >= step.quantity_milli and amount >= step.amount_minor]
    if reached:
        return max(reached, key=lambda step: (step.amount_minor, step.quantity_milli))
    lowest = min(steps, key=lambda step: (step.amount_minor, step.quantity_milli))
    return _lacking(lowest.quantity_milli - quantity, lowest.amount_minor - amount)


def _missing(found: Sequence[Goods], quantity_milli: int, amount_minor: int) -> Offer | None:
    lacking_quantity = quantity_milli - sum([line.quantity_milli for line in found])
    lacking_amount = amount_minor - sum([line.value_minor for line in found])
    return _lacking(lacking_quantity, lacking_amount) if lacking_quantity > 0 or lacking_amount > 0 else None


def _lacking(quantity_milli: int, amount_minor: int) -> Offer:
    if quantity_milli > 0:
        return Offer([], 0, 0, Unmet.QUANTITY_MISSING, quantity_milli, max(0, amount_minor))
    return Offer([], 0, 0, Unmet.AMOUNT_MISSING, 0, max(0, amount_minor))


def _at_rate(parts: list[Part], rate_bp: int, rounding: Rounding, bases: Sequence[int] | None = None) -> Offer:
    """The rate of what the parts are worth, or of `bases` where it falls on less of each."""
    bases = [part.value_minor for part in parts] if bases is None else bases
    return _spread(parts, divide(sum(bases) * rate_bp, RATE_BP, rounding), bases)


def _spread(parts: list[Part], off: int, bases: Sequence[int] | None = None) -> Offer:
    if len(parts) == 1:
        [part] = parts
        part.off_minor = off
        return Offer(parts, off, part.value_minor if bases is None else bases[0])
    bases = [part.value_minor for part in parts] if bases is None else bases
    for part, share in zip(parts, allocate(off, bases), strict=True):
        part.off_minor = share
    return Offer(parts, off, sum(bases))


def _summed(parts: list[Part]) -> Offer:
    return Offer(parts, sum([part.off_minor for part in parts]), sum([part.value_minor for part in parts]))


_OFFERS = {
    BenefitKind.RATE: _rate,
    BenefitKind.AMOUNT: _amount,
    BenefitKind.UNIT_AMOUNT: _unit_amount,
    BenefitKind.UNIT_PRICE: _unit_price,
    BenefitKind.CHEAPEST: _cheapest,
    BenefitKind.EVERY_NTH: _every_nth,
    BenefitKind.BUY_GET: _buy_get,
    BenefitKind.SET_PRICE: _set_price,
    BenefitKind.PLUG_IN: _plug_in,
}
