"""All promotions of a chain, found by the goods that they are about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from domain.pricing.offers import Remaining
from domain.pricing.plug_in import PlugIn
from domain.pricing.promotion import BenefitKind, Check, ItemSet, Promotion, checks_of

NONE: Final = ItemSet()
"""The goods of a benefit that falls on its components only."""
CATEGORIES_KEPT_MAX: Final = 20_000
"""For so many categories, each with those above it, the book remembers who mentions them."""


@dataclass(slots=True, eq=False)
class Listed:
    """A promotion with what follows from its terms alone, so that a basket does not have to find it out again.

    `named` are its item sets that name goods, `wanted` those on whose goods the advantage falls or that are bought for
    it: promotions whose wanted goods differ do not compete.
    """

    promotion: Promotion
    code: str
    stage: int
    priority: int
    exclusive: bool
    rank: tuple[int, int, str]
    checks: tuple[Check, ...]
    named: tuple[ItemSet, ...]
    wanted: tuple[ItemSet, ...]


@dataclass(slots=True, eq=False)
class _Mention:
    """An item set of a promotion; `concerns` when it is about a basket that holds such goods."""

    listed: Listed
    items: ItemSet
    concerns: bool


class PromotionBook:
    """Immutable; a basket costs as much as the promotions that concern its goods, however many there are."""

    def __init__(
        self, promotions: Iterable[Promotion], *, version: int = 0, plug_ins: Mapping[str, PlugIn] | None = None
    ) -> None:
        self.version = version
        self.plug_ins: Mapping[str, PlugIn] = plug_ins or {}
        self.promotions: Mapping[str, Promotion] = {}
        self._by_sku: dict[str, tuple[_Mention, ...]] = {}
        self._by_category: dict[str, tuple[_Mention, ...]] = {}
        self._everywhere: dict[str, Listed] = {}
        self._by_categories: dict[frozenset[str], tuple[_Mention, ...]] = {}
        self._enter(promotions)

    def __bool__(self) -> bool:
        return bool(self._by_sku or self._by_category or self._everywhere)

    def with_changes(
        self, changed: Iterable[Promotion], *, removed: Iterable[str] = (), version: int
    ) -> "PromotionBook":
        """The book after these promotions have been put and those removed; it costs what has changed."""
        by_code = {promotion.code: promotion for promotion in changed}
        gone = {*by_code, *removed}
        book = PromotionBook((), version=version, plug_ins=self.plug_ins)
        book.promotions = {code: promotion for code, promotion in self.promotions.items() if code not in gone}
        book._by_sku, book._by_category = dict(self._by_sku), dict(self._by_category)
        book._everywhere = {code: found for code, found in self._everywhere.items() if code not in gone}
        for code in gone:
            old = self.promotions.get(code)
            if old is not None and not old.paused:
                book._take_out(old)
        book._enter(by_code.values())
        return book

    def lacking(self) -> list[Promotion]:
        """Promotions in force that need a plug-in which is not here, by code: baskets with their goods are refused."""
        return sorted(
            [
                promotion
                for promotion in self.promotions.values()
                if not promotion.paused
                and promotion.benefit.kind is BenefitKind.PLUG_IN
                and promotion.benefit.plug_in not in self.plug_ins
            ],
            key=lambda promotion: promotion.code,
        )

    def concerning(self, goods: Remaining) -> list[Listed]:
        """The promotions that are about some of the goods, by stage, priority (highest first) and code.

        `goods` learn on the way which of them their item sets mean, so that nobody has to look through them again.
        """
        found = dict(self._everywhere)
        goods.plug_ins = self.plug_ins
        meant: dict[int, list[int]] = {}
        of_sku, of_categories = self._by_sku.get, self._by_categories.get
        for position, line in enumerate(goods):
            mentions = of_sku(line.sku, ())
            above = of_categories(line.categories)
            if above is None:
                above = self._mentions_of(line.categories)
            for mention in mentions + above if above else mentions:
                items = mention.items
                positions = meant.setdefault(id(items), [])
                # Two of its codes may name the same line.
                if not positions or positions[-1] != position:
                    if items.excludes and not items.holds(line.sku, line.categories):
                        continue
                    positions.append(position)
                if mention.concerns:
                    listed = mention.listed
                    found[listed.code] = listed
        for listed in found.values():
            goods.learn(listed.named, meant)
        return sorted(found.values(), key=_RANK)

    def _mentions_of(self, categories: frozenset[str]) -> tuple[_Mention, ...]:
        """Who mentions one of these categories; goods of one category share their answer."""
        mentions = tuple([mention for code in categories for mention in self._by_category.get(code, ())])
        if len(self._by_categories) >= CATEGORIES_KEPT_MAX:
            self._by_categories.clear()
        self._by_categories[categories] = mentions
        return mentions

    def _enter(self, promotions: Iterable[Promotion]) -> None:
        entered = {promotion.code: promotion for promotion in promotions}
        self.promotions = {**self.promotions, **entered}
        for promotion in entered.values():
            if promotion.paused:
                continue
            listed = listed_of(promotion)
            for items, concerns in _item_sets(promotion):
                if items.everything and concerns:
                    self._everywhere[promotion.code] = listed
                mention = _Mention(listed, items, concerns)
                for sku in items.skus:
                    self._by_sku[sku] = (*self._by_sku.get(sku, ()), mention)
                for category in items.category_codes:
                    self._by_category[category] = (*self._by_category.get(category, ()), mention)

    def _take_out(self, promotion: Promotion) -> None:
        for items, _ in _item_sets(promotion):
            for names, index in ((items.skus, self._by_sku), (items.category_codes, self._by_category)):
                for name in names:
                    mentions = index.pop(name, ())
                    left = tuple([mention for mention in mentions if mention.listed.promotion is not promotion])
                    if left:
                        index[name] = left


def listed_of(promotion: Promotion) -> Listed:
    """The promotion with what follows from its terms alone."""
    benefit = promotion.benefit
    return Listed(
        promotion=promotion,
        code=promotion.code,
        stage=promotion.stage,
        priority=promotion.priority,
        exclusive=promotion.exclusive,
        rank=(promotion.stage, -promotion.priority, promotion.code),
        checks=checks_of(promotion),
        named=tuple([items for items, _ in _item_sets(promotion) if not items.everything]),
        wanted=tuple(
            [items for items in (benefit.items, *[part.items for part in benefit.components]) if items != NONE]
        ),
    )


def _item_sets(promotion: Promotion) -> list[tuple[ItemSet, bool]]:
    """Every item set of a promotion, and whether it is about a basket that holds such goods.

    Who has bought what something else is given for is to hear of it; who only has what else is needed is not.
    """
    benefit = promotion.benefit
    return [
        (benefit.items, True),
        *[(component.items, True) for component in benefit.components],
        *[(needed.items, False) for needed in promotion.needs],
    ]


_RANK: Final = attrgetter("rank")
