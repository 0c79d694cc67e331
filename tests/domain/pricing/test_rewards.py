from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given

from domain.pricing.promoting import Promoting, Stacking
from domain.pricing.promotion import Benefit, BenefitKind, Gift, Needed, Promotion, Step, Unmet
from domain.pricing.promotion_book import PromotionBook
from domain.pricing.rewards import TIMES_MAX, CouponsAwarded
from domain.shared.money import Rounding
from tests.domain.pricing.pools import ALL, ANY, MEMBER, baskets, goods, items, often, situation, some_of, stackings


def consider(promotions, lines, *, stacking=Stacking.COMPOUND, at=MEMBER):
    return Promoting(PromotionBook(promotions), at, stacking).consider(lines, Rounding.HALF_UP)


def told(considered):
    """By code: what it took off or gave, or why nothing and who got the goods instead."""
    return {
        one.code: (one.off_minor or given_by(one)) if one.applied else (one.unmet, *one.beaten_by) for one in considered
    }


def given_by(one):
    return [(gift.units, gift.sku) for gift in one.gifts] or one.points_factor_bp or one.points or one.coupons_awarded


def gift(code, sku="g", units=1, **terms):
    benefit = {name: terms.pop(name) for name in ("items", "steps", "each") if name in terms}
    gifts = () if "steps" in benefit else (Gift(sku, units),)
    return Promotion(code, code, Benefit(BenefitKind.GIFT, **{"items": ALL, "gifts": gifts, **benefit}), **terms)


def rate(code, percent, **terms):
    return Promotion(code, code, Benefit(BenefitKind.RATE, ALL, rate_bp=percent * 100), **terms)


def test_gives_each_tier_the_steps_that_are_for_it():
    steps = (
        Step(rate_bp=300),
        Step(rate_bp=500, tiers=("gold", "silver")),
        Step(amount_minor=10_000, rate_bp=700),
        Step(amount_minor=20_000, rate_bp=900, tiers=("gold",)),
    )
    level = Promotion("L", "L", Benefit(BenefitKind.RATE, ALL, steps=steps))

    def off(value, tier):
        return told(consider([level], [goods("a", value)], at=situation(tier=tier, member=bool(tier))))["L"]

    # Of two that begin at the same, the one for the tier; of those reached, the one that begins highest.
    assert [off(1_000, tier) for tier in ("", "bronze", "silver", "gold")] == [30, 30, 50, 50]
    assert [off(10_000, tier) for tier in ("", "silver", "gold")] == [700, 700, 700]
    assert [off(20_000, tier) for tier in ("", "silver", "gold")] == [1_400, 1_400, 1_800]
    only_gold = replace(level, benefit=replace(level.benefit, steps=steps[3:]))
    found = consider([only_gold], [goods("a", 20_000)], at=situation(tier="silver", member=True))
    assert told(found) == {"L": (Unmet.NOT_FOR_TIER,)}


def test_gives_rewards_beside_whatever_is_taken_off_the_same_goods():
    points = Promotion("P", "P", Benefit(BenefitKind.POINTS, items("a"), points_factor_bp=20_000))
    coupon = Promotion("C", "C", Benefit(BenefitKind.COUPON, ALL, units=2, coupon_batch_code="NEXT"))
    found = consider([rate("R", 10), gift("G"), points, coupon], [goods("b", 500), goods("a", 1_000)])
    assert told(found) == {"R": 150, "G": [(1, "g")], "P": 20_000, "C": [CouponsAwarded("NEXT", 2)]}
    assert {one.code: (one.rewarded, one.base_minor) for one in found if one.reward} == {
        "G": ([0, 1], 1_500),
        "P": ([1], 1_000),
        "C": ([0, 1], 1_500),
    }


def test_reaches_a_step_on_what_earlier_stages_have_left_and_not_on_what_its_own_leaves():
    spend = gift("G", steps=(Step(amount_minor=900, gifts=(Gift("g", 1),)),))
    assert told(consider([rate("R", 20), spend], [goods("a", 1_000)]))["G"] == [(1, "g")]
    later = replace(spend, stage=1)
    found = consider([rate("R", 20), later], [goods("a", 1_000)])
    assert told(found) == {"R": 200, "G": (Unmet.AMOUNT_MISSING,)}
    assert found[1].missing_amount_minor == 100
    assert told(consider([rate("R", 20), later], [goods("a", 1_000)], stacking=Stacking.ADDITIVE))["G"] == [(1, "g")]


