"""Which promotions a basket gets: by stage, priority and the customer's best advantage, each with its explanation.

Nothing depends on the order of lines or promotions, nothing goes below zero, and what is taken off is the sum of what
each promotion says it took off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Final

from domain.pricing.allowance import UNLIMITED, Allowance, allowance_for, shut_by_limits
from domain.pricing.conditions import when_unmet
from domain.pricing.coupon_promotions import unlocked_by_coupons
from domain.pricing.goods import Goods, Part, Remaining
from domain.pricing.limits import Limit
from domain.pricing.offers import Offer, needs_unmet, offer
from domain.pricing.promotion import BenefitKind, Gift, GiftShortage, Lacking, Promotion, Situation, Unmet
from domain.pricing.promotion_book import Listed, PromotionBook, gives_points
from domain.pricing.rewards import CouponsAwarded, reward
from domain.shared.money import Rounding

SEARCHED_MAX: Final = 6
"""Of so many promotions that compete for the same goods, every order is compared; of more, the best is taken, then the
best of what is left, and so on."""


class Stacking(StrEnum):
    """How stages build on each other (policy `discount_stacking`)."""

    COMPOUND = "compound"
    ADDITIVE = "additive"
    BEST = "best"


@dataclass
class Considered:
    """A promotion that concerns the basket: what it took off, in the order in which it was taken, or why nothing.

    `off_by_line` has one amount for every line that was given. `beaten_by` are the codes of the promotions that got the
    goods instead. What is missing is missing in goods of this basket as its stage found them; `lacking` are the
    conditions that do not hold, all of which it takes. Where a `limit` kept it from giving all or anything,
    `limit_left` is what that left and `uncapped_minor` what it would have taken off. `cut_minor` is what it would have
    taken off below the floors of its lines.

    A `reward` that was earned takes nothing off. `rewarded` are the positions of the lines that have earned it; what it
    gives stands in the fields from `gifts` on. `points_by_line` is known once the sale is known to earn points at all.

    `times` is how often it is given, and so how many of the coupons of `coupon_batch_code` it takes.

    What few promotions have stands in the class until it is set: every promotion of every basket makes one of these.
    """

    code: str
    name: str
    stage: int
    applied: bool = False
    off_minor: int = 0
    base_minor: int = 0
    off_by_line: Sequence[int] = ()
    unmet: Unmet | None = None
    missing_quantity_milli: int = 0
    missing_amount_minor: int = 0
    coupon_batch_code: str = ""
    times: int = 0
    beaten_by: Sequence[str] = field(default=(), init=False)
    lacking: tuple[Lacking, ...] = field(default=(), init=False)
    reward: BenefitKind | None = field(default=None, init=False)
    rewarded: Sequence[int] = field(default=(), init=False)
    gifts: Sequence[Gift] = field(default=(), init=False)
    gifts_missing: Sequence[Gift] = field(default=(), init=False)
    gift_shortage: GiftShortage | None = field(default=None, init=False)
    points_factor_bp: int = field(default=0, init=False)
    points: int = field(default=0, init=False)
    points_by_line: Sequence[int] = field(default=(), init=False)
    coupons_awarded: Sequence[CouponsAwarded] = field(default=(), init=False)
    limit: Limit | None = field(default=None, init=False)
    limit_left: int = field(default=0, init=False)
    uncapped_minor: int = field(default=0, init=False)
    cut_minor: int = field(default=0, init=False)


@dataclass(slots=True)
class Promoting:
    """The promotions of a chain in the situation of one basket.

    With `points_for_all` those that give points count for the goods that others have priced, too.
    """

    book: PromotionBook
    situation: Situation
    stacking: Stacking = Stacking.COMPOUND
    points_for_all: bool = True

    def consider(self, goods: Sequence[Goods], rounding: Rounding, *, without_points: bool = False) -> list[Considered]:
        """Every promotion that concerns the goods: those applied in their order first, then the others by code."""
        situation = self.situation
        order = _order_of(goods)
        lines = Remaining(map(goods.__getitem__, order), None, order)
        refused: list[Considered] = []
        open_ones: list[Listed] = []
        limited: list[Promotion] = []
        concerning = self.book.concerning(lines)
        if without_points:
            concerning = [listed for listed in concerning if not gives_points(listed.promotion)]
        for listed in concerning:
            # As unmet_by says, without finding out again what has to be asked.
            for check in listed.checks:
                unmet = check(listed.promotion, situation)
                if unmet is not None:
                    refused.append(_refused(listed, Offer([], 0, 0, unmet), lines))
                    break
            else:
                if listed.promotion.limits is not None:
                    shut = shut_by_limits(listed.promotion, situation)
                    if shut is not None:
                        refused.append(_refused(listed, Offer(unmet=shut.unmet, limit=shut.limit), lines))
                        continue
                    limited.append(listed.promotion)
                open_ones.append(listed.for_tier(situation.tier) if listed.tiered else listed)
        if limited:
            lines.allowance = allowance_for(limited, situation)
        if situation.coupon_batches:
            open_ones, beaten = unlocked_by_coupons(
                open_ones,
                situation,
                lambda listed: _total(_by_stages([listed], situation, lines, self.stacking, rounding)),
            )
            refused += [_beaten(listed, [winner], lines) for listed, winner in beaten]
        applied: list[Considered] = []
        considered: Sequence[Considered] = ()
        if open_ones:
            considered = _alone_or_together(open_ones, situation, lines, self.stacking, rounding)
        for one in considered:
            (applied if one.applied else refused).append(one)
        refused.sort(key=_CODE)
        return applied + refused


def _order_of(goods: Sequence[Goods]) -> list[int]:
    """The positions in an order of their own, so that equal lines are told apart by nothing but what they are."""
    skus = [line.sku for line in goods]
    order = sorted(range(len(skus)), key=skus.__getitem__)
    if len(set(skus)) < len(skus):
        order.sort(key=lambda n: _what(goods[n]))
    return order


def _what(line: Goods) -> tuple[str, int, int, int]:
    return line.sku, line.quantity_milli, line.value_minor, -1 if line.room_minor is None else line.room_minor


def _alone_or_together(
    promotions: Sequence[Listed], situation: Situation, goods: Remaining, stacking: Stacking, rounding: Rounding
) -> list[Considered]:
    """The better of: what may be combined, and each exclusive promotion alone."""
    exclusive = [listed for listed in promotions if listed.exclusive]
    if not exclusive and stacking is not Stacking.BEST:
        return _by_stages(promotions, situation, goods, stacking, rounding)
    together = [listed for listed in promotions if not listed.exclusive]
    sets = _each_stage_with_rewards(together) if stacking is Stacking.BEST else [together]
    sets += [[listed] for listed in exclusive]
    choices = [_by_stages(promotions, situation, goods, stacking, rounding) for promotions in sets]
    best = max(choices, key=_total)  # of equal ones the first: together before alone
    winners = [one.code for one in best if one.off_minor] or [one.code for one in best if one.applied]
    told = {one.code: one for one in best}
    for choice in choices:
        for one in choice:
            if one.code not in told:
                lost = one.applied or one.unmet is Unmet.BEATEN
                told[one.code] = _beaten(one, winners, goods) if lost else one
    return list(told.values())


def _each_stage_with_rewards(promotions: Sequence[Listed]) -> list[Sequence[Listed]]:
    """Each stage by itself, with the rewards of all stages, which take nothing off; all there is when it is one."""
    stages = sorted({listed.stage for listed in promotions if not listed.rewards})
    if len(stages) <= 1:
        return [promotions]
    return [[listed for listed in promotions if listed.rewards or listed.stage == stage] for stage in stages]


def _by_stages(
    promotions: Sequence[Listed], situation: Situation, goods: Remaining, stacking: Stacking, rounding: Rounding
) -> list[Considered]:
    considered: list[Considered] = []
    rewards = [listed for listed in promotions if listed.rewards]
    gifts_left = dict(situation.gifts_left) if rewards else {}
    # Rates of the full value may together come to more than there is, or than there is above the floor.
    left: list[int] | None = None
    if stacking is Stacking.ADDITIVE:
        left = [0] * len(goods)
        for place, line in zip(goods.places, goods, strict=True):
            left[place] = line.value_minor if line.room_minor is None else line.room_minor
    taken: list[Part] = []
    for _, same in groupby(promotions, key=_STAGE):
        if taken and left is None:
            # What earlier stages took off is gone, the goods themselves are there again.
            goods = goods.cheaper_by(taken)
        of_stage = list(same)
        competing = [listed for listed in of_stage if not listed.rewards] if rewards else of_stage
        found, taken = _stage(competing, situation, goods, rounding)
        if left is not None:
            left = _bounded(found, left, goods)
        if goods.allowance is not UNLIMITED:
            goods = goods.allowing(_after(goods.allowance, found))
        considered += found
        if rewards:
            considered += [_rewarded(listed, situation, goods, gifts_left) for listed in of_stage if listed.rewards]
    return considered


def _rewarded(listed: Listed, situation: Situation, goods: Remaining, gifts_left: dict[str, int]) -> Considered:
    """A reward of a stage, for the goods as the stage has found them."""
    promotion = listed.promotion
    found = _conditions_unmet(promotion, situation, goods) or reward(promotion, goods, gifts_left)
    if isinstance(found, Offer):
        return _refused(listed, found, goods)
    nothing_there = bool(found.gifts_missing) and not found.gifts
    told = Considered(listed.code, promotion.name, listed.stage, applied=not nothing_there, base_minor=found.base_minor)
    told.off_by_line = [0] * len(goods)
    told.unmet = Unmet.GIFT_OUT_OF_STOCK if nothing_there else None
    told.reward = promotion.benefit.kind
    told.rewarded = sorted([goods.places[position] for position in found.positions])
    told.gifts, told.gifts_missing = found.gifts, found.gifts_missing
    told.gift_shortage = promotion.benefit.gift_shortage
    told.points_factor_bp, told.points = found.points_factor_bp, found.points
    told.coupons_awarded = found.coupons
    told.coupon_batch_code = promotion.coupon_batch_code
    told.times = found.times
    return told


def _after(allowance: Allowance, considered: Sequence[Considered]) -> Allowance:
    """What limits leave to the stages that follow."""
    for one in considered:
        if one.applied:
            allowance = allowance.less(one.code, one.off_minor)
    return allowance


def _bounded(considered: Sequence[Considered], left: list[int], goods: Remaining) -> list[int]:
    """Lets each take off no more than the ones before have left; returns what is left after them."""
    floored = [place for place, line in zip(goods.places, goods, strict=True) if line.room_minor is not None]
    for one in considered:
        if one.applied:
            wanted = one.off_by_line
            one.off_by_line = [min(off, rest) for off, rest in zip(wanted, left, strict=True)]
            one.off_minor = sum(one.off_by_line)
            one.cut_minor += sum([wanted[place] - one.off_by_line[place] for place in floored])
            one.applied = one.off_minor > 0
            if not one.applied:
                one.unmet = Unmet.AT_FLOOR if one.cut_minor else Unmet.NO_ADVANTAGE
            left = [rest - off for off, rest in zip(one.off_by_line, left, strict=True)]
    return left


def _stage(
    promotions: Sequence[Listed], situation: Situation, goods: Remaining, rounding: Rounding
) -> tuple[list[Considered], list[Part]]:
    """One stage: the higher priority has the first choice of the goods, equal ones share them as serves best.

    What became of each, and the parts that were used up.
    """
    considered: list[Considered] = []
    candidates: list[tuple[Listed, Offer]] = []
    for listed in promotions:
        promotion = listed.promotion
        found = None
        if listed.asks:
            found = _conditions_unmet(promotion, situation, goods)
        if found is None:
            found = offer(promotion, goods, rounding)
        if found.unmet is None or found.unmet in _MAY_GIVE:
            candidates.append((listed, found))
        else:
            considered.append(_refused(listed, found, goods))
    if len(candidates) > 1 and _compete(candidates, goods):
        competition = _Competition(goods, candidates, rounding)
        for _, equal in groupby([listed for listed, _ in candidates], key=_PRIORITY):
            competition.share(list(equal))
        return considered + competition.considered, competition.taken
    taken: list[Part] = []
    for listed, found in candidates:
        if found.unmet is None:
            considered.append(_applied(listed, found, goods))
            taken += found.parts
        else:
            considered.append(_refused(listed, found, goods))
    return considered, taken


def _conditions_unmet(promotion: Promotion, situation: Situation, goods: Remaining) -> Offer | None:
    """What is missing to the conditions that hold or not with the goods; None when nothing is."""
    missing = needs_unmet(promotion, goods) if promotion.needs else None
    if missing is None and promotion.when is not None:
        missing = when_unmet(promotion.when, situation, goods)
    return missing


def _compete(candidates: Sequence[tuple[Listed, Offer]], goods: Remaining) -> bool:
    """Whether two of them want the same goods or share a budget."""
    lines = 0
    for listed, _ in candidates:
        wanted = _touched(listed, goods)
        if lines & wanted:
            return True
        lines |= wanted
    return False


class _Competition:
    """The promotions of one stage that may give something, priority by priority; with what each would give alone."""

    def __init__(self, goods: Remaining, candidates: Sequence[tuple[Listed, Offer]], rounding: Rounding) -> None:
        self.considered: list[Considered] = []
        self.taken: list[Part] = []
        self._alone = {listed.code: found for listed, found in candidates}
        self._goods = self._left = goods
        self._rounding = rounding
        self._winners: list[Listed] = []
        self._touched = 0
        """The lines that the winners want."""

    def share(self, promotions: Sequence[Listed]) -> None:
        """Lets those of equal priority have what those before them have left."""
        candidates: list[Listed] = []
        losers: list[Listed] = []
        offers: dict[str, Offer] = {}
        for listed in promotions:
            found = self._alone[listed.code]
            if self._touched & _touched(listed, self._goods):
                found = offer(listed.promotion, self._left, self._rounding)
            offers[listed.code] = found
            (candidates if _may_give(found) else losers).append(listed)
        won: set[str] = set()
        for rivals in _rivals(candidates, self._goods):
            chosen: Sequence[Listed]
            if len(rivals) > 1:
                chosen = _Search(self._rounding, rivals, self._left).best()
            else:
                chosen = rivals if offers[rivals[0].code].unmet is None else ()
            for number, listed in enumerate(chosen):
                # The first one gets what it was offered, and so changes what the others are offered.
                found = offers[listed.code] if number == 0 else offer(listed.promotion, self._left, self._rounding)
                self._take(listed, found)
                won.add(listed.code)
        for listed in [*candidates, *losers]:
            if listed.code not in won:
                found = self._alone[listed.code]
                if found.unmet is None and self._left.allowance.mark(listed.code):
                    # Perhaps the others have not taken its goods, but used up its budget.
                    again = offer(listed.promotion, self._left, self._rounding)
                    found = again if again.unmet is Unmet.EXHAUSTED else found
                if found.unmet is not None:
                    self.considered.append(_refused(listed, found, self._goods))
                else:
                    self.considered.append(_beaten(listed, self._winners_of_goods_of(listed), self._goods))

    def _take(self, listed: Listed, found: Offer) -> None:
        self._left = self._left.after(listed.code, found.parts, found.off_minor)
        self._touched |= _touched(listed, self._goods)
        self._winners.append(listed)
        self.taken += found.parts
        self.considered.append(_applied(listed, found, self._goods))

    def _winners_of_goods_of(self, listed: Listed) -> list[str]:
        wanted = _touched(listed, self._goods)
        return [winner.code for winner in self._winners if wanted & _touched(winner, self._goods)]


def _may_give(found: Offer) -> bool:
    """Whether it gives something, or may do so once others have taken what there is nothing or too much to take off."""
    return found.unmet is None or found.unmet in _MAY_GIVE


class _Search:
    """Finds the sequence of promotions that takes most off, when each uses up the goods that it is given on."""

    def __init__(self, rounding: Rounding, rivals: Sequence[Listed], goods: Remaining) -> None:
        self._rounding = rounding
        self._rivals = rivals
        self._goods = goods
        self._masks = [_touched(listed, goods) for listed in rivals]
        of_lines = (1 << len(goods)) - 1
        self._lines = [_positions(mask & of_lines) for mask in self._masks]
        self._all_lines = sorted({position for positions in self._lines for position in positions})
        self._known: dict[tuple[object, ...], tuple[int, tuple[int, ...]]] = {}
        self._offers: dict[tuple[object, ...], Offer] = {}

    def best(self) -> list[Listed]:
        """The rivals that get something, in the order in which they get it."""
        numbers = tuple(range(len(self._rivals)))
        if len(numbers) <= SEARCHED_MAX:
            chosen: Sequence[int] = self._exactly(numbers, self._goods)[1]
        else:
            chosen = self._greedily(list(numbers))
        return [self._rivals[number] for number in chosen]

    def _exactly(self, rivals: tuple[int, ...], goods: Remaining) -> tuple[int, tuple[int, ...]]:
        """The most that these can take off the goods, in any order, and the first such sequence by code."""
        key = (rivals, *_state(goods, self._all_lines), *goods.allowance.key)
        known = self._known.get(key)
        if known is not None:
            return known
        best: tuple[int, tuple[int, ...]] = (0, ())
        for number in rivals:
            found = self._offer(number, goods)
            if found.unmet is None:
                rest = tuple([other for other in rivals if other != number])
                left = goods.after(self._rivals[number].code, found.parts, found.off_minor)
                off, after = self._exactly(rest, left) if rest else (0, ())
                if found.off_minor + off > best[0]:
                    best = found.off_minor + off, (number, *after)
        self._known[key] = best
        return best

    def _greedily(self, waiting: list[int]) -> list[int]:
        chosen: list[int] = []
        left = self._goods
        offers = {number: self._offer(number, left) for number in waiting}
        while waiting:
            number = max(waiting, key=lambda number: offers[number].off_minor)
            if offers[number].unmet is not None:
                break
            left = left.after(self._rivals[number].code, offers[number].parts, offers[number].off_minor)
            chosen.append(number)
            waiting.remove(number)
            for other in waiting:
                if self._masks[other] & self._masks[number]:
                    offers[other] = self._offer(other, left)
        return chosen

    def _offer(self, number: int, goods: Remaining) -> Offer:
        """What a rival gives on these goods; it depends on its own lines, and on budgets, only."""
        key = (number, *_state(goods, self._lines[number]), *goods.allowance.key)
        found = self._offers.get(key)
        if found is None:
            found = self._offers[key] = offer(self._rivals[number].promotion, goods, self._rounding)
        return found


def _state(goods: Remaining, positions: Sequence[int]) -> list[int]:
    """What is left of these lines."""
    state = []
    for position in positions:
        line = goods[position]
        state.append(line.quantity_milli)
        state.append(line.value_minor)
        if line.room_minor is not None:
            state.append(line.room_minor)
    return state


def _positions(mask: int) -> list[int]:
    return [position for position in range(mask.bit_length()) if mask >> position & 1]


def _rivals(candidates: Sequence[Listed], goods: Remaining) -> list[list[Listed]]:
    """The candidates in groups that share no goods and no budget: what one does changes nothing for another."""
    if len(candidates) == 1:
        return [[candidates[0]]]
    groups: list[tuple[int, list[Listed]]] = []
    for listed in candidates:
        lines, members = _touched(listed, goods), [listed]
        apart = []
        for other_lines, others in groups:
            if lines & other_lines:
                lines |= other_lines
                members = others + members
            else:
                apart.append((other_lines, others))
        groups = [*apart, (lines, members)]
    return [sorted(members, key=_CODE) for _, members in groups]


def _touched(listed: Listed, goods: Remaining) -> int:
    """The lines that the promotion wants for itself, and after them the budget that it shares, as a set of bits."""
    lines = 0
    for items in listed.wanted:
        lines |= goods.mask(items)
    if goods.allowance is not UNLIMITED:
        lines |= goods.allowance.mark(listed.code) << len(goods)
    return lines


def _total(considered: Sequence[Considered]) -> tuple[int, int]:
    """What is taken off decides; where that is equal, how many rewards are given."""
    return sum([one.off_minor for one in considered]), sum([one.applied for one in considered if one.reward])


# By position: a class that is called by keyword costs four times as much, and this is called for every promotion.
# fmt: off


def _applied(listed: Listed, found: Offer, goods: Remaining) -> Considered:
    off_by_line = [0] * len(goods)
    places = goods.places
    for part in found.parts:
        off_by_line[places[part.position]] += part.off_minor
    promotion = listed.promotion
    applied = Considered(
        listed.code, promotion.name, listed.stage, True, found.off_minor, found.base_minor, off_by_line,  # noqa: FBT003
        None, 0, 0, promotion.coupon_batch_code, found.times,
    )
    return applied if found.limit is None and not found.cut_minor else _cut_short(applied, found)


def _refused(listed: Listed, found: Offer, goods: Remaining) -> Considered:
    promotion = listed.promotion
    refused = Considered(
        listed.code, promotion.name, listed.stage, False, 0, 0, [0] * len(goods),  # noqa: FBT003
        found.unmet, found.missing_quantity_milli, found.missing_amount_minor, promotion.coupon_batch_code,
    )
    if found.lacking:
        refused.lacking = found.lacking
    return refused if found.limit is None and not found.cut_minor else _cut_short(refused, found)


# fmt: on


def _cut_short(one: Considered, found: Offer) -> Considered:
    one.limit, one.limit_left, one.uncapped_minor = found.limit, found.limit_left, found.uncapped_minor
    one.cut_minor = found.cut_minor
    return one


def _beaten(one: Considered | Listed, winners: list[str], goods: Remaining) -> Considered:
    told = one if isinstance(one, Considered) else one.promotion
    beaten = Considered(one.code, told.name, one.stage, off_by_line=[0] * len(goods), unmet=Unmet.BEATEN)
    beaten.beaten_by, beaten.coupon_batch_code = winners, told.coupon_batch_code
    return beaten


_MAY_GIVE: Final = frozenset({Unmet.NO_ADVANTAGE, Unmet.EXHAUSTED, Unmet.AT_FLOOR})
_EXHAUSTED: Final = Unmet.EXHAUSTED
_CODE: Final = attrgetter("code")
_STAGE: Final = attrgetter("stage")
_PRIORITY: Final = attrgetter("priority")
