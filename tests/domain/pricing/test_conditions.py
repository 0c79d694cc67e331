"""Conditions: what holds in a situation, and what is lacking where it does not, through and, or and not."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.conditions import days_after_birthday, lacking
from domain.pricing.goods import Goods, Remaining
from domain.pricing.promoting import Promoting
from domain.pricing.promotion import (
    Benefit,
    BenefitKind,
    BirthdayDays,
    Condition,
    ConditionKind,
    Festival,
    FestivalDay,
    FestivalDays,
    ItemSet,
    Lacking,
    Needed,
    Promotion,
    Situation,
    Unmet,
)
from domain.pricing.promotion_book import PromotionBook
from domain.shared.money import Rounding
from tests.domain.pricing.pools import often

ALL = ItemSet(everything=True)
TEA, MUG = ItemSet(skus=("tea",)), ItemSet(skus=("mug",))
SITUATION = Situation(
    "S001",
    "east",
    "store",
    "CNY",
    "gold",
    True,
    date(2026, 6, 18),  # a Thursday
    19 * 60 + 30,
    member_number="M7",
    segments=("asleep", "tea lovers"),
    visit_number=10,
    days_after_birthday=-3,
    payment_kinds=("card", "points"),
    festivals=(FestivalDay(Festival.DRAGON_BOAT, -1),),
)
STRANGER = replace(
    SITUATION, tier="", member=False, member_number="", segments=(), visit_number=0, days_after_birthday=None
)
BASKET = Remaining(
    [
        Goods("tea", frozenset({"drinks"}), 2_000, 3_000, "Longjing", "SUP1", ("green", "organic")),
        Goods("rice", frozenset({"food"}), 1_500, 1_200),
    ]
)


def holds(condition, situation=SITUATION, goods=BASKET):
    return lacking(condition, situation, goods) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ({"tiers": ("silver", "gold")}, {"tiers": ("silver",)}),
        ({"member_numbers": ("M1", "M7")}, {"member_numbers": ("M1",)}),
        ({"segments": ("new", "asleep")}, {"segments": ("new",)}),
        ({"visits_every": 5}, {"visits_every": 3}),
        ({"visit_numbers": (1, 10)}, {"visit_numbers": (1, 9, 11)}),
        ({"birthday": BirthdayDays(3, 0)}, {"birthday": BirthdayDays(2, 31)}),
        ({"payment_kinds": ("card",)}, {"payment_kinds": ("wallet", "cash")}),
        ({"payment_kinds": ("points", "card")}, {"payment_kinds": ("points",)}),
        ({"store_codes": ("S001",)}, {"store_codes": ("S002",)}),
        ({"region_codes": ("east", "west")}, {"region_codes": ("west",)}),
        ({"channels": ("store",)}, {"channels": ("online",)}),
        ({"from_date": "2026-06-18"}, {"from_date": "2026-06-19"}),
        ({"until_date": "2026-06-19"}, {"until_date": "2026-06-18"}),
        ({"weekdays": (4,)}, {"weekdays": (3, 5)}),
        ({"days_of_month": (8, 18, 28)}, {"days_of_month": (17, 19)}),
        ({"from_minute": 18 * 60, "until_minute": 21 * 60}, {"from_minute": 20 * 60}),
        (
            {"festivals": (FestivalDays(Festival.DRAGON_BOAT, 1),)},
            {"festivals": (FestivalDays(Festival.DRAGON_BOAT, 0, 9), FestivalDays(Festival.QIXI, 31, 31))},
        ),
        ({"goods": (Needed(TEA, 2_000, 3_000),)}, {"goods": (Needed(TEA, 2_001),)}),
        ({"goods": (Needed(TEA), Needed(ALL, 3_500, 4_200))}, {"goods": (Needed(TEA), Needed(MUG))}),
        ({"goods": (Needed(ItemSet(brands=("Longjing",))),)}, {"goods": (Needed(ItemSet(brands=("Oolong",))),)}),
        ({"goods": (Needed(ItemSet(tags=("organic",))),)}, {"goods": (Needed(ItemSet(tags=("black",))),)}),
        (
            {"goods": (Needed(ItemSet(supplier_codes=("SUP1",))),)},
            {"goods": (Needed(ItemSet(everything=True, excluded_supplier_codes=("SUP1",)), 1_501),)},
        ),
    ],
)
def test_holds_for_what_it_states(right, wrong):
    assert holds(Condition(**right))
    assert not holds(Condition(**wrong))
    assert not holds(Condition(none_of=(Condition(**right),)))
    assert holds(Condition(none_of=(Condition(**wrong),)))


@pytest.mark.parametrize(
    "only_for_members",
    [
        {"member": True},
        {"tiers": ("",)},
        {"first_purchase": True},
        {"visits_every": 1},
        {"birthday": BirthdayDays(31, 31)},
        {"segments": ("asleep",)},
    ],
)
def test_nobody_knows_of_a_stranger_what_is_for_members(only_for_members):
    assert not holds(Condition(**only_for_members), STRANGER)


def test_the_first_purchase_is_the_first_visit():
    first = Condition(first_purchase=True)
    assert holds(first, replace(SITUATION, visit_number=1))
    assert lacking(first, SITUATION, BASKET) == [Lacking(ConditionKind.FIRST_PURCHASE, found="10")]


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        (("wallet",), True),
        (("manufacturer_coupon", "points", "wallet"), True),
        (("card", "wallet"), False),
        (("points",), False),
        ((), False),
    ],
)
def test_a_payment_method_pays_all_but_points_and_coupons(paid, expected):
    assert holds(Condition(payment_kinds=("wallet",)), replace(SITUATION, payment_kinds=paid)) is expected


def test_hours_over_midnight_belong_to_the_evening_before():
    thursday_night = Condition(weekdays=(4,), from_minute=22 * 60, until_minute=2 * 60)
    friday = date(2026, 6, 19)
    assert holds(thursday_night, replace(SITUATION, on=friday, minute=119))
    assert not holds(thursday_night, replace(SITUATION, on=friday, minute=120))
    assert not holds(thursday_night, replace(SITUATION, on=friday, minute=22 * 60))


@pytest.mark.parametrize(
    ("birthday", "on", "expected"),
    [
        ("1990-06-21", "2026-06-18", -3),
        ("06-18", "2026-06-18", 0),
        ("1990-12-30", "2027-01-02", 3),
        ("1990-01-02", "2026-12-30", -3),
        ("2000-02-29", "2028-02-29", 0),
        ("2000-02-29", "2027-02-28", 0),
        ("2000-02-29", "2027-03-01", 1),
        ("2000-02-29", "2028-02-28", -1),
        ("1990-07-19", "2026-06-18", -31),
        ("1990-07-20", "2026-06-18", None),
        ("1990-05-18", "2026-06-18", 31),
        ("1990-05-17", "2026-06-18", None),
        ("", "2026-06-18", None),
    ],
)
def test_counts_from_the_nearest_birthday(birthday, on, expected):
    assert days_after_birthday(birthday, date.fromisoformat(on)) == expected


# What is lacking.

GOLD, SILVER = Condition(tiers=("gold",)), Condition(tiers=("silver",))
CARD, WALLET = Condition(payment_kinds=("card",)), Condition(payment_kinds=("wallet",))
FIVE_TEAS = Condition(goods=(Needed(TEA, 5_000),))
NOT_SILVER = Lacking(ConditionKind.TIER, wanted=("silver",), found="gold")
NOT_BY_WALLET = Lacking(ConditionKind.PAYMENT_KIND, wanted=("wallet",), found="card, points")
THREE_TEAS = Lacking(ConditionKind.GOODS, wanted=("tea",), missing_quantity_milli=3_000)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (SILVER, [NOT_SILVER]),
        (Condition(all_of=(GOLD, SILVER, FIVE_TEAS)), [NOT_SILVER, THREE_TEAS]),
        (Condition(any_of=(SILVER, GOLD)), []),
        (Condition(any_of=(SILVER, FIVE_TEAS)), [Lacking(ConditionKind.ANY, parts=(NOT_SILVER, THREE_TEAS))]),
        (Condition(any_of=(SILVER,)), [NOT_SILVER]),
        (
            Condition(any_of=(replace(SILVER, goods=FIVE_TEAS.goods), WALLET)),
            [
                Lacking(
                    ConditionKind.ANY,
                    parts=(Lacking(ConditionKind.ALL, parts=(NOT_SILVER, THREE_TEAS)), NOT_BY_WALLET),
                )
            ],
        ),
        (Condition(none_of=(GOLD,)), [Lacking(ConditionKind.TIER, excluded=True, wanted=("gold",), found="gold")]),
        (Condition(none_of=(SILVER, WALLET)), []),
        # Not both: one of them is to change.
        (
            Condition(none_of=(Condition(tiers=("gold",), payment_kinds=("card",)),)),
            [
                Lacking(
                    ConditionKind.ANY,
                    parts=(
                        Lacking(ConditionKind.TIER, excluded=True, wanted=("gold",), found="gold"),
                        Lacking(ConditionKind.PAYMENT_KIND, excluded=True, wanted=("card",), found="card, points"),
                    ),
                )
            ],
        ),
        # None of either: both are to change.
        (
            Condition(none_of=(Condition(any_of=(GOLD, CARD)),)),
            [
                Lacking(ConditionKind.TIER, excluded=True, wanted=("gold",), found="gold"),
                Lacking(ConditionKind.PAYMENT_KIND, excluded=True, wanted=("card",), found="card, points"),
            ],
        ),
        (Condition(none_of=(Condition(none_of=(SILVER,)),)), [NOT_SILVER]),
        (Condition(none_of=(Condition(none_of=(GOLD, SILVER)),)), []),
    ],
)
def test_tells_what_would_have_to_change(condition, expected):
    assert lacking(condition, SITUATION, BASKET) == expected


def plainly(condition, situation, goods):
    """The condition by the meaning of and, or and not, of which each single thing is asked alone."""
    own = [
        holds(Condition(**{name: getattr(condition, name)}), situation, goods)
        for name in ("tiers", "payment_kinds", "goods", "weekdays", "visits_every", "first_purchase")
    ]
    return (
        all(own)
        and all(plainly(part, situation, goods) for part in condition.all_of)
        and (not condition.any_of or any(plainly(part, situation, goods) for part in condition.any_of))
        and not any(plainly(part, situation, goods) for part in condition.none_of)
    )


LEAVES = (
    GOLD, SILVER, CARD, WALLET, FIVE_TEAS, Condition(goods=(Needed(TEA),)), Condition(weekdays=(4,)),
    Condition(weekdays=(5,)), Condition(visits_every=5, tiers=("silver", "gold")), Condition(first_purchase=True),
)  # fmt: skip


def trees(parts):
    several = st.lists(parts, max_size=3).map(tuple)
    return st.builds(
        lambda own, a, b, c: replace(own, all_of=a, any_of=b, none_of=c), leaves, several, several, several
    )


leaves = st.sampled_from(LEAVES)
conditions = st.recursive(leaves, trees, max_leaves=12)


@often
@given(
    conditions, st.sampled_from([SITUATION, STRANGER, replace(SITUATION, visit_number=1, payment_kinds=("wallet",))])
)
def test_lacks_nothing_exactly_when_it_holds(condition, situation):
    missing = lacking(condition, situation, BASKET)
    assert (missing == []) is plainly(condition, situation, BASKET)
    # Whatever holds, its contrary does not, and it says why.
    assert (lacking(Condition(none_of=(condition,)), situation, BASKET) == []) is (missing != [])


# In promotions.


def promotion(code, when, items=ALL, **terms):
    return Promotion(code, code, Benefit(BenefitKind.RATE, items, rate_bp=1_000), when=when, **terms)


def consider(promotions, lines=BASKET, situation=SITUATION):
    considered = Promoting(PromotionBook(promotions), situation).consider(lines, Rounding.HALF_UP)
    return {one.code: one for one in considered}


def test_a_promotion_whose_conditions_hold_applies_and_another_says_what_it_lacks():
    told = consider([promotion("YES", GOLD), promotion("NO", Condition(all_of=(SILVER, WALLET)))])
    assert (told["YES"].off_minor, told["YES"].lacking) == (420, ())
    assert told["NO"].unmet is Unmet.CONDITION_MISSING
    assert told["NO"].lacking == (NOT_SILVER, NOT_BY_WALLET)
    assert (told["NO"].missing_quantity_milli, told["NO"].missing_amount_minor) == (0, 0)


def test_goods_that_alone_are_lacking_are_told_as_needs_are():
    told = consider([promotion("FIVE", Condition(goods=(Needed(TEA, 5_000, 10_000),)))])["FIVE"]
    assert (told.missing_quantity_milli, told.missing_amount_minor) == (3_000, 7_000)


def test_goods_are_those_that_earlier_stages_have_left():
    worth_4000 = Condition(goods=(Needed(ALL, amount_minor=4_000),))
    told = consider([promotion("FIRST", GOLD), promotion("THEN", worth_4000, stage=1)])
    assert told["FIRST"].off_minor == 420
    assert (told["THEN"].unmet, told["THEN"].missing_amount_minor) == (Unmet.CONDITION_MISSING, 220)


def test_who_has_only_what_a_condition_asks_for_hears_nothing_of_it():
    assert consider([promotion("MUGS", Condition(goods=(Needed(TEA),)), items=MUG)]) == {}


@pytest.mark.parametrize(
    ("items", "off"),
    [
        (ItemSet(brands=("Longjing", "Oolong")), 300),
        (ItemSet(tags=("organic", "green")), 300),
        (ItemSet(supplier_codes=("SUP1",)), 300),
        (ItemSet(brands=("Longjing",), category_codes=("food",)), 420),
        (ItemSet(category_codes=("food", "drinks"), excluded_brands=("Longjing",)), 120),
        (ItemSet(everything=True, excluded_tags=("green",)), 120),
        (ItemSet(tags=("organic",), skus=("rice",), excluded_supplier_codes=("SUP1",)), 120),
    ],
)
def test_goods_are_named_and_excluded_by_brand_tag_and_supplier(items, off):
    assert consider([promotion("P", None, items)])["P"].off_minor == off


def test_goods_of_other_names_meet_no_promotion():
    others = [ItemSet(brands=("Oolong",)), ItemSet(tags=("black",)), ItemSet(supplier_codes=("SUP2",))]
    assert consider([promotion(f"P{n}", None, items) for n, items in enumerate(others)]) == {}


@given(st.lists(conditions, min_size=2, max_size=4), st.sampled_from(["", "P1"]))
def test_a_changed_book_answers_and_asks_as_a_new_one(whens, paused):
    def coded(listed, items):
        return [promotion(f"P{n}", when, items, paused=f"P{n}" == paused) for n, when in enumerate(listed)]

    before = coded(whens, ItemSet(brands=("Longjing",), tags=("none",)))
    after = coded(whens[:0:-1], ItemSet(tags=("organic",), supplier_codes=("SUP1",)))
    merged = {one.code: one for one in [*before, *after]}
    book = PromotionBook(before).with_changes(after, version=1)
    considered = Promoting(book, SITUATION).consider(BASKET, Rounding.HALF_UP)
    assert {one.code: one for one in considered} == consider(merged.values())


def test_a_book_knows_whether_anybody_asks_for_birthdays_and_festivals():
    birthday = promotion("B", Condition(any_of=(GOLD, Condition(birthday=BirthdayDays()))))
    festival = promotion("F", Condition(none_of=(Condition(festivals=(FestivalDays(Festival.QIXI),)),)))
    book = PromotionBook([promotion("A", GOLD), birthday])
    assert (book.asks_birthday, book.asks_festivals) == (True, False)
    book = book.with_changes([festival, replace(birthday, when=None)], version=1)
    assert (book.asks_birthday, book.asks_festivals) == (False, True)
    book = book.with_changes([replace(festival, paused=True)], version=2)
    assert (book.asks_birthday, book.asks_festivals) == (False, False)
