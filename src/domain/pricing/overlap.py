"""Which promotions can come to want the same goods in the same basket, and which of them would get them.

Two promotions overlap when they stand in one stage and some goods, store, day, hour, channel and buyer fit both. That
is no fault, only worth knowing before it is published.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from domain.pricing.promotion import MINUTES_OF_DAY, REWARDS, ItemSet, Promotion, Situation, holds_in_store
from domain.pricing.promotion_life import lasts

_BY_CODE: Final = frozenset({"everything", "skus", "category_codes"})
_NAMED_OTHERWISE: Final = tuple(
    field.name for field in fields(ItemSet) if field.name not in _BY_CODE and not field.name.startswith("excluded_")
)
"""Ways of naming goods of which SKUs and categories tell nothing."""
_WEEK: Final = (1, 2, 3, 4, 5, 6, 7)


class Precedence(StrEnum):
    """What decides between two promotions that want the same goods."""

    PRIORITY = "priority"
    ADVANTAGE = "advantage"
    """The one that is better for the customer, basket by basket; where both are equally good the lower code."""
    EXCLUSIVE = "exclusive"
    """The exclusive one where by itself it takes more off than all others together, else the others."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two promotions that want the same goods, for instance in this store on this day.

    `winner_code` is the one that has the first choice, empty where that differs from basket to basket.
    """

    code: str
    other_code: str
    precedence: Precedence
    winner_code: str
    store_code: str
    on_date: str


@dataclass(slots=True)
class Found:
    """The overlaps found, by code; not `complete` when there was more to look at than bounds allow."""

    overlaps: list[Overlap]
    complete: bool = True


class Overlaps:
    """Promotions found by the goods that they are about, the goods inside a category included.

    `sku_categories` has the codes of the category of each SKU that they name and of those above, `category_lines` the
    same for each category; `situations` has one for each store, at whatever time.
    """

    def __init__(
        self,
        promotions: Iterable[Promotion],
        *,
        sku_categories: Mapping[str, Collection[str]],
        category_lines: Mapping[str, Collection[str]],
        situations: Sequence[Situation],
        today: str,
    ) -> None:
        self._sku_categories, self._category_lines = sku_categories, category_lines
        self._situations, self._today = situations, today
        self._stores_of: dict[tuple[object, ...], frozenset[int]] = {}
        self._promotions: dict[str, Promotion] = {}
        self._anything: dict[int, set[str]] = {}
        self._named: dict[tuple[int, str, str], set[str]] = {}
        self._inside: dict[tuple[int, str], set[str]] = {}
        for promotion in promotions:
            if not promotion.paused and lasts(promotion)[1] > today:
                self._enter(promotion)

    def of(self, promotion: Promotion, *, overlaps_max: int, compared_max: int) -> tuple[Found, int]:
        """The overlaps of a promotion by the other's code, and how many others were compared."""
        found = Found([])
        compared = 0
        for code in sorted(self._candidates(promotion)):
            other = self._promotions[code]
            if code == promotion.code:
                continue
            if compared >= compared_max or len(found.overlaps) >= overlaps_max:
                found.complete = False
                break
            compared += 1
            on = _common_day(promotion, other, self._today)
            where = self._where(promotion, other) if on and _same_buyer(promotion, other) else ""
            if where and self._same_goods(promotion, other):
                precedence, winner = _precedence(promotion, other)
                found.overlaps.append(Overlap(promotion.code, code, precedence, winner, where, on))
        return found, compared

    def _enter(self, promotion: Promotion) -> None:
        code, stage = promotion.code, promotion.stage
        self._promotions[code] = promotion
        for items in wanted(promotion):
            if _means_anything(items):
                self._anything.setdefault(stage, set()).add(code)
            for sku in items.skus:
                self._named.setdefault((stage, "sku", sku), set()).add(code)
                for category in self._sku_categories.get(sku, ()):
                    self._inside.setdefault((stage, category), set()).add(code)
            for category in items.category_codes:
                self._named.setdefault((stage, "category", category), set()).add(code)
                for above in self._category_lines.get(category, ()):
                    self._inside.setdefault((stage, above), set()).add(code)

    def _candidates(self, promotion: Promotion) -> set[str]:
        stage = promotion.stage
        codes = set(self._anything.get(stage, ()))
        for items in wanted(promotion):
            if _means_anything(items):
                return {code for code, other in self._promotions.items() if other.stage == stage}
            for sku in items.skus:
                codes |= self._named.get((stage, "sku", sku), set())
                for category in self._sku_categories.get(sku, ()):
                    codes |= self._named.get((stage, "category", category), set())
            for category in items.category_codes:
                codes |= self._inside.get((stage, category), set())
                for above in self._category_lines.get(category, ()):
                    codes |= self._named.get((stage, "category", above), set())
        return codes

    def _where(self, one: Promotion, other: Promotion) -> str:
        """The first store in which both can hold, empty when there is none."""
        common = self._stores(one) & self._stores(other)
        return self._situations[min(common)].store_code if common else ""

    def _stores(self, promotion: Promotion) -> frozenset[int]:
        """The stores in which it can hold, by their numbers; worked out once for all that name the same ones."""
        key = (
            promotion.store_codes,
            promotion.excluded_store_codes,
            promotion.region_codes,
            promotion.currency,
        )
        stores = self._stores_of.get(key)
        if stores is None:
            stores = self._stores_of[key] = frozenset(
                number for number, situation in enumerate(self._situations) if holds_in_store(promotion, situation)
            )
        return stores

    def _same_goods(self, one: Promotion, other: Promotion) -> bool:
        return any(self._meet(mine, theirs) for mine in wanted(one) for theirs in wanted(other))

    def _meet(self, one: ItemSet, other: ItemSet) -> bool:
        """Whether some goods are in both, as far as SKUs and categories tell."""
        if _means_anything(one) and _means_anything(other):
            return True
        for mine, theirs in ((one, other), (other, one)):
            for sku in mine.skus:
                categories = self._sku_categories.get(sku, ())
                if _includes(mine, sku, categories) and _includes(theirs, sku, categories):
                    return True
            for category in mine.category_codes:
                line = self._category_lines.get(category, ())
                named = _means_anything(theirs) or any(above in theirs.category_codes for above in line)
                if named and not any(above in _excluded(mine, theirs) for above in line):
                    return True
        return False


