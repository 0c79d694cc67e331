"""What season, occasions and promotions do to demand, learned from many series at once.

A week of a series is expected to sell its level times the season of its category, times what the week's occasions (a
festival, school holidays) do to its category, times the lift of the promotion that the goods are in. One series alone
is too short and too noisy to tell them, so each is learned from all that share it, and drawn towards what is known of
a larger group by `shrink` pieces of expected demand: an effect seen on few pieces hardly moves a forecast.

The method is ratio-to-moving-average decomposition (Macauley 1931; Hyndman and Athanasopoulos, section 3.4) with
empirical-Bayes shrinkage of the ratios (C. N. Morris, Parametric empirical Bayes inference, 1983), each effect in turn
while the others are held (backfitting).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple, TypeVar

SLOTS: Final = 52
"""Weeks of the year; the rare 53rd is taken for the last."""
SEASON_SPREAD: Final = (1.0, 2.0, 3.0, 2.0, 1.0)
"""How much a week tells of the season of the weeks beside it: seasons come and go slowly."""
AROUND_WEEKS: Final = 6
"""Weeks on either side that make the level of a week while promotions and occasions are learned."""
ROUNDS: Final = 4
SHRINK_PIECES: Final = 20.0
FACTOR_MIN, FACTOR_MAX = 0.05, 20.0

_Key = TypeVar("_Key", bound=Hashable)
_Group = TypeVar("_Group", bound=Hashable)


class Week(NamedTuple):
    """`slot` is the week of the year, 0 to 51; `occasions` name what makes the week unlike its neighbours."""

    slot: int
    occasions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """What some stores sold of one SKU, week by week, in pieces; `promoted` names the promotion of each week or is "".

    The name of a promotion is a kind that many goods share, such as "mailer" or "20 % off".
    """

    sku_id: int
    category: str
    sold: Sequence[float]
    promoted: Sequence[str]


@dataclass(frozen=True, slots=True)
class Effects:
    """Factors by which demand differs from its level; what is not known is 1."""

    seasons: Mapping[tuple[str, int], float] = field(default_factory=dict)
    occasions: Mapping[tuple[str, str], float] = field(default_factory=dict)
    lifts: Mapping[tuple[int, str], float] = field(default_factory=dict)
    category_lifts: Mapping[tuple[str, str], float] = field(default_factory=dict)
    usual_lifts: Mapping[str, float] = field(default_factory=dict)

    def lift(self, *, sku_id: int, category: str, promotion: str) -> float:
        """What a promotion does to the goods: by themselves, else their category, else all goods."""
        if not promotion:
            return 1.0
        known = self.lifts.get((sku_id, promotion)) or self.category_lifts.get((category, promotion))
        return known or self.usual_lifts.get(promotion, 1.0)

    def calendar(self, *, category: str, week: Week) -> float:
        """What the week of the year and its occasions do to a category."""
        factor = self.seasons.get((category, week.slot), 1.0)
        for occasion in week.occasions:
            factor *= self.occasions.get((category, occasion), 1.0)
        return factor

    def factor(self, *, sku_id: int, category: str, week: Week, promotion: str) -> float:
        """By how much demand in the week differs from its level."""
        return self.calendar(category=category, week=week) * self.lift(
            sku_id=sku_id, category=category, promotion=promotion
        )

    def of(self, series: Series, weeks: Sequence[Week]) -> list[float]:
        """The factor of every week of a series."""
        return [
            self.factor(sku_id=series.sku_id, category=series.category, week=week, promotion=promotion)
            for week, promotion in zip(weeks, series.promoted, strict=True)
        ]


def learn_effects(*, series: Sequence[Series], weeks: Sequence[Week], shrink: float = SHRINK_PIECES) -> Effects:
    """The effects in the history of `series`, which all cover `weeks`, the oldest first.

    The season needs a whole year, and is learned only from as much; from a single one it holds the year's trend as
    well, which a second year tells apart. Raises ValueError for a series of another length.
    """
    if any(len(one.sold) != len(weeks) or len(one.promoted) != len(weeks) for one in series):
        raise ValueError("every series covers the same weeks")
    effects = Effects()
    for _ in range(ROUNDS):
        effects = _with_promotions(effects, series, weeks, shrink)
        effects = _with_occasions(effects, series, weeks, shrink)
        if len(weeks) >= SLOTS:
            effects = _with_seasons(effects, series, weeks, shrink)
    return effects


class _Ratio:
    """What was sold where an effect held, and what would have been without it."""

    __slots__ = ("expected", "sold")

    def __init__(self) -> None:
        self.sold = self.expected = 0.0

    def add(self, sold: float, expected: float) -> None:
        self.sold += sold
        self.expected += expected

    def towards(self, usual: float, pieces: float) -> float:
        """The ratio as if `pieces` more had been expected, and had sold at the usual ratio."""
        if self.expected + pieces <= 0:
            return usual
        return min(FACTOR_MAX, max(FACTOR_MIN, (self.sold + pieces * usual) / (self.expected + pieces)))


def _with_promotions(effects: Effects, series: Sequence[Series], weeks: Sequence[Week], shrink: float) -> Effects:
    by_sku: defaultdict[tuple[int, str], _Ratio] = defaultdict(_Ratio)
    categories: dict[int, str] = {}
    for one in series:
        if not any(one.promoted):
            continue
        categories[one.sku_id] = one.category
        levels = _around(one.sold, effects.of(one, weeks))
        for sold, at, week, promotion in zip(one.sold, levels, weeks, one.promoted, strict=True):
            if promotion:
                by_sku[one.sku_id, promotion].add(sold, at * effects.calendar(category=one.category, week=week))
    by_category = _gathered(by_sku, lambda key: (categories[key[0]], key[1]))
    usual = {
        promotion: ratio.towards(1.0, shrink) for promotion, ratio in _gathered(by_sku, lambda key: key[1]).items()
    }
    category_lifts = {key: ratio.towards(usual[key[1]], 2 * shrink) for key, ratio in by_category.items()}
    lifts = {
        (sku_id, promotion): ratio.towards(category_lifts[categories[sku_id], promotion], shrink)
        for (sku_id, promotion), ratio in by_sku.items()
    }
    return Effects(effects.seasons, effects.occasions, lifts, category_lifts, usual)


def _with_occasions(effects: Effects, series: Sequence[Series], weeks: Sequence[Week], shrink: float) -> Effects:
    if not any(week.occasions for week in weeks):
        return effects
    ratios: defaultdict[tuple[str, str], _Ratio] = defaultdict(_Ratio)
    for one in series:
        factors = effects.of(one, weeks)
        # What an occasion does must not count as its own level.
        plain = [not week.occasions for week in weeks]
        levels = _around(one.sold, factors, plain)
        for sold, at, factor, week in zip(one.sold, levels, factors, weeks, strict=True):
            for occasion in week.occasions:
                known = effects.occasions.get((one.category, occasion), 1.0)
                ratios[one.category, occasion].add(sold, at * factor / known)
    usual = {occasion: ratio.towards(1.0, shrink) for occasion, ratio in _gathered(ratios, lambda key: key[1]).items()}
    occasions = {key: ratio.towards(usual[key[1]], 2 * shrink) for key, ratio in ratios.items()}
    return Effects(effects.seasons, occasions, effects.lifts, effects.category_lifts, effects.usual_lifts)


def _with_seasons(effects: Effects, series: Sequence[Series], weeks: Sequence[Week], shrink: float) -> Effects:
    unseasonal = Effects({}, effects.occasions, effects.lifts, effects.category_lifts, effects.usual_lifts)
    ratios: defaultdict[tuple[str, int], _Ratio] = defaultdict(_Ratio)
    for one in series:
        factors = unseasonal.of(one, weeks)
        levels = _of_a_year(one.sold, factors)
        for sold, at, factor, week in zip(one.sold, levels, factors, weeks, strict=True):
            ratios[one.category, week.slot].add(sold, at * factor)
    seasons: dict[tuple[str, int], float] = {}
    reach = len(SEASON_SPREAD) // 2
    for category in {category for category, _ in ratios}:
        found: list[float] = []
        for slot in range(SLOTS):
            spread = _Ratio()
            for away, weight in enumerate(SEASON_SPREAD, start=-reach):
                near = ratios.get((category, (slot + away) % SLOTS))
                if near is not None:
                    spread.add(weight * near.sold, weight * near.expected)
            found.append(spread.towards(1.0, shrink))
        # Seasons move demand within the year; what they add up to is the level's affair.
        mean = sum(found) / SLOTS
        seasons.update({(category, slot): factor / mean for slot, factor in enumerate(found)})
    return Effects(seasons, effects.occasions, effects.lifts, effects.category_lifts, effects.usual_lifts)


def _gathered(ratios: Mapping[_Key, _Ratio], by: Callable[[_Key], _Group]) -> dict[_Group, _Ratio]:
    gathered: defaultdict[_Group, _Ratio] = defaultdict(_Ratio)
    for key, ratio in ratios.items():
        gathered[by(key)].add(ratio.sold, ratio.expected)
    return gathered


def _around(sold: Sequence[float], factors: Sequence[float], counted: Sequence[bool] | None = None) -> list[float]:
    """The level of each week: what the weeks around it sold, over what their factors make of one piece a week."""
    counted = counted or [True] * len(sold)
    sums = _running(one if counts else 0.0 for one, counts in zip(sold, counted, strict=True))
    expected = _running(one if counts else 0.0 for one, counts in zip(factors, counted, strict=True))
    levels = []
    for week in range(len(sold)):
        first, last = max(0, week - AROUND_WEEKS), min(len(sold), week + AROUND_WEEKS + 1)
        pieces = expected[last] - expected[first]
        levels.append(max(0.0, sums[last] - sums[first]) / pieces if pieces > 0 else 0.0)
    return levels


def _of_a_year(sold: Sequence[float], factors: Sequence[float]) -> list[float]:
    """The level of each week from the year that lies around it, so that no season is in it twice."""
    sums, expected = _running(sold), _running(factors)
    levels = []
    for week in range(len(sold)):
        first = min(max(0, week - SLOTS // 2), len(sold) - SLOTS)
        pieces = expected[first + SLOTS] - expected[first]
        levels.append(max(0.0, sums[first + SLOTS] - sums[first]) / pieces if pieces > 0 else 0.0)
    return levels


def _running(values: Iterable[float]) -> list[float]:
    return [0.0, *accumulate(values)]
