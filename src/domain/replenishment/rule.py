"""Rules of replenishment: which goods are ordered where, for how long and how safely. The narrowest rule holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from domain.replenishment.classification import AbcClass
from domain.replenishment.targets import Integers
from domain.shared.errors import Invalid

NO_RULE: Final = -1
ABC_NUMBERS: Final[Mapping[AbcClass, int]] = {letter: number for number, letter in enumerate(AbcClass, start=1)}
"""Classes as the numbers that rules and arrays hold."""


class PlaceKind(StrEnum):
    """A part of the chain, the widest first."""

    CHAIN = "chain"
    REGION = "region"
    STORE = "store"


class GoodsKind(StrEnum):
    """Goods, the widest first: everything, an ABC class, a category with those below it, one SKU."""

    ALL = "all"
    ABC_CLASS = "abc_class"
    CATEGORY = "category"
    SKU = "sku"


class Method(StrEnum):
    """How much is ordered: what demand asks for, up to a maximum once a minimum is reached, or nothing."""

    DEMAND = "demand"
    MIN_MAX = "min_max"
    NOTHING = "nothing"


class DemandBasis(StrEnum):
    """What demand is taken to be: the mean of the last eight weeks, or what is forecast of the days to cover."""

    MEAN = "mean"
    FORECAST = "forecast"


class MaximumBelowMinimum(Invalid):
    en = "The maximum of {maximum_milli} thousandths lies below the minimum of {minimum_milli}."
    zh = "最高库存（千分之 {maximum_milli}）低于最低库存（千分之 {minimum_milli}）。"


class BoundsNeedMinMax(Invalid):
    en = "Minimum and maximum belong to the method min_max, which needs a maximum. Use it, or leave both out."
    zh = "最低和最高库存只用于 min_max 方法，且该方法必须给出最高库存。请改用该方法，或都留空。"


@dataclass(frozen=True, slots=True)
class ReplenishmentRule:
    """How some goods are replenished in a part of the chain.

    `place_id` is 0 for the chain, `goods_id` 0 for everything, else the number of a class (ABC_NUMBERS), a category or
    a SKU. An order takes `lead_days`, with a standard deviation of `lead_deviation_milli` thousandths of a day, and the
    next one is `review_days` away; it brings the demand of `cover_days` on top. 0 lead days, a pack or an order minimum
    of 0 are the supplier's. Goods come from `source_store_id` first when there is one, such as a warehouse, and beyond
    `surplus_days` of demand, when that is above 0, they are there for others. An ended rule holds for nothing.
    Without `demand` the setting says what demand is.
    """

    place_kind: PlaceKind
    place_id: int
    goods_kind: GoodsKind
    goods_id: int
    method: Method
    service_bp: int
    lead_days: int
    lead_deviation_milli: int
    review_days: int
    cover_days: int
    minimum_milli: int
    maximum_milli: int
    pack_milli: int
    order_minimum_milli: int
    source_store_id: int | None
    surplus_days: int
    ended: bool
    demand: DemandBasis | None = None


def check_bounds(rule: ReplenishmentRule, *, field: str) -> None:
    """Refuses bounds that do not belong to the method or contradict each other.

    Raises BoundsNeedMinMax and MaximumBelowMinimum.
    """
    if (rule.method is Method.MIN_MAX) != (rule.maximum_milli > 0) or (
        rule.method is not Method.MIN_MAX and rule.minimum_milli
    ):
        raise BoundsNeedMinMax(f"{field}.maximum_milli")
    if rule.maximum_milli < rule.minimum_milli:
        raise MaximumBelowMinimum(
            f"{field}.maximum_milli", maximum_milli=rule.maximum_milli, minimum_milli=rule.minimum_milli
        )


def rules_in_force(
    rules: Sequence[ReplenishmentRule],
    *,
    store_ids: Sequence[int],
    region_ids: Sequence[int],
    sku_ids: Sequence[int],
    category_paths: Sequence[Sequence[int]],
    classes: Integers,
) -> Integers:
    """Which of the rules holds for each store (row) and SKU (column): its position, NO_RULE where there is none.

    What is said of a SKU holds before what is said of a category, the nearest one first, of a class, of all goods; of
    equal goods what is said of a store before a region and the chain. `region_ids` has one element per store,
    `category_paths` one per SKU, its department first and its own category last; `classes` holds the number of the ABC
    class per store and SKU.
    """
    found = np.full((len(store_ids), len(sku_ids)), NO_RULE, dtype=np.int64)
    stores = {store_id: np.array([row]) for row, store_id in enumerate(store_ids)}
    regions = {region: np.flatnonzero(np.array(region_ids) == region) for region in set(region_ids)}
    columns = {sku_id: np.array([column]) for column, sku_id in enumerate(sku_ids)}
    below: dict[int, list[int]] = {}
    depths: dict[int, int] = {}
    for column, path in enumerate(category_paths):
        for depth, category_id in enumerate(path):
            below.setdefault(category_id, []).append(column)
            depths[category_id] = depth
    everywhere, everything = np.arange(len(store_ids)), np.arange(len(sku_ids))
    none = np.array([], dtype=np.int64)
    # From the widest to the narrowest: what holds is what was written last.
    for position, rule in sorted(enumerate(rules), key=lambda item: _narrowness(item[1], depths)):
        rows = everywhere
        if rule.place_kind is not PlaceKind.CHAIN:
            rows = (regions if rule.place_kind is PlaceKind.REGION else stores).get(rule.place_id, none)
        goods = everything
        if rule.goods_kind is GoodsKind.SKU:
            goods = columns.get(rule.goods_id, none)
        elif rule.goods_kind is GoodsKind.CATEGORY:
            goods = np.array(below.get(rule.goods_id, []), dtype=np.int64)
        if rule.ended or not rows.size or not goods.size:
            continue
        cells = np.ix_(rows, goods)
        if rule.goods_kind is GoodsKind.ABC_CLASS:
            found[cells] = np.where(classes[cells] == rule.goods_id, position, found[cells])
        else:
            found[cells] = position
    return found


_PLACES: Final = {kind: width for width, kind in enumerate(PlaceKind)}
_GOODS: Final = {kind: width for width, kind in enumerate(GoodsKind)}


def _narrowness(rule: ReplenishmentRule, depths: Mapping[int, int]) -> tuple[int, int, int]:
    depth = depths.get(rule.goods_id, 0) if rule.goods_kind is GoodsKind.CATEGORY else 0
    return _GOODS[rule.goods_kind], depth, _PLACES[rule.place_kind]
