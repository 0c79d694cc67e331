"""Baskets and promotions in great variety, for what must hold of all of them."""

from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import settings
from hypothesis import strategies as st

from domain.pricing.goods import Goods
from domain.pricing.promoting import Stacking
from domain.pricing.promotion import (
    REWARDS,
    Benefit,
    BenefitKind,
    Component,
    Gift,
    ItemSet,
    Needed,
    Promotion,
    Situation,
    Step,
)
from domain.shared.money import Rounding

ALL = ItemSet(everything=True)


def items(*skus):
    return ItemSet(skus=skus)


def goods(sku, value_minor, quantity_milli=1000, *categories):
    return Goods(sku, frozenset(categories), quantity_milli, value_minor)


def situation(
    *, store="S001", region="east", channel="store", currency="CNY", tier="", member=False,
    on="2026-06-15", hour=19, minute=0, gifts_left=(),
):  # fmt: skip
    day = date.fromisoformat(on)
    return Situation(store, region, channel, currency, tier, member, day, hour * 60 + minute, gifts_left=gifts_left)


thorough = settings(max_examples=2_000, deadline=None)
"""For the laws of every basket; what limits, floors and rewards add is tried `often`."""


often = settings(max_examples=500, deadline=None)
STEPPED = {BenefitKind.RATE, BenefitKind.AMOUNT, *REWARDS}
CATEGORY = {"a": "drinks", "b": "drinks", "c": "food", "d": "food"}
NAMED = (
    items("a"),
    items("b", "c"),
    ItemSet(category_codes=("drinks",)),
    ItemSet(category_codes=("food",), skus=("a",)),
    ItemSet(category_codes=("drinks", "food"), excluded_skus=("b",)),
)


def line_of(sku, quantity_milli, value_minor):
    return goods(sku, value_minor, quantity_milli, CATEGORY[sku], "all")


# Drawn from pools that are made once: to build 2,000 lists of promotions piece by piece would take minutes.
SHELF = [
    line_of(sku, quantity_milli, value_minor)
    for sku in "abcd"
    for quantity_milli in (1000, 1000, 2000, 3000, 1500)
    for value_minor in (0, 1, 99, 100, 250, 333, 1_000, 1_999)
]
baskets = st.lists(st.sampled_from(SHELF), min_size=1, max_size=4)
larger_baskets = st.lists(st.sampled_from(SHELF), min_size=1, max_size=6)


def some_benefit(random, named):
    kind = random.choice([kind for kind in BenefitKind if kind is not BenefitKind.PLUG_IN])
    rate_bp, off_minor, units = (
        random.choice(some) for some in ([1, 500, 1_000, 3_333, 5_000, 10_000], [1, 50, 99, 300, 1_000], [1, 2, 3])
    )
    gifts, more_gifts = (Gift("g", 1),), (Gift("g", 2), Gift("h", 1))
    step = Step(random.choice([0, 2000]), random.choice([0, 300]), rate_bp, off_minor, gifts, 0, 5, 1)
    higher = replace(
        step,
        quantity_milli=step.quantity_milli + 1000,
        amount_minor=step.amount_minor + 400,
        rate_bp=min(10_000, 2 * rate_bp),
        off_minor=2 * off_minor,
        gifts=more_gifts,
    )
    components = [Component(random.choice(named), random.choice([1, 2, 3])) for _ in range(random.choice([1, 2]))]
    return Benefit(
        kind,
        random.choice(named),
        steps=random.choice([(step,), (higher, step)]) if kind in STEPPED else (),
        each=random.choice([True, False]),
        rate_bp=rate_bp,
        off_minor=off_minor,
        price_minor=random.choice([1, 50, 99, 300, 1_000]),
        every=units + random.choice([1, 2, 3]),
        units=units,
        components=tuple(components) if kind in (BenefitKind.BUY_GET, BenefitKind.SET_PRICE) else (),
    )


def some_promotion(random, named):
    needs = [(), (), (), (Needed(named[0]),), (Needed(named[1], 2000),), (Needed(named[2], 0, 500),)]
    return Promotion(
        "",
        "",
        some_benefit(random, named),
        stage=random.choice([0, 1, 2]),
        priority=random.choice([0, 1]),
        exclusive=random.choice([True, False, False, False]),
        needs=random.choice(needs),
        times_max=random.choice([0, 0, 1, 2]),
        discount_minor_max=random.choice([0, 0, 0, 70]),
        line_discount_minor_max=random.choice([0, 0, 0, 45]),
        line_discount_bp_max=random.choice([0, 0, 0, 2_500]),
    )


def pool(named, **terms):
    random = Random(20260601)
    return [replace(some_promotion(random, named), **terms) for _ in range(1_500)]


def coded(promotions):
    return [replace(promotion, code=f"P{number}") for number, promotion in enumerate(promotions)]


def some_of(promotions, most=4):
    """Up to so many promotions, with the codes P0, P1, …"""
    return st.lists(st.sampled_from(promotions), max_size=most).map(coded)


ANY = pool((*NAMED, ALL))
NOT_EVERYTHING = pool(NAMED)
OF_ONE_PRIORITY = pool((*NAMED, ALL), priority=0)
RIVALS = [
    promotion
    for promotion in pool((*NAMED, ALL), priority=0, stage=0, exclusive=False, needs=())
    if promotion.benefit.kind not in REWARDS
]
stackings = st.sampled_from(Stacking)
roundings = st.sampled_from(Rounding)


MEMBER = situation(member=True, gifts_left=(("g", 2), ("h", 0)))
"""Somebody who can earn points, where gifts are scarce."""


def earned(one):
    """What a reward comes to."""
    return one.gifts, one.gifts_missing, one.points_factor_bp, one.points, one.coupons_awarded, one.base_minor


def units_of(lines):
    """(line, SKU, value) of every unit."""
    return [
        (number, line.sku, line.value_minor // line.units)
        for number, line in enumerate(lines)
        for _ in range(line.units)
    ]
