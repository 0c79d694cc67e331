"""All promotions of a chain, found by the goods that they are about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import Final, TypeAlias

from domain.pricing.goods import Goods, Remaining
from domain.pricing.plug_in import PlugIn
from domain.pricing.promotion import (
    REWARDS,
    BenefitKind,
    Check,
    ItemSet,
    Promotion,
    as_for,
    checks_of,
    has_tiers,
)

NONE: Final = ItemSet()
"""The goods of a benefit that falls on its components only."""
CATEGORIES_KEPT_MAX: Final = 20_000
"""For so many categories, each with those above it, the book remembers who mentions them."""


@dataclass(slots=True, eq=False)
class Listed:
    """A promotion with what follows from its terms alone, so that a basket does not have to find it out again.

    `named` are the ids of its item sets that name goods, `wanted` the sets on whose goods the advantage falls or that
    are bought for it: promotions whose wanted goods differ do not compete. `asks` when it has conditions that hold or
    not with the goods, `rewards` when it takes nothing off them, `tiered` when some of its steps are for certain tiers.
    """

    promotion: Promotion
    code: str
    stage: int
    priority: int
    exclusive: bool
    rank: tuple[int, int, str]
    checks: tuple[Check, ...]
    named: tuple[int, ...]
    wanted: tuple[ItemSet, ...]
    asks: bool
    rewards: bool
    tiered: bool

    def for_tier(self, tier: str) -> "Listed":
        """The same with the steps that count for a member of this tier."""
        return replace(self, promotion=as_for(self.promotion, tier)) if self.tiered else self


@dataclass(slots=True, eq=False)
class _Mention:
    """An item set of a promotion, with its id as `key`; `concerns` when it is about a basket that holds such goods."""

    listed: Listed
    items: ItemSet
    key: int
    concerns: bool
    excludes: bool


_Index: TypeAlias = dict[str, tuple[_Mention, ...]]


class PromotionBook:
    """Immutable; a basket costs as much as the promotions that concern its goods, however many there are."""

    def __init__(
        self, promotions: Iterable[Promotion], *, version: int = 0, plug_ins: Mapping[str, PlugIn] | None = None
    ) -> None:
        self.version = version
        self.plug_ins: Mapping[str, PlugIn] = plug_ins or {}
        self.promotions: Mapping[str, Promotion] = {}
        self._by_sku: _Index = {}
        self._by_category: _Index = {}
        self._by_brand: _Index = {}
        self._by_tag: _Index = {}
        self._by_supplier: _Index = {}
        self._asking_birthday: frozenset[str] = frozenset()
        self._asking_festivals: frozenset[str] = frozenset()
        self._everywhere: dict[str, Listed] = {}
        self._by_categories: dict[frozenset[str], tuple[_Mention, ...]] = {}
        self._gifts: PromotionBook | None = None
        self._enter(promotions)

    def __bool__(self) -> bool:
        return bool(
            self._by_sku or self._by_category or self._by_brand or self._by_tag or self._by_supplier or self._everywhere
        )

    @property
    def asks_birthday(self) -> bool:
        """Whether a promotion has a condition on the member's birthday; for most chains none has."""
        return bool(self._asking_birthday)

    @property
    def asks_festivals(self) -> bool:
        """Whether a promotion has a condition on festivals."""
        return bool(self._asking_festivals)

    @property
    def gifts(self) -> "PromotionBook":
        """Those that give gifts, by themselves: whoever sells must know what may be given before it is priced."""
        if self._gifts is None:
            self._gifts = self._only(
                found for found in self.promotions.values() if found.benefit.kind is BenefitKind.GIFT
            )
        return self._gifts

    @cached_property
    def points(self) -> "PromotionBook":
        """Those that give points, by themselves: they count for goods that others have priced, too."""
        return self._only(promotion for promotion in self.promotions.values() if gives_points(promotion))

    @cached_property
    def limited(self) -> "PromotionBook":
        """The promotions of the book that have limits, which are found before their counters are read."""
        return self._only(promotion for promotion in self.promotions.values() if promotion.limits is not None)

    def with_changes(
        self, changed: Iterable[Promotion], *, removed: Iterable[str] = (), version: int
    ) -> "PromotionBook":
        """The book after these promotions have been put and those removed; it costs what has changed."""
        by_code = {promotion.code: promotion for promotion in changed}
        gone = {*by_code, *removed}
        book = PromotionBook((), version=version, plug_ins=self.plug_ins)
        book.promotions = {code: promotion for code, promotion in self.promotions.items() if code not in gone}
        book._by_sku, book._by_category = dict(self._by_sku), dict(self._by_category)
        book._by_brand, book._by_tag = dict(self._by_brand), dict(self._by_tag)
        book._by_supplier = dict(self._by_supplier)
        book._asking_birthday = self._asking_birthday - gone
        book._asking_festivals = self._asking_festivals - gone
        book._everywhere = {code: found for code, found in self._everywhere.items() if code not in gone}
        for code in gone:
            old = self.promotions.get(code)
            if old is not None and not old.paused:
                book._take_out(old)
        book._enter(by_code.values())
        return book

    def _only(self, promotions: Iterable[Promotion]) -> "PromotionBook":
        """Some of its promotions, with the plug-ins that they may need."""
        return PromotionBook(promotions, version=self.version, plug_ins=self.plug_ins)

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
        meant = goods.known
        of_sku, of_categories = self._by_sku.get, self._by_categories.get
        by_others = bool(self._by_brand or self._by_tag or self._by_supplier)
        for position, line in enumerate(goods):
            mentions = of_sku(line.sku, ())
            above = of_categories(line.categories)
            if above is None:
                above = self._mentions_of(line.categories)
            if above:
                mentions += above
            if by_others:
                mentions += self._mentions_otherwise(line)
            for mention in mentions:
                positions = meant.get(mention.key)
                if positions is None:
                    positions = meant[mention.key] = []
                # Two of its codes may name the same line.
                if not positions or positions[-1] != position:
                    if mention.excludes and not mention.items.holds(line):
                        continue
                    positions.append(position)
                if mention.concerns:
                    listed = mention.listed
                    found[listed.code] = listed
        for listed in found.values():
            for key in listed.named:
                if key not in meant:
                    meant[key] = []
        return sorted(found.values(), key=_RANK)

    def _mentions_of(self, categories: frozenset[str]) -> tuple[_Mention, ...]:
        """Who mentions one of these categories; goods of one category share their answer."""
        mentions = tuple([mention for code in categories for mention in self._by_category.get(code, ())])
        if len(self._by_categories) >= CATEGORIES_KEPT_MAX:
            self._by_categories.clear()
        self._by_categories[categories] = mentions
        return mentions

    def _mentions_otherwise(self, line: Goods) -> tuple[_Mention, ...]:
        """Who mentions its brand, its supplier or one of its tags; nobody mentions what it does not have."""
        mentions = self._by_brand.get(line.brand, ()) + self._by_supplier.get(line.supplier_code, ())
        for tag in line.tags:
            mentions += self._by_tag.get(tag, ())
        return mentions

    def _enter(self, promotions: Iterable[Promotion]) -> None:
        entered = {promotion.code: promotion for promotion in promotions}
        self.promotions = {**self.promotions, **entered}
        conditions = [
            (promotion.code, part)
            for promotion in entered.values()
            if promotion.when is not None and not promotion.paused
            for part in promotion.when.walk()
        ]
        self._asking_birthday |= {code for code, part in conditions if part.birthday is not None}
        self._asking_festivals |= {code for code, part in conditions if part.festivals}
        for promotion in entered.values():
            if promotion.paused:
                continue
            listed = listed_of(promotion)
            for items, concerns in _item_sets(promotion):
                if items.everything and concerns:
                    self._everywhere[promotion.code] = listed
                mention = _Mention(listed, items, id(items), concerns, items.excludes)
                for names, index in self._indexes():
                    for name in getattr(items, names):
                        index[name] = (*index.get(name, ()), mention)

    def _take_out(self, promotion: Promotion) -> None:
        for items, _ in _item_sets(promotion):
            for names, index in self._indexes():
                for name in getattr(items, names):
                    mentions = index.pop(name, ())
                    left = tuple([mention for mention in mentions if mention.listed.promotion is not promotion])
                    if left:
                        index[name] = left

    def _indexes(self) -> tuple[tuple[str, _Index], ...]:
        """By the field of an item set whose codes they hold."""
        return (
            ("skus", self._by_sku),
            ("category_codes", self._by_category),
            ("brands", self._by_brand),
            ("tags", self._by_tag),
            ("supplier_codes", self._by_supplier),
        )


def gives_points(promotion: Promotion) -> bool:
    """Whether what it gives are points, which change no price."""
    return promotion.benefit.kind is BenefitKind.POINTS


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
        named=tuple([id(items) for items, _ in _item_sets(promotion) if not items.everything]),
        wanted=tuple(
            [items for items in (benefit.items, *[part.items for part in benefit.components]) if items != NONE]
        ),
        asks=bool(promotion.needs) or promotion.when is not None,
        rewards=benefit.kind in REWARDS,
        tiered=has_tiers(promotion),
    )


def _item_sets(promotion: Promotion) -> list[tuple[ItemSet, bool]]:
    """Every item set of a promotion, and whether it is about a basket that holds such goods.

    Who has bought what something else is given for is to hear of it; who only has what else is needed is not.
    """
    benefit = promotion.benefit
    found = [
        (benefit.items, True),
        *[(component.items, True) for component in benefit.components],
        *[(needed.items, False) for needed in promotion.needs],
    ]
    if promotion.when is not None:
        found += [(needed.items, False) for part in promotion.when.walk() for needed in part.goods]
    return found


_RANK: Final = attrgetter("rank")
