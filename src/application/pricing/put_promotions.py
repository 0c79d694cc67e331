"""HQ creates and changes promotions."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from application.fields import at_most, named_once
from application.ports.kernel import UnitOfWork
from application.ports.promotion_lives import Lived
from application.pricing.condition_fields import conditions
from application.pricing.coupon_batches import UnknownCouponBatch
from application.pricing.promotion_fields import checked_promotion, item_sets
from application.pricing.promotion_overlaps import overlaps_of
from application.pricing.promotion_scope import check_may_change, check_terms_in_scope
from application.pricing.put_campaigns import check_campaigns
from domain.pricing.overlap import Overlap
from domain.pricing.plug_in import check_plug_in
from domain.pricing.promotion import Gift, ItemSet, Promotion
from domain.pricing.promotion_life import Life, LifeStep, Person, StepKind, put
from domain.shared.errors import NotFound, Refusal, Rejected

PROMOTIONS_PER_REQUEST_MAX: Final = 1_000
PROMOTIONS_MAX: Final = 20_000
"""All of them are kept in memory."""

Named: TypeAlias = Iterator[tuple[str, str]]
"""Codes that the terms name, each after its path in the request."""


class TooManyPromotions(Rejected):
    en = "The chain would have {count} promotions; {count_max} are supported. Put new terms under a code that is over."
    zh = "连锁将有 {count} 个促销，最多支持 {count_max} 个。请用不再使用的促销代码存放新条款。"


class UnknownSku(NotFound):
    en = "There is no product with SKU “{code}”. Create it with PutProducts first."
    zh = "没有 SKU 为“{code}”的商品，请先用 PutProducts 创建。"


class UnknownCategory(NotFound):
    en = "There is no category “{code}”. Create it with PutCategories first."
    zh = "没有分类“{code}”，请先用 PutCategories 创建。"


class UnknownStore(NotFound):
    en = "There is no store “{code}”. Create it with PutStores first."
    zh = "没有门店“{code}”，请先用 PutStores 创建。"


class UnknownRegion(NotFound):
    en = "There is no region “{code}”. Create it with PutRegions first."
    zh = "没有区域“{code}”，请先用 PutRegions 创建。"


@dataclass(frozen=True, slots=True)
class PutPromotions:
    promotions: tuple[Promotion, ...] = ()


@dataclass(frozen=True, slots=True)
class PromotionsPut:
    """How many were new and how many were different before, and what these compete with.

    `more_overlaps` when there was more to look at than one answer holds.
    """

    created: int
    changed: int
    overlaps: Sequence[Overlap] = ()
    more_overlaps: bool = False


def put_promotions(uow: UnitOfWork, command: PutPromotions) -> PromotionsPut:
    """Puts up to 1,000 promotions in force at once by code, all or none; sales already made keep what they were given.

    Raises UnknownSku, UnknownCategory, UnknownStore, UnknownRegion, UnknownCouponBatch, TooManyPromotions,
    OutsideScope, OthersPromotion, LocalPromotionsLocked, UnknownPlugIn, InvalidParameters and the refusals of
    `checked_promotion` and `check_campaigns`.
    """
    at_most(command.promotions, PROMOTIONS_PER_REQUEST_MAX, field="promotions")
    promotions = [
        checked_promotion(promotion, field=f"promotions[{index}]") for index, promotion in enumerate(command.promotions)
    ]
    named_once([promotion.code for promotion in promotions], field="promotions")
    for index, promotion in enumerate(promotions):
        check_plug_in(uow.pricing.plug_ins, promotion.benefit, field=f"promotions[{index}].benefit")
    # Whoever puts promotions waits here for the one before, so that what is compared stays true.
    uow.bump("promotion_lives")
    uow.refresh()
    _check_names(uow, promotions)
    stored = uow.pricing.promotions([promotion.code for promotion in promotions])
    lives = uow.promotion_lives.lives([promotion.code for promotion in promotions])
    for index, promotion in enumerate(promotions):
        check_terms_in_scope(uow, promotion, field=f"promotions[{index}]")
        before = Lived(lives.get(promotion.code, Life(promotion.code)), stored.get(promotion.code))
        check_may_change(uow, before, field=f"promotions[{index}].code")
    created = [promotion for promotion in promotions if promotion.code not in stored]
    changed = [promotion for promotion in promotions if stored.get(promotion.code, promotion) != promotion]
    if created:
        check_room(uow, len(created), field="promotions")
    found = overlaps_of(uow, created + changed)
    uow.pricing.put_promotions(created + changed, version=uow.bump("promotions"))
    _record(uow, created + changed, lives)
    return PromotionsPut(len(created), len(changed), found.overlaps, not found.complete)


def check_room(uow: UnitOfWork, new: int, *, field: str) -> None:
    """Refuses more promotions than are kept in memory: TooManyPromotions."""
    count = uow.pricing.count_promotions() + new
    if count > PROMOTIONS_MAX:
        raise TooManyPromotions(field, count=count, count_max=PROMOTIONS_MAX)


def check_names(uow: UnitOfWork, promotion: Promotion, *, field: str) -> None:
    """Refuses the first code in the terms, by kind of thing, that names nothing; `field` is the path of the terms."""
    try:
        _check_names(uow, [promotion])
    except Refusal as refusal:
        refusal.field = refusal.field.replace("promotions[0]", field, 1)
        raise


def _record(uow: UnitOfWork, promotions: Sequence[Promotion], lives: Mapping[str, Life]) -> None:
    """Each of them as drafted, reviewed and published in one step."""
    lived = [Lived(put(lives.get(one.code, Life(one.code)), one), one) for one in promotions]
    person = Person(uow.caller.caller_id, uow.caller.staff_id)
    steps = [LifeStep(one.life.code, one.life.steps, one.life.revision, StepKind.PUT, uow.now, person) for one in lived]
    uow.promotion_lives.put(lived, steps)


def _check_names(uow: UnitOfWork, promotions: Sequence[Promotion]) -> None:
    """Refuses the first code, by kind of thing, that names nothing; fields begin with `promotions`."""
    check_campaigns(uow, promotions, field="promotions")
    skus = {code for _, code in _skus(promotions)}
    _check_known(_skus, promotions, uow.catalog.sku_ids(skus) if skus else (), UnknownSku)
    category_codes = [category.code for category in uow.catalog.categories()] if any(_categories(promotions)) else ()
    _check_known(_categories, promotions, category_codes, UnknownCategory)
    _check_known(_stores, promotions, uow.chain.store_ids, UnknownStore)
    batches = {code for _, code in _batches(promotions)}
    _check_known(_batches, promotions, uow.coupons.batches(batches) if batches else (), UnknownCouponBatch)
    _check_known(_regions, promotions, [region.code for region in uow.chain.regions.values()], UnknownRegion)


def _check_known(
    named: Callable[[Sequence[Promotion]], Named],
    promotions: Sequence[Promotion],
    known: Collection[str],
    unknown: type[Refusal],
) -> None:
    known = frozenset(known)
    for field, code in named(promotions):
        if code not in known:
            raise unknown(field, code=code)


def _skus(promotions: Sequence[Promotion]) -> Named:
    for path, items in _item_sets(promotions):
        yield from _listed(f"{path}.skus", items.skus)
        yield from _listed(f"{path}.excluded_skus", items.excluded_skus)
    for index, promotion in enumerate(promotions):
        benefit, path = promotion.benefit, f"promotions[{index}].benefit"
        yield from _gifts(path, benefit.gifts)
        for number, step in enumerate(benefit.steps):
            yield from _gifts(f"{path}.steps[{number}]", step.gifts)


def _gifts(path: str, gifts: Sequence[Gift]) -> Named:
    return ((f"{path}.gifts[{index}].sku", gift.sku) for index, gift in enumerate(gifts))


def _categories(promotions: Sequence[Promotion]) -> Named:
    for path, items in _item_sets(promotions):
        yield from _listed(f"{path}.category_codes", items.category_codes)
        yield from _listed(f"{path}.excluded_category_codes", items.excluded_category_codes)


def _stores(promotions: Sequence[Promotion]) -> Named:
    for index, promotion in enumerate(promotions):
        yield from _listed(f"promotions[{index}].store_codes", promotion.store_codes)
        yield from _listed(f"promotions[{index}].excluded_store_codes", promotion.excluded_store_codes)
        for path, condition in conditions(promotion, f"promotions[{index}]"):
            yield from _listed(f"{path}.store_codes", condition.store_codes)


def _regions(promotions: Sequence[Promotion]) -> Named:
    for index, promotion in enumerate(promotions):
        yield from _listed(f"promotions[{index}].region_codes", promotion.region_codes)
        for path, condition in conditions(promotion, f"promotions[{index}]"):
            yield from _listed(f"{path}.region_codes", condition.region_codes)


def _batches(promotions: Sequence[Promotion]) -> Named:
    for index, promotion in enumerate(promotions):
        if promotion.coupon_batch_code:
            yield f"promotions[{index}].coupon_batch_code", promotion.coupon_batch_code
        if promotion.benefit.coupon_batch_code:
            yield f"promotions[{index}].benefit.coupon_batch_code", promotion.benefit.coupon_batch_code


def _item_sets(promotions: Sequence[Promotion]) -> Iterator[tuple[str, ItemSet]]:
    for index, promotion in enumerate(promotions):
        yield from item_sets(promotion, f"promotions[{index}]")


def _listed(path: str, codes: Sequence[str]) -> Named:
    return ((f"{path}[{index}]", code) for index, code in enumerate(codes))
