from dataclasses import replace

import numpy as np
import pytest

from domain.replenishment.classification import AbcClass
from domain.replenishment.rule import (
    ABC_NUMBERS,
    NO_RULE,
    BoundsNeedMinMax,
    GoodsKind,
    MaximumBelowMinimum,
    Method,
    PlaceKind,
    ReplenishmentRule,
    check_bounds,
    rules_in_force,
)

ALL = ReplenishmentRule(
    place_kind=PlaceKind.CHAIN,
    place_id=0,
    goods_kind=GoodsKind.ALL,
    goods_id=0,
    method=Method.DEMAND,
    service_bp=9500,
    lead_days=3,
    lead_deviation_milli=0,
    review_days=0,
    cover_days=0,
    minimum_milli=0,
    maximum_milli=0,
    pack_milli=0,
    order_minimum_milli=0,
    source_store_id=None,
    surplus_days=0,
    ended=False,
)
EAST, WEST = 1, 2
FOOD, DRINKS, TEA = 10, 11, 12
A = ABC_NUMBERS[AbcClass.A]


def about(goods_kind, goods_id=0, place_kind=PlaceKind.CHAIN, place_id=0, **changes):
    return replace(ALL, goods_kind=goods_kind, goods_id=goods_id, place_kind=place_kind, place_id=place_id, **changes)


def in_force(*rules, classes=((0, 0, 0), (0, 0, 0))):
    """Stores 1 (east) and 2 (west); SKUs 101 (tea), 102 (drinks) and 103 (another department)."""
    found = rules_in_force(
        rules,
        store_ids=[1, 2],
        region_ids=[EAST, WEST],
        sku_ids=[101, 102, 103],
        category_paths=[(FOOD, DRINKS, TEA), (FOOD, DRINKS), (99,)],
        classes=np.array(classes),
    )
    return found.tolist()


def test_the_nearest_goods_hold_before_the_nearest_place():
    sku_everywhere = about(GoodsKind.SKU, 101)
    everything_in_a_store = about(GoodsKind.ALL, 0, PlaceKind.STORE, 1)
    assert in_force(sku_everywhere, ALL, everything_in_a_store) == [[0, 2, 2], [0, 1, 1]]


def test_of_equal_goods_a_store_holds_before_its_region_and_the_chain():
    rules = [about(GoodsKind.ALL, 0, PlaceKind.STORE, 2), about(GoodsKind.ALL, 0, PlaceKind.REGION, WEST), ALL]
    assert in_force(*rules) == [[2, 2, 2], [0, 0, 0]]
    assert in_force(*rules[1:]) == [[1, 1, 1], [0, 0, 0]]


def test_the_nearest_category_holds_before_the_class_and_the_departments():
    rules = [about(GoodsKind.CATEGORY, one) for one in (TEA, FOOD)] + [about(GoodsKind.ABC_CLASS, A), ALL]
    assert in_force(*rules, classes=((A, A, A), (0, 0, 0))) == [[0, 1, 2], [0, 1, 3]]


def test_what_is_ended_or_of_other_places_and_goods_holds_nowhere():
    ended = about(GoodsKind.SKU, 101, ended=True)
    others = [about(GoodsKind.SKU, 777), about(GoodsKind.ALL, 0, PlaceKind.STORE, 77), about(GoodsKind.CATEGORY, 7)]
    assert in_force(ended, *others) == [[NO_RULE] * 3] * 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"method": Method.MIN_MAX}, BoundsNeedMinMax),
        ({"minimum_milli": 1}, BoundsNeedMinMax),
        ({"maximum_milli": 1}, BoundsNeedMinMax),
        ({"method": Method.MIN_MAX, "minimum_milli": 2, "maximum_milli": 1}, MaximumBelowMinimum),
    ],
)
def test_refuses_bounds_that_say_nothing(changes, refusal):
    with pytest.raises(refusal) as refused:
        check_bounds(replace(ALL, **changes), field="rules[0]")
    assert refused.value.field == "rules[0].maximum_milli"


def test_takes_bounds_of_min_max():
    check_bounds(replace(ALL, method=Method.MIN_MAX, minimum_milli=1, maximum_milli=1), field="rules[0]")
    check_bounds(ALL, field="rules[0]")
