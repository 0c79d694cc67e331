"""All promotions of a chain, found by the goods that they are about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from domain.pricing.offers import Remaining
from domain.pricing.promotion import ItemSet, Promotion


@dataclass(slots=True, eq=False)
class _Mention:
    """An item set of a promotion; `concerns` when it is about a basket that holds such goods."""

    promotion: Promotion
    items: ItemSet
    concerns: bool


_Index: TypeAlias = dict[str, tuple[_Mention, ...]]


class PromotionBook:
    """Immutable; a basket costs as much as the promotions that concern its goods, however many there are."""

    def __init__(self, promotions: Iterable[Promotion], *, version: int = 0) -> None:
        self.version = version
        self.promotions: Mapping[str, Promotion] = {}
        self._by_sku: _Index = {}
        self._by_category: _Index = {}
        self._by_brand: _Index = {}
        self._by_tag: _Index = {}
        self._by_supplier: _Index = {}
        self._everywhere: dict[str, Promotion] = {}
        self._asking_birthday: frozenset[str] = frozenset()
        self._asking_festivals: frozenset[str] = frozenset()
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

    def with_changes(self, changed: Iterable[Promotion], *, version: int) -> "PromotionBook":
        """The book after these promotions have been created or replaced; it costs what has changed."""
        by_code = {promotion.code: promotion for promotion in changed}
        book = PromotionBook((), version=version)
        book.promotions = self.promotions
        book._by_sku, book._by_category = dict(self._by_sku), dict(self._by_category)
        book._by_brand, book._by_tag = dict(self._by_brand), dict(self._by_tag)
        book._by_supplier = dict(self._by_supplier)
        book._asking_birthday = self._asking_birthday.difference(by_code)
        book._asking_festivals = self._asking_festivals.difference(by_code)
        book._everywhere = {code: found for code, found in self._everywhere.items() if code not in by_code}
        for code in by_code:
            old = self.promotions.get(code)
            if old is not None and not old.paused:
                book._take_out(old)
        book._enter(by_code.values())
        return book

    def concerning(self, goods: Remaining) -> list[Promotion]:
        """The promotions that are about some of the goods, by stage, priority (highest first) and code.

        `goods` learn on the way which of them their item sets mean, so that nobody has to look through them again.
        """
        found = dict(self._everywhere)
        meant: dict[int, list[int]] = {}
        for position, line in enumerate(goods):
            mentions = self._by_sku.get(line.sku, ())
            for category in line.categories:
                mentions += self._by_category.get(category, ())
            if line.brand:
                mentions += self._by_brand.get(line.brand, ())
            if line.supplier_code:
                mentions += self._by_supplier.get(line.supplier_code, ())
            for tag in line.tags:
                mentions += self._by_tag.get(tag, ())
            for mention in mentions:
                items = mention.items
                positions = meant.setdefault(id(items), [])
                # Two of its codes may name the same line.
                if not positions or positions[-1] != position:
                    if items.excludes and not items.holds(line):
                        continue
                    positions.append(position)
                if mention.concerns:
                    found[mention.promotion.code] = mention.promotion
        for promotion in found.values():
            for items, _ in _item_sets(promotion):
                if not items.everything:
                    goods.learn(items, meant.get(id(items), []))
        return sorted(found.values(), key=lambda promotion: (promotion.stage, -promotion.priority, promotion.code))

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
            for items, concerns in _item_sets(promotion):
                if items.everything and concerns:
                    self._everywhere[promotion.code] = promotion
                mention = _Mention(promotion, items, concerns)
                for names, index in self._indexes():
                    for name in getattr(items, names):
                        index[name] = (*index.get(name, ()), mention)

    def _take_out(self, promotion: Promotion) -> None:
        for items, _ in _item_sets(promotion):
            for names, index in self._indexes():
                for name in getattr(items, names):
                    left = tuple([mention for mention in index.pop(name, ()) if mention.promotion is not promotion])
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
