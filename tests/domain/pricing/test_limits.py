"""The engine within limits: caps that sum, budgets that are shared, a search that takes them into account."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.allowance import allowance_for
from domain.pricing.goods import Goods, Remaining
from domain.pricing.limits import Campaign, Limit, LimitLeft, Limits, WhenShort
from domain.pricing.offers import offer
from domain.pricing.promoting import Considered, Promoting, Stacking
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion, Situation, Unmet
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.promotion_use import CounterKey, PromotionCounter, Subject, counter_keys, limits_left
from domain.shared.money import Rounding
from tests.domain.pricing.pools import often

ALL = ItemSet(everything=True)
HALF_UP = Rounding.HALF_UP


def goods(sku: str, value_minor: int, quantity_milli: int = 1_000) -> Goods:
    return Goods(sku, frozenset({"all"}), quantity_milli, value_minor)


def off(code: str, off_minor: int, *skus: str, stage: int = 0, **limits: Any) -> Promotion:
    items = ItemSet(skus=skus) if skus else ALL
    return Promotion(
        code, code, Benefit(BenefitKind.AMOUNT, items, off_minor=off_minor), stage=stage, limits=Limits(**limits)
    )


def situation(*lefts: LimitLeft, member: bool = True) -> Situation:
    return Situation("S1", "EAST", "store", "CNY", "", member, date(2026, 6, 15), 600, limits_left=lefts)


def consider(
    promotions: list[Promotion],
    lines: list[Goods],
    *lefts: LimitLeft,
    stacking: Stacking = Stacking.COMPOUND,
    **who: Any,
) -> list[Considered]:
    return Promoting(PromotionBook(promotions), situation(*lefts, **who), stacking).consider(lines, HALF_UP)


def told(considered: list[Considered]) -> dict[str, Any]:
    """By code: what it took off, or why nothing; and the limit in its way with what that left."""
    return {
        one.code: (one.off_minor if one.applied else one.unmet, *((one.limit, one.limit_left) if one.limit else ()))
        for one in considered
    }


@pytest.mark.parametrize("limit", list(Limit))
def test_gives_nothing_once_a_limit_leaves_nothing(limit: Limit):
    promotion = off(
        "P", 100, campaign_code="C", **({limit.value: 5} if limit.value in Limits.__dataclass_fields__ else {})
    )
    unmet = Unmet.NOT_NOW if limit is Limit.PERIOD else Unmet.EXHAUSTED
    assert told(consider([promotion], [goods("a", 500)], LimitLeft("P", limit, 0))) == {"P": (unmet, limit, 0)}


@pytest.mark.parametrize("limit", [Limit.DISCOUNT, Limit.DISCOUNT_PER_DAY, Limit.DISCOUNT_PER_MEMBER, Limit.BUDGET])
def test_is_cut_to_what_an_amount_leaves(limit: Limit):
    lines = [goods("a", 500), goods("b", 250), goods("c", 250)]
    [one] = consider([off("P", 100, campaign_code="C")], lines, LimitLeft("P", limit, 41))
    assert (one.off_minor, one.off_by_line, one.base_minor) == (41, [21, 10, 10], 1_000)
    assert (one.limit, one.limit_left, one.uncapped_minor) == (limit, 41, 100)


@pytest.mark.parametrize(("left", "expected"), [(100, (100,)), (99, (Unmet.EXHAUSTED, Limit.DISCOUNT, 99))])
def test_is_refused_when_it_says_so_and_less_is_left_than_it_would_take(left: int, expected: tuple[Any, ...]):
    promotion = off("P", 100, discount_minor_total_max=1_000, when_short=WhenShort.REFUSE)
    assert told(consider([promotion], [goods("a", 500)], LimitLeft("P", Limit.DISCOUNT, left)))["P"] == expected


def test_the_smallest_of_several_amounts_counts():
    lefts = (
        LimitLeft("P", Limit.DISCOUNT, 80),
        LimitLeft("P", Limit.DISCOUNT_PER_MEMBER, 30),
        LimitLeft("P", Limit.BUDGET, 50),
    )
    assert told(consider([off("P", 100, campaign_code="C")], [goods("a", 500)], *lefts))["P"] == (
        30, Limit.DISCOUNT_PER_MEMBER, 30,
    )  # fmt: skip


def test_terms_alone_are_limits_that_nobody_has_drawn_on():
    assert told(consider([off("P", 100, discount_minor_total_max=70, uses_max=1)], [goods("a", 500)]))["P"] == (
        70, Limit.DISCOUNT, 70,
    )  # fmt: skip


def test_a_limit_per_member_is_for_members():
    for name in ("uses_per_member_max", "uses_per_member_per_day_max", "discount_minor_per_member_max"):
        promotion = off("P", 100, **{name: 100})
        assert told(consider([promotion], [goods("a", 500)], member=False)) == {"P": (Unmet.MEMBERS_ONLY,)}
        assert told(consider([promotion], [goods("a", 500)])) == {"P": (100,)}


def budget(left: int, *codes: str) -> tuple[LimitLeft, ...]:
    return tuple(LimitLeft(code, Limit.BUDGET, left) for code in codes)


def test_those_that_share_a_budget_never_take_more_than_it_together():
    promotions = [off("A", 100, "a", campaign_code="C"), off("B", 100, "b", campaign_code="C")]
    lines = [goods("a", 500), goods("b", 500)]
    assert told(consider(promotions, lines, *budget(150, "A", "B"))) == {"A": (100,), "B": (50, Limit.BUDGET, 50)}
    assert told(consider(promotions, lines, *budget(100, "A", "B"))) == {
        "A": (100,),
        "B": (Unmet.EXHAUSTED, Limit.BUDGET, 0),
    }
    refusing = [promotions[0], off("B", 100, "b", campaign_code="C", when_short=WhenShort.REFUSE)]
    # The one that would rather not be cut comes first: so the customer gets most.
    assert told(consider(refusing, lines, *budget(150, "A", "B"))) == {"B": (100,), "A": (50, Limit.BUDGET, 50)}
    assert told(consider(refusing, lines, *budget(99, "A", "B"))) == {
        "A": (99, Limit.BUDGET, 99),
        "B": (Unmet.EXHAUSTED, Limit.BUDGET, 99),
    }


@pytest.mark.parametrize("stacking", list(Stacking))
def test_a_later_stage_finds_what_the_earlier_one_has_left_of_a_budget(stacking: Stacking):
    promotions = [off("A", 100, campaign_code="C"), off("B", 100, stage=1, campaign_code="C")]
    found = told(consider(promotions, [goods("a", 500)], *budget(130, "A", "B"), stacking=stacking))
    both = {"A": (100,), "B": (30, Limit.BUDGET, 30)}
    assert found == (both if stacking is not Stacking.BEST else {"A": (100,), "B": (Unmet.BEATEN,)})


def test_prefers_what_takes_most_off_when_limits_are_counted():
    promotions = [off("BIG", 300, discount_minor_total_max=900), off("SMALL", 200, discount_minor_total_max=900)]
    lines = [goods("a", 500)]
    assert told(consider(promotions, lines, LimitLeft("BIG", Limit.DISCOUNT, 199))) == {
        "SMALL": (200,),
        "BIG": (Unmet.BEATEN,),
    }
    assert told(consider(promotions, lines, LimitLeft("BIG", Limit.DISCOUNT, 201))) == {
        "BIG": (201, Limit.DISCOUNT, 201),
        "SMALL": (Unmet.BEATEN,),
    }


def test_the_one_that_others_leave_little_enough_for_is_given():
    """A refusing one fits once the better one has taken its goods."""
    half = Promotion(
        "HALF", "", Benefit(BenefitKind.RATE, ALL, rate_bp=5_000), limits=Limits(100, when_short=WhenShort.REFUSE)
    )
    half = replace(half, limits=Limits(discount_minor_total_max=260, when_short=WhenShort.REFUSE))
    gone = off("GONE", 400, "a")
    assert told(consider([half, gone], [goods("a", 500), goods("b", 500)])) == {"GONE": (400,), "HALF": (250,)}


# Whatever the basket and the promotions.

SHELF = [
    goods(sku, value, quantity) for sku in "abc" for value in (0, 1, 99, 250, 1_000) for quantity in (1_000, 3_000)
]


def some_promotion(random: Random) -> Promotion:
    items = random.choice([ALL, ItemSet(skus=("a",)), ItemSet(skus=("a", "b")), ItemSet(skus=("c",))])
    kind = random.choice([BenefitKind.RATE, BenefitKind.AMOUNT, BenefitKind.UNIT_AMOUNT, BenefitKind.CHEAPEST])
    benefit = Benefit(
        kind, items, rate_bp=random.choice([500, 5_000, 10_000]), off_minor=random.choice([1, 99, 300]), units=1
    )
    limits = random.choice(
        [
            None,
            Limits(campaign_code="C"),
            Limits(campaign_code="C", discount_minor_total_max=random.choice([1, 70, 200])),
            Limits(discount_minor_total_max=random.choice([1, 70, 200])),
        ]
    )
    if limits is not None:
        limits = replace(limits, when_short=random.choice([None, WhenShort.CAP, WhenShort.REFUSE]))
    return Promotion("", "", benefit, stage=random.choice([0, 0, 1]), priority=random.choice([0, 0, 1]), limits=limits)


RANDOM = Random(20260602)
POOL = [some_promotion(RANDOM) for _ in range(800)]
baskets = st.lists(st.sampled_from(SHELF), min_size=1, max_size=4)
campaign_lefts = st.sampled_from([0, 1, 50, 120, 333, 5_000])


def several(most: int, **terms: Any) -> st.SearchStrategy[list[Promotion]]:
    def coded(promotions: list[Promotion]) -> list[Promotion]:
        return [replace(promotion, code=f"P{number}", **terms) for number, promotion in enumerate(promotions)]

    return st.lists(st.sampled_from(POOL), max_size=most).map(coded)


def lefts_of(promotions: list[Promotion], left: int) -> tuple[LimitLeft, ...]:
    return budget(left, *[one.code for one in promotions if one.limits and one.limits.campaign_code])


@often
@given(baskets, several(5), campaign_lefts, st.sampled_from(Stacking), st.integers(0, 99))
def test_stays_within_every_limit_sums_and_depends_on_no_order(lines, promotions, left, stacking, seed):
    def answer() -> dict[str, Any]:
        return told(consider(promotions, lines, *lefts_of(promotions, left), stacking=stacking))

    considered = consider(promotions, lines, *lefts_of(promotions, left), stacking=stacking)
    by_code = {promotion.code: promotion for promotion in promotions}
    of_campaign = 0
    for one in considered:
        assert sum(one.off_by_line) == one.off_minor
        limits = by_code[one.code].limits
        if limits is not None:
            assert one.off_minor <= (limits.discount_minor_total_max or one.off_minor)
            of_campaign += one.off_minor if limits.campaign_code else 0
            if limits.when_short is WhenShort.REFUSE:
                assert one.limit is None or not one.applied
        assert bool(one.beaten_by) is (one.unmet is Unmet.BEATEN)
        assert (one.unmet is Unmet.EXHAUSTED) <= (one.limit is not None)
    assert of_campaign <= left
    taken = [sum(one.off_by_line[n] for one in considered) for n in range(len(lines))]
    assert all(0 <= off <= line.value_minor for off, line in zip(taken, lines, strict=True))
    first, random = answer(), Random(seed)
    random.shuffle(promotions)
    random.shuffle(lines)
    assert answer() == first


def most_by_trying_everything(promotions: list[Promotion], lines: Remaining) -> int:
    """The most that any sequence of some of the promotions takes off."""
    most = 0
    for promotion in promotions:
        found = offer(promotion, lines, HALF_UP)
        if found.unmet is None:
            others = [other for other in promotions if other is not promotion]
            left = lines.after(promotion.code, found.parts, found.off_minor)
            most = max(most, found.off_minor + most_by_trying_everything(others, left))
    return most


@often
@given(baskets, several(4, stage=0, priority=0), campaign_lefts)
def test_finds_what_trying_everything_finds_within_the_limits(lines, promotions, left):
    at = situation(*lefts_of(promotions, left))
    given_all = Remaining(lines).allowing(allowance_for(promotions, at))
    considered = Promoting(PromotionBook(promotions), at).consider(lines, HALF_UP)
    assert sum(one.off_minor for one in considered) == most_by_trying_everything(promotions, given_all)


# What counters leave.


def test_says_what_is_left_of_each_limit_for_a_member_on_a_day():
    promotion = off(
        "P", 1, campaign_code="C",
        uses_max=10, uses_per_day_max=9, uses_per_member_max=8, uses_per_member_per_day_max=7,
        discount_minor_total_max=1_000, discount_minor_per_day_max=900, discount_minor_per_member_max=800,
    )  # fmt: skip
    campaign = Campaign("C", "C", "CNY", from_date="2026-06-01", until_date="2026-07-01", budget_minor=5_000)
    keys = list(counter_keys("P", "C", member_id=7, day="2026-06-15"))
    assert keys == [
        (Subject.CAMPAIGN, 0, "", "C"),
        (Subject.PROMOTION, 0, "", "P"),
        (Subject.PROMOTION, 0, "2026-06-15", "P"),
        (Subject.PROMOTION, 7, "", "P"),
        (Subject.PROMOTION, 7, "2026-06-15", "P"),
    ]
    counters = {key: PromotionCounter(*key, number, number * 100, 0) for number, key in enumerate(keys, start=1)}

    def left(member_id: int, day: str, local_day: str = "2026-06-15") -> dict[str, int]:
        lefts = limits_left(promotion, campaign, counters, member_id=member_id, day=day, local_day=local_day)
        return {one.limit.value: one.left for one in lefts}

    assert left(7, "2026-06-15") == {
        "uses_max": 8, "uses_per_day_max": 6, "uses_per_member_max": 4, "uses_per_member_per_day_max": 2,
        "discount_minor_total_max": 800, "discount_minor_per_day_max": 600, "discount_minor_per_member_max": 400,
        "budget_minor": 4_900,
    }  # fmt: skip
    assert left(8, "2026-06-16") == {
        "uses_max": 8, "uses_per_day_max": 9, "uses_per_member_max": 8, "uses_per_member_per_day_max": 7,
        "discount_minor_total_max": 800, "discount_minor_per_day_max": 900, "discount_minor_per_member_max": 800,
        "budget_minor": 4_900,
    }  # fmt: skip
    assert left(0, "2026-06-15", "2026-07-01") == {
        "uses_max": 8, "uses_per_day_max": 6, "discount_minor_total_max": 800, "discount_minor_per_day_max": 600,
        "budget_minor": 4_900, "period": 0,
    }  # fmt: skip
    counters[CounterKey(Subject.PROMOTION, 0, "", "P")].uses = 12
    assert left(0, "2026-06-15")["uses_max"] == 0