def wanted(promotion: Promotion) -> list[ItemSet]:
    """The goods that it uses up: those on which it falls, and those that have to be bought for it.

    What gives gifts, points or coupons takes nothing off and uses nothing up.
    """
    if promotion.benefit.kind in REWARDS:
        return []
    sets = [promotion.benefit.items, *[component.items for component in promotion.benefit.components]]
    return [items for items in sets if items != ItemSet()]


def _means_anything(items: ItemSet) -> bool:
    """Whether any goods may be meant: all, or those told by something else than their SKU and category."""
    return items.everything or any(getattr(items, name) for name in _NAMED_OTHERWISE)


def _includes(items: ItemSet, sku: str, categories: Collection[str]) -> bool:
    if sku in items.excluded_skus or any(code in items.excluded_category_codes for code in categories):
        return False
    return _means_anything(items) or sku in items.skus or any(code in items.category_codes for code in categories)


def _excluded(one: ItemSet, other: ItemSet) -> tuple[str, ...]:
    return one.excluded_category_codes + other.excluded_category_codes


def _common_day(one: Promotion, other: Promotion, today: str) -> str:
    """The first day of the period that both have in common, not before today; empty when they share no minute.

    The hours and days of the week of both are laid beside each other in a week of their own.
    """
    starts_on = max(lasts(one)[0], lasts(other)[0], today)
    if starts_on >= min(lasts(one)[1], lasts(other)[1]):
        return ""
    theirs = _minutes(other)
    shared = any(low < end and start < high for low, high in _minutes(one) for start, end in theirs)
    return starts_on if shared else ""


def _minutes(promotion: Promotion) -> list[tuple[int, int]]:
    """When it holds in a week, as periods of minutes since Monday; hours over midnight end on the day after."""
    start, end = promotion.from_minute, promotion.until_minute or MINUTES_OF_DAY
    if end <= start:
        end += MINUTES_OF_DAY
    week = len(_WEEK) * MINUTES_OF_DAY
    periods = []
    for weekday in promotion.weekdays or _WEEK:
        first = (weekday - 1) * MINUTES_OF_DAY + start
        last = first + end - start
        periods += [(first, last)] if last <= week else [(first, week), (0, last - week)]
    return periods


def _same_buyer(one: Promotion, other: Promotion) -> bool:
    if one.currency and other.currency and one.currency != other.currency:
        return False
    return not any(
        mine and theirs and not set(mine) & set(theirs)
        for mine, theirs in ((one.channels, other.channels), (one.tiers, other.tiers))
    )


def _precedence(one: Promotion, other: Promotion) -> tuple[Precedence, str]:
    if one.exclusive or other.exclusive:
        return Precedence.EXCLUSIVE, ""
    if one.priority != other.priority:
        return Precedence.PRIORITY, max((one, other), key=lambda promotion: promotion.priority).code
    return Precedence.ADVANTAGE, ""
