"""Promotions that can want the same goods are found, and no others."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.offers import Goods
from domain.pricing.overlap import Overlap, Overlaps, Precedence
from domain.pricing.promoting import Promoting
from domain.pricing.promotion import Benefit, BenefitKind, Component, ItemSet, Promotion, Situation
from domain.pricing.promotion_book import PromotionBook
from domain.shared.money import Rounding

ALL = ItemSet(everything=True)
TEA = ItemSet(skus=("TEA",))
DRINKS = ItemSet(category_codes=("DRINK",))
CATEGORY_LINES = {"FOOD": {"FOOD"}, "DRINK": {"DRINK", "FOOD"}, "HOME": {"HOME"}}
SKU_CATEGORIES = {"TEA": {"DRINK", "FOOD"}, "HAM": {"FOOD"}, "MUG": {"HOME"}}
TODAY = "2026-06-01"
SITUATIONS = [
    Situation(store, region, "store", currency, "", False, date.fromisoformat(TODAY), 0)
    for store, region, currency in (("S1", "EAST", "CNY"), ("S2", "EAST", "CNY"), ("S3", "WEST", "USD"))
]


def rate(code: str, items: ItemSet = ALL, **terms: Any) -> Promotion:
    return Promotion(code, code, Benefit(BenefitKind.RATE, items, rate_bp=1_000), **terms)


def overlaps(*others: Promotion, of: Promotion, compared_max: int = 100, overlaps_max: int = 100) -> list[Overlap]:
    return among(*others).of(of, overlaps_max=overlaps_max, compared_max=compared_max)[0].overlaps


def among(*others: Promotion) -> Overlaps:
    return Overlaps(
        others, sku_categories=SKU_CATEGORIES, category_lines=CATEGORY_LINES, situations=SITUATIONS, today=TODAY
    )


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({}, {}),
        ({"items": TEA}, {"items": TEA}),
        ({"items": TEA}, {"items": DRINKS}),
        ({"items": TEA}, {"items": ItemSet(category_codes=("FOOD",))}),
        ({"items": DRINKS}, {"items": ItemSet(category_codes=("FOOD",))}),
        ({"items": TEA}, {}),
        ({"items": DRINKS}, {}),
        ({"items": ItemSet(everything=True, excluded_skus=("HAM",))}, {"items": TEA}),
        ({"items": ItemSet(brands=("B",))}, {"items": TEA}),
        ({"items": ItemSet(supplier_codes=("SUP",))}, {"items": ItemSet(tags=("T",))}),
        ({"from_date": "2026-06-30"}, {"until_date": "2026-07-01"}),
        ({"from_minute": 1_320, "until_minute": 120}, {"until_minute": 60}),
        # The small hours of Monday belong to Sunday evening.
        ({"weekdays": (7,), "from_minute": 1_320, "until_minute": 120}, {"weekdays": (1,), "until_minute": 60}),
        # They reach into the day on which it is over.
        (
            {"from_minute": 1_320, "until_minute": 120, "until_date": "2026-07-01"},
            {"from_date": "2026-07-01", "until_minute": 60},
        ),
        ({"store_codes": ("S1",)}, {"region_codes": ("EAST",)}),
        ({"tiers": ("gold", "silver")}, {"tiers": ("gold",)}),
        ({"members_only": True}, {}),
        ({"channels": ("online",)}, {}),
        ({"currency": "CNY"}, {}),
    ],
)
def test_finds_what_can_meet(mine: dict[str, Any], theirs: dict[str, Any]):
    one, other = rate("A", **mine), rate("B", **theirs)
    assert [found.other_code for found in overlaps(other, of=one)] == ["B"]
    assert [found.other_code for found in overlaps(one, of=other)] == ["A"]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ({"stage": 1}, {}),
        ({"items": TEA}, {"items": ItemSet(skus=("HAM",))}),
        ({"items": DRINKS}, {"items": ItemSet(category_codes=("HOME",))}),
        # What is excluded otherwise names no further goods.
        ({"items": ItemSet(skus=("HAM",), excluded_brands=("B",))}, {"items": TEA}),
        ({"items": ItemSet(skus=("HAM",))}, {"items": DRINKS}),
        ({"items": ItemSet(everything=True, excluded_skus=("TEA",))}, {"items": TEA}),
        ({"items": ItemSet(everything=True, excluded_category_codes=("FOOD",))}, {"items": DRINKS}),
        ({"items": ItemSet(category_codes=("FOOD",), excluded_category_codes=("DRINK",))}, {"items": TEA}),
        ({"from_date": "2026-07-01"}, {"until_date": "2026-07-01"}),
        ({"until_date": TODAY}, {}),
        ({"paused": True}, {}),
        ({"weekdays": (1, 2)}, {"weekdays": (3,)}),
        ({"from_minute": 600}, {"until_minute": 600}),
        ({"store_codes": ("S1",)}, {"store_codes": ("S2",)}),
        ({"store_codes": ("S1",)}, {"region_codes": ("WEST",)}),
        ({"store_codes": ("S1",)}, {"excluded_store_codes": ("S1",)}),
        ({"region_codes": ("NORTH",)}, {}),
        ({"currency": "CNY"}, {"currency": "USD"}),
        ({"currency": "CNY"}, {"store_codes": ("S3",)}),
        ({"tiers": ("gold",)}, {"tiers": ("silver",)}),
        ({"channels": ("online",)}, {"channels": ("store",)}),
    ],
)
def test_passes_over_what_never_meets(mine: dict[str, Any], theirs: dict[str, Any]):
    one, other = rate("A", **mine), rate("B", **theirs)
    if not one.paused:
        assert overlaps(other, of=one) == []
    assert overlaps(one, of=other) == []


def test_goods_that_have_to_be_bought_are_wanted_too():
    benefit = Benefit(BenefitKind.BUY_GET, ItemSet(skus=("MUG",)), components=(Component(TEA, 1),), units=1, rate_bp=1)
    both = Promotion("GET", "", benefit)
    bundle = Promotion("SET", "", Benefit(BenefitKind.SET_PRICE, components=(Component(DRINKS, 2),), price_minor=1))
    assert [found.other_code for found in overlaps(bundle, both, of=rate("A", TEA))] == ["GET", "SET"]
    assert [found.other_code for found in overlaps(bundle, both, of=rate("A", ItemSet(skus=("MUG",))))] == ["GET"]


def test_rewards_compete_with_nothing():
    points = Promotion("POINTS", "", Benefit(BenefitKind.POINTS, TEA, points_factor_bp=20_000))
    assert overlaps(points, of=rate("A", TEA)) == []
    assert overlaps(rate("A", TEA), of=points) == []


def test_says_who_has_the_first_choice_and_gives_an_instance():
    one = rate("A", from_date="2026-06-10", store_codes=("S2", "S3"))
    assert overlaps(rate("B", priority=1), of=one) == [Overlap("A", "B", Precedence.PRIORITY, "B", "S2", "2026-06-10")]
    assert overlaps(rate("B", priority=-1), of=one)[0].winner_code == "A"
    assert overlaps(rate("B"), of=one)[0] == Overlap("A", "B", Precedence.ADVANTAGE, "", "S2", "2026-06-10")
    assert overlaps(rate("B", exclusive=True, priority=3), of=one)[0].precedence is Precedence.EXCLUSIVE


def test_looks_at_no_more_than_it_may():
    others = among(*[rate(f"P{number:02d}") for number in range(10)])
    found, compared = others.of(rate("A"), overlaps_max=3, compared_max=100)
    assert (len(found.overlaps), found.complete, compared) == (3, False, 3)
    found, compared = others.of(rate("A"), overlaps_max=100, compared_max=4)
    assert (len(found.overlaps), found.complete, compared) == (4, False, 4)
    found, compared = others.of(rate("A"), overlaps_max=10, compared_max=10)
    assert (len(found.overlaps), found.complete) == (10, True)


def test_compares_only_what_shares_goods():
    others = among(*[rate(f"P{number}", ItemSet(skus=(f"SKU{number}",))) for number in range(1_000)])
    found, compared = others.of(rate("A", ItemSet(skus=("SKU7",))), overlaps_max=100, compared_max=100)
    assert ([one.other_code for one in found.overlaps], compared) == (["P7"], 1)


goods = st.sampled_from(
    [ALL, TEA, DRINKS, ItemSet(skus=("HAM", "MUG")), ItemSet(category_codes=("FOOD",)),
     ItemSet(category_codes=("FOOD",), excluded_skus=("TEA",)),
     ItemSet(everything=True, excluded_category_codes=("DRINK",))]
)  # fmt: skip
times = st.fixed_dictionaries(
    {},
    optional={
        "from_date": st.sampled_from(["2026-06-02", "2026-06-04"]),
        "until_date": st.sampled_from(["2026-06-05", "2026-06-06"]),
        "weekdays": st.sampled_from([(1, 2), (3, 4, 5)]),
        "from_minute": st.sampled_from([0, 600, 1_320]),
        "until_minute": st.sampled_from([120, 660]),
        "store_codes": st.sampled_from([("S1",), ("S1", "S2")]),
        "excluded_store_codes": st.sampled_from([("S2",)]),
        "region_codes": st.sampled_from([("EAST",), ("WEST",)]),
        "channels": st.sampled_from([("store",), ("online", "store")]),
        "tiers": st.sampled_from([("gold",), ("silver", "gold")]),
    },
).filter(lambda terms: not terms.get("from_minute") or terms.get("from_minute") != terms.get("until_minute"))


@given(goods, times, goods, times)
def test_whatever_competes_in_a_basket_was_found(mine: ItemSet, my_terms: Any, theirs: ItemSet, their_terms: Any):
    """In every store and hour of a week, by every buyer: where one gets the goods of the other, both overlap."""
    one, other = rate("A", mine, **my_terms), rate("B", theirs, **their_terms)
    found = bool(overlaps(other, of=one))
    shelf = [Goods(sku, frozenset(lines), 1_000, 1_000) for sku, lines in SKU_CATEGORIES.items()]
    book = PromotionBook([one, other])
    for day in range(7):
        for minute in (30, 100, 610, 1_330):
            for here in SITUATIONS:
                for tier in ("gold", "silver"):
                    on = date.fromisoformat(TODAY) + timedelta(days=day)
                    situation = replace(here, tier=tier, member=True, on=on, minute=minute)
                    told = Promoting(book, situation).consider(shelf, Rounding.HALF_UP)
                    competed = any(considered.beaten_by for considered in told)
                    assert found or not competed