def test_gives_the_rewards_of_all_stages_where_only_the_best_stage_counts():
    found = consider([rate("A", 20), rate("B", 10, stage=1), gift("G", stage=2)], [goods("a", 1_000)],
                     stacking=Stacking.BEST)  # fmt: skip
    assert told(found) == {"A": 200, "G": [(1, "g")], "B": (Unmet.BEATEN, "A")}


def test_gives_an_exclusive_reward_only_where_nothing_else_is_given():
    alone = gift("G", exclusive=True)
    assert told(consider([alone], [goods("a", 1_000)])) == {"G": [(1, "g")]}
    assert told(consider([alone, rate("R", 10)], [goods("a", 1_000)])) == {"R": 100, "G": (Unmet.BEATEN, "R")}
    assert told(consider([alone, gift("H")], [goods("a", 1_000)])) == {"H": [(1, "g")], "G": (Unmet.BEATEN, "H")}


def test_hands_the_last_gifts_to_the_promotion_that_comes_first():
    lines = [goods("a", 1_000)]
    found = consider([gift("A", units=2), gift("B", priority=1), gift("C", "h"), gift("D", "free")], lines)
    assert told(found) == {
        "B": [(1, "g")],
        "A": [(1, "g")],
        "C": (Unmet.GIFT_OUT_OF_STOCK,),
        "D": [(1, "free")],
    }
    assert {one.code: one.gifts_missing for one in found if one.gifts_missing} == {
        "A": [Gift("g", 1)],
        "C": [Gift("h", 1)],
    }


def test_gives_gifts_for_every_step_up_to_its_times_and_never_without_end():
    each = gift("G", steps=(Step(2_000, gifts=(Gift("free", 3),)),), each=True)
    assert told(consider([each], [goods("a", 700, 7_000)])) == {"G": [(9, "free")]}
    assert told(consider([replace(each, times_max=2)], [goods("a", 700, 7_000)])) == {"G": [(6, "free")]}
    assert told(consider([each], [goods("a", 700, 10**9)])) == {"G": [(3 * TIMES_MAX, "free")]}


def test_needs_what_it_says_and_goods_of_its_own():
    needy = gift("G", items=items("a"), needs=(Needed(items("b"), 2_000),))
    assert told(consider([needy], [goods("a", 100), goods("b", 100)])) == {"G": (Unmet.QUANTITY_MISSING,)}
    assert told(consider([needy], [goods("a", 100), goods("b", 200, 2_000)])) == {"G": [(1, "g")]}
    assert consider([needy], [goods("b", 200, 2_000)]) == []
    assert told(consider([gift("G")], [])) == {"G": (Unmet.GOODS_MISSING,)}


@pytest.mark.parametrize(("member", "expected"), [(True, 5), (False, (Unmet.MEMBERS_ONLY,))])
def test_gives_points_to_members(member, expected):
    points = Promotion("P", "P", Benefit(BenefitKind.POINTS, ALL, points=5))
    assert told(consider([points], [goods("a", 100)], at=situation(member=member))) == {"P": expected}


@often
@given(baskets, some_of(ANY), stackings)
def test_gives_no_more_gifts_than_there_are(lines, promotions, stacking):
    considered = consider(promotions, lines, stacking=stacking, at=MEMBER)
    given = Counter({"g": 0, "h": 0})
    for one in considered:
        given.update({gift.sku: gift.units for gift in one.gifts})
        assert (one.unmet is Unmet.GIFT_OUT_OF_STOCK) is bool(one.gifts_missing and not one.gifts)
        assert one.reward is BenefitKind.GIFT or not (one.gifts or one.gifts_missing)
    assert given["g"] <= 2
    assert given["h"] == 0
    unbounded = consider(promotions, lines, stacking=stacking, at=situation(member=True))
    assert [one.gifts_missing for one in unbounded if one.gifts_missing] == []
