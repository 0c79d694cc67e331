"""Which promotions a basket gets: by stage, priority and the customer's best advantage, each with its explanation.

Nothing depends on the order of lines or promotions, nothing goes below zero, and what is taken off is the sum of what
each promotion says it took off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Final

from domain.pricing.conditions import when_unmet
from domain.pricing.offers import Goods, Offer, Part, Remaining, needs_unmet, offer
from domain.pricing.promotion import Lacking, Promotion, Situation, Unmet, unmet_by
from domain.pricing.promotion_book import PromotionBook
from domain.shared.money import Rounding

SEARCHED_MAX: Final = 6
"""Of so many promotions that compete for the same goods, every order is compared; of more, the best is taken, then the
best of what is left, and so on."""


class Stacking(StrEnum):
    """How stages build on each other (policy `discount_stacking`)."""

    COMPOUND = "compound"
    ADDITIVE = "additive"
    BEST = "best"


@dataclass(slots=True)
class Considered:
    """A promotion that concerns the basket: what it took off, in the order in which it was taken, or why nothing.

    `off_by_line` has one amount for every line that was given. `beaten_by` are the codes of the promotions that got the
    goods instead. What is missing is missing in goods of this basket as its stage found them; `lacking` are the
    conditions that do not hold, all of which it takes.
    """

    code: str
    name: str
    stage: int
    applied: bool = False
    off_minor: int = 0
    base_minor: int = 0
    off_by_line: list[int] = field(default_factory=list)
    unmet: Unmet | None = None
    missing_quantity_milli: int = 0
    missing_amount_minor: int = 0
    beaten_by: list[str] = field(default_factory=list)
    lacking: tuple[Lacking, ...] = ()


@dataclass(frozen=True, slots=True)
class Promoting:
    """The promotions of a chain in the situation of one basket."""

    book: PromotionBook
    situation: Situation
    stacking: Stacking = Stacking.COMPOUND

    def consider(self, goods: Sequence[Goods], rounding: Rounding) -> list[Considered]:
        """Every promotion that concerns the goods: those applied in their order first, then the others by code."""
        # In an order of their own, so that equal lines are told apart by nothing but what they are.
        order = sorted(range(len(goods)), key=lambda n: (goods[n].sku, goods[n].quantity_milli, goods[n].value_minor))
        lines = Remaining([goods[position] for position in order])
        promotions = self.book.concerning(lines)
        refused: list[Considered] = []
        open_ones: list[Promotion] = []
        for promotion in promotions:
            unmet = unmet_by(promotion, self.situation)
            if unmet is None:
                open_ones.append(promotion)
            else:
                refused.append(Considered(promotion.code, promotion.name, promotion.stage, unmet=unmet))
        considered = _alone_or_together(open_ones, self.situation, lines, self.stacking, rounding)
        for one in [*considered, *refused]:
            by_line = [0] * len(goods)
            for position, off in zip(order, one.off_by_line, strict=False):
                by_line[position] = off
            one.off_by_line = by_line
        applied = [one for one in considered if one.applied]
        others = [one for one in considered if not one.applied] + refused
        return applied + sorted(others, key=lambda one: one.code)


def _alone_or_together(
    promotions: Sequence[Promotion], situation: Situation, goods: Remaining, stacking: Stacking, rounding: Rounding
) -> list[Considered]:
    """The better of: what may be combined, and each exclusive promotion alone."""
    together = [promotion for promotion in promotions if not promotion.exclusive]
    exclusive = [promotion for promotion in promotions if promotion.exclusive]
    sets = [together]
    if stacking is Stacking.BEST and together:
        sets = [list(of_stage) for _, of_stage in groupby(together, key=lambda promotion: promotion.stage)]
    sets += [[promotion] for promotion in exclusive]
    choices = [_by_stages(promotions, situation, goods, stacking, rounding) for promotions in sets]
    best = max(choices, key=_total)  # of equal ones the first: together before alone
    winners = [one.code for one in best if one.applied]
    told = {one.code: one for one in best}
    for choice in choices:
        for one in choice:
            if one.code not in told:
                lost = one.applied or one.unmet is Unmet.BEATEN
                told[one.code] = _beaten(one, winners) if lost else one
    return list(told.values())


def _by_stages(
    promotions: Sequence[Promotion], situation: Situation, goods: Remaining, stacking: Stacking, rounding: Rounding
) -> list[Considered]:
    considered: list[Considered] = []
    whole = left = [line.value_minor for line in goods]
    for _, competing in groupby(promotions, key=lambda promotion: promotion.stage):
        stage_goods = goods
        if left != whole and stacking is not Stacking.ADDITIVE:
            # What earlier stages took off is gone, the goods themselves are there again.
            stage_goods = goods.without(
                [Part(n, 0, full - rest) for n, (full, rest) in enumerate(zip(whole, left, strict=True)) if full > rest]
            )
        for one in _stage(list(competing), situation, stage_goods, rounding):
            if one.applied:
                # Rates of the full value may together come to more than there is.
                one.off_by_line = [min(off, rest) for off, rest in zip(one.off_by_line, left, strict=True)]
                one.off_minor = sum(one.off_by_line)
                one.applied = one.off_minor > 0
                one.unmet = None if one.applied else Unmet.NO_ADVANTAGE
                left = [rest - off for off, rest in zip(one.off_by_line, left, strict=True)]
            considered.append(one)
    return considered


def _stage(
    promotions: Sequence[Promotion], situation: Situation, goods: Remaining, rounding: Rounding
) -> list[Considered]:
    """One stage: the higher priority has the first choice of the goods, equal ones share them as serves best."""
    considered: list[Considered] = []
    winners: list[Promotion] = []
    left = goods
    for _, equal in groupby(promotions, key=lambda promotion: promotion.priority):
        candidates: list[Promotion] = []
        losers: list[Promotion] = []
        offers: dict[str, Offer] = {}
        useless: set[str] = set()
        for promotion in equal:
            found = needs_unmet(promotion, goods) or when_unmet(promotion, situation, goods)
            found = found or offer(promotion, goods, rounding)
            if not _may_give(found):
                considered.append(_refused(promotion, found))
                continue
            if found.unmet is not None:
                useless.add(promotion.code)
            if winners:
                found = offer(promotion, left, rounding)
            offers[promotion.code] = found
            (candidates if _may_give(found) else losers).append(promotion)
        for rivals in _rivals(candidates, left):
            chosen: Sequence[Promotion]
            if len(rivals) > 1:
                chosen = _Search(rounding).best(rivals, left)
            else:
                chosen = rivals if offers[rivals[0].code].unmet is None else ()
            for number, promotion in enumerate(chosen):
                # The first one gets what it was offered, and so changes what the others are offered.
                found = offers[promotion.code] if number == 0 else offer(promotion, left, rounding)
                left = left.without(found.parts)
                considered.append(_applied(promotion, found, len(goods)))
                winners.append(promotion)
        for promotion in [*candidates, *losers]:
            if promotion not in winners:
                refusal = _refused(promotion, Offer(unmet=Unmet.NO_ADVANTAGE))
                beaten = _beaten(promotion, _of_same_goods(winners, promotion, goods))
                considered.append(refusal if promotion.code in useless else beaten)
    return considered


def _may_give(found: Offer) -> bool:
    """Whether it gives something, or may do so once others have taken what there is nothing to take off."""
    return found.unmet is None or found.unmet is Unmet.NO_ADVANTAGE


def _of_same_goods(winners: Sequence[Promotion], promotion: Promotion, goods: Remaining) -> list[str]:
    wanted = _touched(promotion, goods)
    return [winner.code for winner in winners if wanted & _touched(winner, goods)]


class _Search:
    """Finds the sequence of promotions that takes most off, when each uses up the goods that it is given on."""

    def __init__(self, rounding: Rounding) -> None:
        self._rounding = rounding
        self._known: dict[tuple[object, ...], tuple[int, tuple[Promotion, ...]]] = {}

    def best(self, rivals: tuple[Promotion, ...], goods: Remaining) -> Sequence[Promotion]:
        return self._exactly(rivals, goods)[1] if len(rivals) <= SEARCHED_MAX else self._greedily(rivals, goods)

    def _exactly(self, rivals: tuple[Promotion, ...], goods: Remaining) -> tuple[int, tuple[Promotion, ...]]:
        """The most that these can take off the goods, in any order, and the first such sequence by code."""
        key = (*[promotion.code for promotion in rivals], *[(line.quantity_milli, line.value_minor) for line in goods])
        known = self._known.get(key)
        if known is not None:
            return known
        best: tuple[int, tuple[Promotion, ...]] = (0, ())
        for number, promotion in enumerate(rivals):
            found = offer(promotion, goods, self._rounding)
            if found.unmet is None:
                rest = rivals[:number] + rivals[number + 1 :]
                off, after = self._exactly(rest, goods.without(found.parts)) if rest else (0, ())
                if found.off_minor + off > best[0]:
                    best = found.off_minor + off, (promotion, *after)
        self._known[key] = best
        return best

    def _greedily(self, rivals: Sequence[Promotion], goods: Remaining) -> list[Promotion]:
        chosen: list[Promotion] = []
        left, waiting = goods, list(rivals)
        while waiting:
            offers = [offer(promotion, left, self._rounding) for promotion in waiting]
            number = max(range(len(waiting)), key=lambda n: offers[n].off_minor)
            if offers[number].unmet is not None:
                break
            left = left.without(offers[number].parts)
            chosen.append(waiting.pop(number))
        return chosen


def _rivals(candidates: Sequence[Promotion], goods: Remaining) -> list[tuple[Promotion, ...]]:
    """The candidates in groups that share no goods: what one group does changes nothing for another."""
    if len(candidates) == 1:
        return [(candidates[0],)]
    groups: list[tuple[set[int], list[Promotion]]] = []
    for promotion in candidates:
        lines, members = _touched(promotion, goods), [promotion]
        apart = []
        for other_lines, others in groups:
            if lines & other_lines:
                lines |= other_lines
                members = others + members
            else:
                apart.append((other_lines, others))
        groups = [*apart, (lines, members)]
    return [tuple(sorted(members, key=lambda promotion: promotion.code)) for _, members in groups]


def _touched(promotion: Promotion, goods: Remaining) -> set[int]:
    benefit = promotion.benefit
    lines = set(goods.of(benefit.items))
    for component in benefit.components:
        lines.update(goods.of(component.items))
    return lines


def _total(considered: Sequence[Considered]) -> int:
    return sum([one.off_minor for one in considered])


def _applied(promotion: Promotion, found: Offer, lines: int) -> Considered:
    off_by_line = [0] * lines
    for part in found.parts:
        off_by_line[part.position] += part.off_minor
    return Considered(
        promotion.code,
        promotion.name,
        promotion.stage,
        applied=True,
        off_minor=found.off_minor,
        base_minor=found.base_minor,
        off_by_line=off_by_line,
    )


def _refused(promotion: Promotion, found: Offer) -> Considered:
    return Considered(
        promotion.code,
        promotion.name,
        promotion.stage,
        unmet=found.unmet,
        missing_quantity_milli=found.missing_quantity_milli,
        missing_amount_minor=found.missing_amount_minor,
        lacking=found.lacking,
    )


def _beaten(one: Considered | Promotion, winners: list[str]) -> Considered:
    return Considered(one.code, one.name, one.stage, unmet=Unmet.BEATEN, beaten_by=winners)
