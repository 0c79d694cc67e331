"""All promotions of a chain, found by the goods that they are about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.pricing.offers import Remaining
from domain.pricing.promotion import ItemSet, Promotion


@dataclass(slots=True, eq=False)
class _Mention:
    """An item set of a promotion; `concerns` when it is about a basket that holds such goods."""

    promotion: Promotion
    items: ItemSet
    concerns: bool


class PromotionBook:
    """Immutable; a basket costs as much as the promotions that concern its goods, however many there are."""

    def __init__(self, promotions: Iterable[Promotion], *, version: int = 0) -> None:
        self.version = version
        self.promotions: Mapping[str, Promotion] = {}
        self._by_sku: dict[str, tuple[_Mention, ...]] = {}
        self._by_category: dict[str, tuple[_Mention, ...]] = {}
        self._everywhere: dict[str, Promotion] = {}
        self._enter(promotions)

    def __bool__(self) -> bool:
        return bool(self._by_sku or self._by_category or self._everywhere)

    def with_changes(self, changed: Iterable[Promotion], *, version: int) -> "PromotionBook":
        """The book after these promotions have been created or replaced; it costs what has changed."""
        by_code = {promotion.code: promotion for promotion in changed}
        book = PromotionBook((), version=version)
        book.promotions = self.promotions
        book._by_sku, book._by_category = dict(self._by_sku), dict(self._by_category)
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
            for mention in mentions:
                items = mention.items
                positions = meant.setdefault(id(items), [])
                # Two of its codes may name the same line.
                if not positions or positions[-1] != position:
                    if items.excludes and not items.holds(line.sku, line.categories):
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
        for promotion in entered.values():
            if promotion.paused:
                continue
            for items, concerns in _item_sets(promotion):
                if items.everything and concerns:
                    self._everywhere[promotion.code] = promotion
                mention = _Mention(promotion, items, concerns)
                for sku in items.skus:
                    self._by_sku[sku] = (*self._by_sku.get(sku, ()), mention)
                for category in items.category_codes:
                    self._by_category[category] = (*self._by_category.get(category, ()), mention)

    def _take_out(self, promotion: Promotion) -> None:
        for items, _ in _item_sets(promotion):
            for names, index in ((items.skus, self._by_sku), (items.category_codes, self._by_category)):
                for name in names:
                    left = tuple([mention for mention in index.pop(name, ()) if mention.promotion is not promotion])
                    if left:
                        index[name] = left


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
