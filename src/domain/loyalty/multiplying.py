"""Points that promotions add: factors on what goods earn, and points beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.loyalty.earning import points_by_line, points_for
from domain.shared.money import Rounding, allocate

FACTOR_BP: Final = 10_000
"""Earning once, in basis points."""


class Combination(StrEnum):
    """How the factors of several promotions on the same goods act together (policy `points_multiplier_combination`)."""

    MULTIPLY = "multiply"
    ADD = "add"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Multiplier:
    """What one promotion does for the goods on `lines`: a factor above 10,000 basis points, or so many points more."""

    lines: Sequence[int]
    factor_bp: int
    points: int


@dataclass(frozen=True, slots=True)
class Multiplied:
    """Points of a sale by line, and what of them each promotion has added, by line."""

    points: int
    by_line: list[int]
    added_by_line: list[list[int]]


def multiplied_points(
    bases: Sequence[int],
    multipliers: Sequence[Multiplier],
    *,
    combination: Combination,
    earn_points: int,
    earn_per_minor: int,
    rounding: Rounding,
) -> Multiplied:
    """What lines with these bases earn under all multipliers; a sale's points are rounded once, whatever there is.

    What a promotion adds is the difference that it makes after those before it, so that the parts sum to the points:
    under `max` a second doubling adds nothing. It is spread over the promotion's own lines. Points beside the factors
    go to lines that earn anything; where none does, they are not given.
    """
    plain = points_for(sum(bases), earn_points=earn_points, earn_per_minor=earn_per_minor, rounding=rounding)
    by_line = points_by_line(plain, bases=bases)
    # Exact as an integer: each factor brings a denominator of its own.
    scale = FACTOR_BP ** len(multipliers)
    factors = [scale] * len(bases)
    points, added = plain, []
    for multiplier in multipliers:
        grown = [
            _combined(factor, multiplier, combination, scale) if line in multiplier.lines else factor
            for line, factor in enumerate(factors)
        ]
        weights = [base * (new - old) for base, new, old in zip(bases, grown, factors, strict=True)]
        factors = grown
        weighed = sum([base * factor for base, factor in zip(bases, factors, strict=True)])
        total = points_for(weighed, earn_points=earn_points, earn_per_minor=earn_per_minor * scale, rounding=rounding)
        more = allocate(total - plain, weights)
        plain = total
        if multiplier.points:
            own = [base if line in multiplier.lines else 0 for line, base in enumerate(bases)]
            if any(own):
                more = [part + extra for part, extra in zip(more, allocate(multiplier.points, own), strict=True)]
        added.append(more)
        by_line = [line + part for line, part in zip(by_line, more, strict=True)]
        points += sum(more)
    return Multiplied(points, by_line, added)


def _combined(factor: int, multiplier: Multiplier, combination: Combination, scale: int) -> int:
    bp = multiplier.factor_bp or FACTOR_BP
    if combination is Combination.MULTIPLY:
        return factor * bp // FACTOR_BP
    if combination is Combination.ADD:
        return factor + scale // FACTOR_BP * (bp - FACTOR_BP)
    return max(factor, scale // FACTOR_BP * bp)
