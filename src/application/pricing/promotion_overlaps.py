"""Which promotions would come to want the same goods, looked for before and when one is published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import required_code
from application.ports.kernel import UnitOfWork
from application.pricing.promotion_scope import calendar_days, situation_in
from application.pricing.promotion_views import UnknownPromotion, seen_promotion
from domain.pricing.overlap import Found, Overlap, Overlaps, wanted
from domain.pricing.promotion import Promotion

OVERLAPS_MAX: Final = 100
"""Overlaps that one answer tells."""
COMPARED_MAX: Final = 50_000
"""Pairs of promotions that one answer compares, after those that share no goods are left out."""


@dataclass(frozen=True, slots=True)
class FindPromotionOverlaps:
    """The draft of a promotion, or what is published where it has none."""

    code: str


@dataclass(frozen=True, slots=True)
class OverlapsFound:
    """`more_overlaps` when there was more to look at than one answer holds."""

    overlaps: Sequence[Overlap]
    more_overlaps: bool


def find_promotion_overlaps(uow: UnitOfWork, query: FindPromotionOverlaps) -> OverlapsFound:
    """What a promotion would compete with; raises UnknownPromotion."""
    code = required_code(query.code, field="code")
    uow.refresh()
    lived = seen_promotion(uow, code)
    terms = lived.life.draft or lived.published
    if terms is None:
        raise UnknownPromotion("code", code=code)
    found = overlaps_of(uow, [terms])
    return OverlapsFound(found.overlaps, not found.complete)


def overlaps_of(uow: UnitOfWork, promotions: Sequence[Promotion]) -> Found:
    """The overlaps of these promotions with each other and with all that are published; a warning, never a refusal.

    The published ones are those that the last refresh has found.
    """
    new = {promotion.code: promotion for promotion in promotions if not promotion.paused}
    stages = {promotion.stage for promotion in new.values()}
    others = [
        promotion
        for promotion in uow.pricing.promotion_book().promotions.values()
        if promotion.stage in stages and promotion.code not in new
    ]
    found = Found([])
    if len(new) + len(others) < 2 or not new:
        return found
    compared = _overlaps(uow, [*others, *new.values()])
    pairs = 0
    told: set[tuple[str, str]] = set()
    for promotion in new.values():
        left = OVERLAPS_MAX - len(found.overlaps)
        more, count = compared.of(promotion, overlaps_max=left, compared_max=COMPARED_MAX - pairs)
        pairs += count
        found.overlaps += [one for one in more.overlaps if (one.other_code, one.code) not in told]
        told.update((one.code, one.other_code) for one in more.overlaps)
        found.complete = found.complete and more.complete
    return found


def _overlaps(uow: UnitOfWork, promotions: Sequence[Promotion]) -> Overlaps:
    chain = uow.chain
    skus = _skus(promotions)
    category_ids = uow.catalog.category_ids(skus) if skus else {}
    by_code = {
        category.code: chain.category_codes.get(category.category_id, ()) for category in uow.catalog.categories()
    }
    return Overlaps(
        promotions,
        sku_categories={sku: chain.category_codes.get(category_id, ()) for sku, category_id in category_ids.items()},
        category_lines=by_code,
        situations=[situation_in(uow, store) for store in sorted(chain.stores.values(), key=lambda one: one.code)],
        today=calendar_days(uow)[0],
    )


def _skus(promotions: Iterable[Promotion]) -> set[str]:
    return {sku for promotion in promotions for items in wanted(promotion) for sku in items.skus}
