"""Promotions of every kind that the small chain takes as they are, and one with something in every field."""

from dataclasses import replace
from typing import Any

from domain.pricing.limits import Limits, WhenShort
from domain.pricing.promotion import (
    Benefit,
    BenefitKind,
    BirthdayDays,
    Component,
    Condition,
    Festival,
    FestivalDays,
    Gift,
    GiftShortage,
    ItemSet,
    Needed,
    Promotion,
    Step,
)

ALL = ItemSet(everything=True)
TEA = ItemSet(skus=("TEA",))
DRINKS = ItemSet(category_codes=("DRINK",), excluded_skus=("MILK",), excluded_category_codes=("FOOD",))


def promotion(code: str, kind: BenefitKind, **fields: Any) -> Promotion:
    """Fields of the benefit, and of the promotion where they have another name."""
    benefit = {name: fields.pop(name) for name in Benefit.__dataclass_fields__ if name in fields}
    return Promotion(code, f"The {code}", Benefit(kind, **benefit), **fields)


RATE = promotion("RATE", BenefitKind.RATE, items=ALL, rate_bp=1_000)
STEPPED_RATE = promotion(
    "STEPPED", BenefitKind.RATE, items=TEA, steps=(Step(2_000, rate_bp=500), Step(3_000, rate_bp=10_000))
)
AMOUNT = promotion("AMOUNT", BenefitKind.AMOUNT, items=ALL, off_minor=500, currency="CNY")
EACH = promotion(
    "EACH",
    BenefitKind.AMOUNT,
    items=DRINKS,
    steps=(Step(amount_minor=30_000, off_minor=5_000), Step(10_000, 60_000, off_minor=12_000)),
    each=True,
    times_max=3,
    currency="CNY",
)
UNIT_AMOUNT = promotion("UNIT_AMOUNT", BenefitKind.UNIT_AMOUNT, items=TEA, off_minor=1, currency="USD", times_max=2)
UNIT_PRICE = promotion("UNIT_PRICE", BenefitKind.UNIT_PRICE, items=TEA, price_minor=0, currency="CNY", times_max=1)
CHEAPEST = promotion("CHEAPEST", BenefitKind.CHEAPEST, items=ALL, rate_bp=10_000, units=1)
EVERY_NTH = promotion(
    "EVERY_NTH", BenefitKind.EVERY_NTH, items=TEA, every=2, units=1, rate_bp=5_000, stage=99, times_max=4
)
BUY_GET = promotion(
    "BUY_GET",
    BenefitKind.BUY_GET,
    items=ItemSet(skus=("BAG",)),
    components=(Component(TEA, 2), Component(DRINKS, 1)),
    units=1,
    rate_bp=10_000,
    needs=(Needed(TEA, 1_000), Needed(ALL, amount_minor=9_900)),
    currency="CNY",
)
SET_PRICE = promotion(
    "SET_PRICE",
    BenefitKind.SET_PRICE,
    components=(Component(TEA, 1), Component(ItemSet(skus=("MILK",)), 1)),
    price_minor=1_200,
    currency="CNY",
)
GIFT = promotion(
    "GIFT",
    BenefitKind.GIFT,
    items=TEA,
    steps=(
        Step(2_000, gifts=(Gift("BAG", 1), Gift("MILK", 2))),
        Step(2_000, gifts=(Gift("BAG", 2),), tiers=("gold", "silver")),
    ),
    each=True,
    gift_shortage=GiftShortage.REFUSE,
    times_max=5,
)
GIFT_ONCE = promotion("GIFT_ONCE", BenefitKind.GIFT, items=TEA, gifts=(Gift("BAG", 1),))
POINTS = promotion("POINTS", BenefitKind.POINTS, items=ALL, points_factor_bp=20_000)
POINTS_EACH = promotion("POINTS_EACH", BenefitKind.POINTS, items=TEA, steps=(Step(3_000, points=50),), each=True)
COUPON = promotion("COUPON", BenefitKind.COUPON, items=ALL, coupon_batch_code="NEXT10", units=1)
COUPON_STEPS = promotion(
    "COUPON_STEPS",
    BenefitKind.COUPON,
    items=ALL,
    steps=(Step(amount_minor=9_900, units=2),),
    coupon_batch_code="NEXT10",
    currency="CNY",
)
WHEN = Condition(
    all_of=(Condition(member=True), Condition(goods=(Needed(TEA, 1_000, 2_000),))),
    any_of=(Condition(any_of=(Condition(first_purchase=True), Condition(visits_every=5))), Condition(tiers=("gold",))),
    none_of=(Condition(payment_kinds=("cash", "points")),),
    member_numbers=("00000018",),
    segments=("sleeping",),
    visit_numbers=(1, 10),
    birthday=BirthdayDays(7, 31),
    store_codes=("S01",),
    region_codes=("EAST",),
    channels=("store",),
    from_date="2025-06-01",
    until_date="2025-07-01",
    weekdays=(6, 7),
    days_of_month=(8, 18, 28),
    from_minute=600,
    until_minute=720,
    festivals=(FestivalDays(Festival.DRAGON_BOAT, 3, 1),),
)
FULL = replace(
    EACH,
    code="FULL",
    name="每满300减50",
    benefit=replace(
        EACH.benefit,
        items=ItemSet(
            skus=("TEA", "HAM"),
            category_codes=("DRINK",),
            excluded_skus=("MILK",),
            excluded_category_codes=("FOOD",),
            brands=("Longjing",),
            tags=("green",),
            supplier_codes=("SUP1",),
            excluded_brands=("Oolong",),
            excluded_tags=("black",),
            excluded_supplier_codes=("SUP2",),
        ),
    ),
    paused=True,
    stage=3,
    priority=-7,
    exclusive=True,
    from_date="2025-06-01",
    until_date="2025-07-01",
    weekdays=(7, 1),
    from_minute=1_320,
    until_minute=120,
    store_codes=("S01", "S88"),
    excluded_store_codes=("S02",),
    region_codes=("EAST",),
    channels=("store", "online"),
    members_only=True,
    tiers=("gold",),
    needs=(Needed(TEA, 1_000, 2_000),),
    discount_minor_max=99_900,
    when=WHEN,
    line_discount_minor_max=9_900,
    line_discount_bp_max=5_000,
    limits=Limits("", 9_000, 900, 3, 1, 900_000, 90_000, 9_000, WhenShort.REFUSE),
)
EVERY_KIND = (
    RATE,
    STEPPED_RATE,
    AMOUNT,
    EACH,
    UNIT_AMOUNT,
    UNIT_PRICE,
    CHEAPEST,
    EVERY_NTH,
    BUY_GET,
    SET_PRICE,
    GIFT,
    GIFT_ONCE,
    POINTS,
    POINTS_EACH,
    COUPON,
    COUPON_STEPS,
    FULL,
)
