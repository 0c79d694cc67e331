"""What one promotion takes off the goods that are left for it.

Everything is computed from sums, never piece by piece: a pallet costs no more than a basket.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from domain.pricing.allowance import Allowance
from domain.pricing.assigning import preferred
from domain.pricing.bounding import cap_lines, keep_above_floors
from domain.pricing.goods import UNIT_MILLI, Goods, Part, Remaining
from domain.pricing.limits import Limit, WhenShort
from domain.pricing.plug_in import PlugInGoods, parts_of
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Lacking, Needed, Promotion, Step, Unmet
from domain.shared.money import Rounding, allocate, divide

RATE_BP: Final = 10_000
"""All of it, in basis points."""
FRACTIONS: Final = 10**9
"""To compare what units are worth without rounding them to minor units first."""
ASSIGNED_LINES_MAX: Final = 20
"""Of so many lines of which several components of a set want the same, every assignment is considered; of more, one
component takes its goods after the other, the one with the fewest to choose from first."""


@dataclass(slots=True)
class Offer:
    """What a promotion comes to: the parts that it uses up, with what it takes off each; or why it gives nothing.

    `times` is how often it is given, in what its kind reads `times_max` for; 1 for the other kinds. Where a `limit`
    stands in its way, `limit_left` is what that leaves and `uncapped_minor` what it would have taken. `cut_minor` is
    what the floors of its lines have kept it from taking off.
    """

    parts: list[Part] = field(default_factory=list)
    off_minor: int = 0
    base_minor: int = 0
    unmet: Unmet | None = None
    missing_quantity_milli: int = 0
    missing_amount_minor: int = 0
    lacking: tuple[Lacking, ...] = ()
    times: int = 1
    limit: Limit | None = None
    limit_left: int = 0
    uncapped_minor: int = 0
    cut_minor: int = 0


def needs_unmet(promotion: Promotion, goods: Remaining) -> Offer | None:
    """What is missing of the goods that the basket must hold; None when nothing is."""
    for needed in promotion.needs:
        missing = needed_unmet(needed, goods)
        if missing is not None:
            return missing
    return None


def needed_unmet(needed: Needed, goods: Remaining) -> Offer | None:
    """What is missing of these goods; None when nothing is."""
    found = [goods[position] for position in goods.of(needed.items)]
    missing = _missing(found, needed.quantity_milli, needed.amount_minor)
    if missing is None and not found:
        return Offer(unmet=Unmet.GOODS_MISSING)
    return missing


def offer(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    """What the promotion gives on these goods, never more than its terms, its limits or their value allow.

    `goods` are what is left of each line. What is taken is spread over the parts by largest remainder; what a cap per
    line or the floor of a line keeps from it is not given on another.
    """
    found = _OFFERS[promotion.benefit.kind](promotion, goods, rounding)
    if found.unmet is not None:
        return found
    if promotion.line_discount_minor_max or promotion.line_discount_bp_max:
        found.off_minor = cap_lines(
            found.parts,
            {part.position: goods[part.position].value_minor for part in found.parts},
            minor_max=promotion.line_discount_minor_max,
            share_bp_max=promotion.line_discount_bp_max,
        )
    if promotion.discount_minor_max and found.off_minor > promotion.discount_minor_max:
        _cut(found, promotion.discount_minor_max)
    if found.off_minor <= 0:
        return Offer([], 0, 0, Unmet.NO_ADVANTAGE)
    if goods.floored():
        found.cut_minor = keep_above_floors(found.parts, [line.room_minor for line in goods])
        found.off_minor -= found.cut_minor
        if not found.off_minor:
            return Offer(unmet=Unmet.AT_FLOOR, cut_minor=found.cut_minor)
    return found if promotion.limits is None else _within_limits(promotion, found, goods.allowance)


def _within_limits(promotion: Promotion, found: Offer, allowance: Allowance) -> Offer:
    """The offer as the limits of its promotion allow it: whole, cut, or not at all."""
    most = allowance.most(promotion.code)
    if most is None or found.off_minor <= most.minor:
        return found
    whole = found.off_minor
    if most.minor <= 0 or (promotion.limits and promotion.limits.when_short is WhenShort.REFUSE):
        return Offer(unmet=Unmet.EXHAUSTED, limit=most.limit, limit_left=most.minor, uncapped_minor=whole)
    _cut(found, most.minor)
    found.limit, found.limit_left, found.uncapped_minor = most.limit, most.minor, whole
    return found


def _cut(found: Offer, off_minor: int) -> None:
    """Leaves so much of an offer, spread over its parts as the whole was."""
    found.off_minor = off_minor
    for part, off in zip(found.parts, allocate(off_minor, [p.off_minor for p in found.parts]), strict=True):
        part.off_minor = off


def _rate(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    rate_bp = benefit.rate_bp
    if benefit.steps:
        step = step_reached(benefit, goods)
        if isinstance(step, Offer):
            return step
        rate_bp = step.rate_bp
    return _at_rate(all_of(benefit.items, goods), rate_bp, rounding)


def _amount(promotion: Promotion, goods: Remaining, _: Rounding) -> Offer:
    benefit = promotion.benefit
    step = step_reached(benefit, goods) if benefit.steps else Step(off_minor=benefit.off_minor)
    if isinstance(step, Offer):
        return step
    parts = all_of(benefit.items, goods)
    base = sum([part.value_minor for part in parts])
    times = times_of(promotion, step, parts)
    found = _spread(parts, min(base, step.off_minor * times))
    found.times = times
    return found


def _unit_amount(promotion: Promotion, goods: Remaining, _: Rounding) -> Offer:
    benefit = promotion.benefit
    parts = _some_units(benefit.items, goods, promotion.times_max)
    for part in parts:
        part.off_minor = min(part.value_minor, benefit.off_minor * (part.quantity_milli // UNIT_MILLI))
    return _by_units(_summed(parts), promotion)


def _unit_price(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    if promotion.times_max:
        parts = _some_units(benefit.items, goods, promotion.times_max)
    else:
        parts = all_of(benefit.items, goods)
    for part in parts:
        price = divide(benefit.price_minor * part.quantity_milli, UNIT_MILLI, rounding)
        part.off_minor = max(0, part.value_minor - price)
    # What costs less already is left to others.
    return _by_units(_summed([part for part in parts if part.off_minor]), promotion)


def _cheapest(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    units = _units_in(benefit.items, goods)
    if units < benefit.units:
        return Offer([], 0, 0, Unmet.QUANTITY_MISSING, (benefit.units - units) * UNIT_MILLI)
    parts = _take(reversed(_runs(benefit.items, goods)), goods, benefit.units)
    return _at_rate(parts, benefit.rate_bp, rounding)


def _every_nth(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    units = _units_in(benefit.items, goods)
    times = units // benefit.every
    if promotion.times_max:
        times = min(times, promotion.times_max)
    if not times:
        return Offer([], 0, 0, Unmet.QUANTITY_MISSING, (benefit.every - units) * UNIT_MILLI)
    parts = _take(_runs(benefit.items, goods), goods, times * benefit.every)
    bases, place = [], 0
    for part in parts:
        taken = part.quantity_milli // UNIT_MILLI
        cheap = _last_ones(place + taken, benefit) - _last_ones(place, benefit)
        bases.append(divide(part.value_minor * cheap, taken))
        place += taken
    found = _at_rate(parts, benefit.rate_bp, rounding, bases)
    found.times = times
    return found


def _last_ones(count: int, benefit: Benefit) -> int:
    """Of the first `count` units in groups of `every`: how many are among the last `units` of their group."""
    groups, rest = divmod(count, benefit.every)
    return groups * benefit.units + max(0, rest - (benefit.every - benefit.units))


def _buy_get(promotion: Promotion, goods: Remaining, rounding: Rounding) -> Offer:
    benefit = promotion.benefit
    counts = _component_units(benefit, goods)
    if isinstance(counts, Offer):
        return counts
    there = _units_in(benefit.items, goods)
    if not there and len(counts) == 1:
        return Offer([], 0, 0, Unmet.GOODS_MISSING, benefit.units * UNIT_MILLI)

    def taken(times: int) -> tuple[list[Part], list[Part]] | Offer:
        """What is bought and what is given for it, so many times; or what is missing."""
        bought = _take_components(benefit, goods, times, spared=benefit.items)
        if isinstance(bought, Offer):
            return _bought_and_got(benefit, goods, times) or bought
        left = goods.without(bought)
        units, wanted = _units_in(benefit.items, left), times * benefit.units
        if units < wanted:
            missing = Offer([], 0, 0, Unmet.GOODS_MISSING, (wanted - units) * UNIT_MILLI)
            return _bought_and_got(benefit, goods, times) or missing
        return bought, _take(reversed(_runs(benefit.items, left)), left, wanted)

    times_max = _times_max(promotion, counts) if there else 0
    times = _most(lambda times: not isinstance(taken(times), Offer), times_max)
    found = taken(max(times, 1))
    if isinstance(found, Offer):
        return found
    bought, got = found
    result = _at_rate(got, benefit.rate_bp, rounding)
    result.parts = [*bought, *result.parts]
    result.times = times
    return result


def _bought_and_got(benefit: Benefit, goods: Remaining, times: int) -> tuple[list[Part], list[Part]] | None:
    """What is bought and the cheapest units that can be got for it, by whatever assignment there is; None without any.

    Only where several components want the same goods can taking one after the other miss an assignment.
    """
    components = benefit.components
    if len(components) == 1:
        return None
    fitting = [set(goods.of(component.items)) for component in components]
    if len(set().union(*fitting)) > ASSIGNED_LINES_MAX:
        return None
    wanted = [component.units * times for component in components]
    runs = _dearest_first(set().union(*fitting), goods)
    spared = goods.of(benefit.items)
    runs.sort(key=lambda position: position in spared)
    got: dict[int, int] = {}

    def bought() -> dict[int, int] | None:
        return preferred(fitting, wanted, [(n, goods[n].units - got.get(n, 0)) for n in runs])

    def spares(position: int, units: int) -> bool:
        got[position] = units
        return bought() is not None

    left = benefit.units * times
    for position in reversed(_runs(benefit.items, goods)):
        # The fewer are got, the more are left to be bought.
        got[position] = _most(partial(spares, position), min(left, goods[position].units))
        left -= got[position]
    taken = bought()
    if left or taken is None:
        return None
    parts = _units_of_lines(taken, goods)
    return parts, _units_of_lines(got, goods.without(parts))


def _set_price(promotion: Promotion, goods: Remaining, _: Rounding) -> Offer:
    benefit = promotion.benefit
    counts = _component_units(benefit, goods)
    if isinstance(counts, Offer):
        return counts

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
    found = _spread(parts, max(0, base - times * benefit.price_minor) if times else 0)
    found.times = times
    return found


def _plug_in(promotion: Promotion, goods: Remaining, _: Rounding) -> Offer:
    positions = [position for position in goods.of(promotion.benefit.items) if goods[position].quantity_milli]
    lines = [goods[position] for position in positions]
    shown = [
        PlugInGoods(
            line.sku,
            line.categories,
            line.quantity_milli,
            line.value_minor,
            line.brand,
            line.supplier_code,
            line.tags,
        )
        for line in lines
    ]
    parts = []
    for part in parts_of(goods.plug_ins, promotion, shown) if shown else ():
        line, quantity = lines[part.position], part.quantity_milli
        value = divide(line.value_minor * quantity, line.quantity_milli)
        parts.append(Part(positions[part.position], quantity, value, min(value, part.off_minor)))
    return _summed(parts)


def _take_components(
    benefit: Benefit, goods: Remaining, times: int, *, spared: ItemSet | None = None
) -> list[Part] | Offer:
    """The units of so many sets, the dearest ones of which they can be made; or what is missing of them.

    `spared` goods come last, because they are wanted for something else.
    """
    components = benefit.components
    if spared is None and len(components) > 1 and _overlap(components, goods):
        found = _dearest(components, goods, times)
        if found is not None:
            return found
    parts: list[Part] = []
    left = goods
    # The component with the fewest units to choose from comes first.
    if len(components) > 1:
        components = tuple(sorted(components, key=lambda component: _units_in(component.items, goods)))
    last = len(components) - 1
    for number, component in enumerate(components):
        units, wanted = _units_in(component.items, left), component.units * times
        if units < wanted:
            return Offer([], 0, 0, Unmet.GOODS_MISSING, (wanted - units) * UNIT_MILLI)
        runs = _runs(component.items, left)
        if spared is not None and len(runs) > 1:
            runs.sort(key=lambda n: n in goods.of(spared))
        taken = _take(runs, left, wanted)
        parts += taken
        if number < last:
            left = left.without(taken)
    return parts


def _overlap(components: Sequence[Component], goods: Remaining) -> bool:
    """Whether some line would do for more than one of the components."""
    seen = 0
    for component in components:
        lines = goods.mask(component.items)
        if seen & lines:
            return True
        seen |= lines
    return False


def _dearest(components: Sequence[Component], goods: Remaining, times: int) -> list[Part] | None:
    """The dearest units of which so many sets can be made, whatever component each is in; None when they cannot be."""
    fitting = [set(goods.of(component.items)) for component in components]
    if len(set().union(*fitting)) > ASSIGNED_LINES_MAX:
        return None
    runs = _dearest_first(set().union(*fitting), goods)
    wanted = [component.units * times for component in components]
    taken = preferred(fitting, wanted, [(position, goods[position].units) for position in runs])
    return None if taken is None else _units_of_lines(taken, goods)


def _units_of_lines(taken: Mapping[int, int], goods: Remaining) -> list[Part]:
    parts = []
    for position, units in taken.items():
        line = goods[position]
        if not units:
            continue
        parts.append(Part(position, units * UNIT_MILLI, divide(line.value_minor * units, line.units)))
    return parts


def all_of(items: ItemSet, goods: Remaining) -> list[Part]:
    """Everything that is left of the goods meant, line by line."""
    parts = []
    for position in goods.of(items):
        line = goods[position]
        if line.quantity_milli:
            parts.append(Part(position, line.quantity_milli, line.value_minor))
    return parts


def _runs(items: ItemSet, goods: Remaining) -> list[int]:
    """The positions of lines with whole units of the goods, the dearest unit first, then by SKU."""
    return _dearest_first(goods.of(items), goods)


def _dearest_first(positions: Iterable[int], goods: Remaining) -> list[int]:
    found = [position for position in positions if goods[position].units]
    if len(found) > 1:
        found.sort(key=lambda n: (-_unit_worth(goods[n]), goods[n].sku, n))
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


def _component_units(benefit: Benefit, goods: Remaining) -> list[int] | Offer:
    """The units there are of every component, or what is missing of the one with the fewest.

    That one has the first choice of all. Most sets that concern a basket lack a component altogether: nobody has to
    look for the ones after it.
    """
    counts = []
    for component in benefit.components:
        units = _units_in(component.items, goods)
        if not units:
            return Offer([], 0, 0, Unmet.GOODS_MISSING, component.units * UNIT_MILLI)
        counts.append(units)
    fewest = min(counts)
    missing = benefit.components[counts.index(fewest)].units - fewest
    return Offer([], 0, 0, Unmet.GOODS_MISSING, missing * UNIT_MILLI) if missing > 0 else counts


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


def step_reached(benefit: Benefit, goods: Remaining) -> Step | Offer:
    """The highest step that the benefit's goods reach, or what is missing to the lowest."""
    lines = goods.meant_by(benefit.items)
    steps = benefit.steps
    amount = sum([line.value_minor for line in lines])
    if len(steps) == 1:
        [step] = steps
        lacking_quantity = step.quantity_milli
        if lacking_quantity:
            lacking_quantity -= sum([line.quantity_milli for line in lines])
        if lacking_quantity <= 0 and amount >= step.amount_minor:
            return step
        return _lacking(lacking_quantity, step.amount_minor - amount)
    quantity = sum([line.quantity_milli for line in lines])
    reached = [step for step in steps if quantity >= step.quantity_milli and amount >= step.amount_minor]
    if reached:
        # Of two that begin at the same, the one for the member's tier goes before the one for everybody.
        return max(reached, key=lambda step: (step.amount_minor, step.quantity_milli, bool(step.tiers)))
    lowest = min(steps, key=lambda step: (step.amount_minor, step.quantity_milli))
    return _lacking(lowest.quantity_milli - quantity, lowest.amount_minor - amount)


def times_of(promotion: Promotion, step: Step, parts: Sequence[Part]) -> int:
    """How often the step that the parts have reached is given: once, or with `each` whenever they reach it again."""
    if not promotion.benefit.each:
        return 1
    times = []
    if step.quantity_milli:
        times.append(sum([part.quantity_milli for part in parts]) // step.quantity_milli)
    if step.amount_minor:
        times.append(sum([part.value_minor for part in parts]) // step.amount_minor)
    return min([*times, promotion.times_max or max(times)]) if times else 1


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


def _by_units(found: Offer, promotion: Promotion) -> Offer:
    if promotion.times_max:
        found.times = sum([part.quantity_milli for part in found.parts]) // UNIT_MILLI
    return found


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
