from dataclasses import replace
from typing import Any

import pytest

from adapters.sql.tables import pricing
from application.catalog.entries import ProductEntry
from application.catalog.put_products import PutProducts, put_products
from application.fields import (
    EmptyPeriod,
    InvalidDate,
    Missing,
    NamedTwice,
    OutOfRange,
    SpaceAround,
    TextTooLong,
    TooMany,
)
from application.pricing import put_promotions as module
from application.pricing.code_lists import StatedTwice, TooManyHere
from application.pricing.condition_fields import NestedTooDeeply, NothingStated, UnknownPaymentKind
from application.pricing.given_fields import FactorEachTime, GiftNamedTwice, GivenTwice, TooManyGifts
from application.pricing.promotion_fields import (
    CurrencyNeeded,
    GoodsNamedBesideEverything,
    NoGoodsNamed,
    NothingToReach,
    NotReadByKind,
    StatedBySteps,
    StepStatedTwice,
)
from application.pricing.put_promotions import (
    PromotionsPut,
    PutPromotions,
    TooManyPromotions,
    UnknownCategory,
    UnknownRegion,
    UnknownSku,
    UnknownStore,
    put_promotions,
)
from application.pricing.queries import GetPromotion, get_promotion
from domain.pricing.promotion import (
    Benefit,
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
from domain.shared.money import UnknownCurrency
from tests.application.pricing.promotions import (
    ALL,
    AMOUNT,
    BUY_GET,
    CHEAPEST,
    COUPON,
    COUPON_STEPS,
    DRINKS,
    EACH,
    EVERY_KIND,
    EVERY_NTH,
    FULL,
    GIFT,
    GIFT_ONCE,
    POINTS,
    POINTS_EACH,
    RATE,
    SET_PRICE,
    STEPPED_RATE,
    TEA,
    UNIT_AMOUNT,
    UNIT_PRICE,
    WHEN,
)
from tests.application.small_chain import SmallChain

NOBODY = ItemSet(skus=("TEA", "COFFEE"))
NOWHERE = ItemSet(category_codes=("DRINK", "WINE"))


def put(chain: SmallChain, *promotions: Promotion) -> PromotionsPut:
    """How many were new and changed; what they compete with is told elsewhere."""
    return replace(chain.write(put_promotions, PutPromotions(promotions)), overlaps=(), more_overlaps=False)


def but(promotion: Promotion, **fields: Any) -> Promotion:
    """The promotion with other fields in its benefit, or in itself where they have another name."""
    benefit = {name: fields.pop(name) for name in Benefit.__dataclass_fields__ if name in fields}
    return replace(promotion, benefit=replace(promotion.benefit, **benefit), **fields)


def when(**conditions: Any) -> Promotion:
    return replace(FULL, when=Condition(**conditions))


def nested(levels: int) -> Condition:
    return Condition(all_of=(nested(levels - 1),)) if levels > 1 else Condition(member=True)


def test_keeps_every_field_of_every_kind(stocked):
    assert put(stocked, *EVERY_KIND) == PromotionsPut(created=17, changed=0)
    for promotion in EVERY_KIND:
        assert stocked.read(get_promotion, GetPromotion(promotion.code)).promotion == promotion
    assert stocked.version("promotions") == 1


def test_replaces_the_terms_of_a_code_and_counts_what_differs(stocked):
    put(stocked, RATE, CHEAPEST, FULL)
    changed = but(CHEAPEST, units=2)
    assert put(stocked, RATE, changed, replace(FULL, paused=False), AMOUNT) == PromotionsPut(created=1, changed=2)
    assert stocked.read(get_promotion, GetPromotion("CHEAPEST")).promotion == changed
    # Only those that differ must be read again.
    assert stocked.rows(pricing.promotions, "code", "changed_version") == [
        ("AMOUNT", 2),
        ("CHEAPEST", 2),
        ("FULL", 2),
        ("RATE", 1),
    ]


@pytest.mark.parametrize(
    ("promotion", "refusal", "field"),
    [
        (when(), NothingStated, ""),
        (when(any_of=(WHEN, Condition())), NothingStated, "any_of[1]"),
        (when(none_of=(WHEN, Condition(all_of=(Condition(),)))), NothingStated, "none_of[1].all_of[0]"),
        (replace(FULL, when=nested(9)), NestedTooDeeply, ".".join(["all_of[0]"] * 8)),
        (when(any_of=(Condition(member=True),) * 100), TooManyHere, "any_of[99]"),
        (when(goods=(Needed(ItemSet()),)), NoGoodsNamed, "goods[0].items"),
        (when(goods=(Needed(ALL, -1),)), OutOfRange, "goods[0].quantity_milli"),
        (when(goods=(Needed(ALL),) * 21), TooManyHere, "goods"),
        (when(all_of=(Condition(goods=(Needed(NOBODY),)),)), UnknownSku, "all_of[0].goods[0].items.skus[1]"),
        (when(goods=(Needed(NOWHERE),)), UnknownCategory, "goods[0].items.category_codes[1]"),
        (when(goods=(Needed(ItemSet(brands=("A", "A"))),)), StatedTwice, "goods[0].items.brands[1]"),
        (when(goods=(Needed(ItemSet(True, tags=("A",))),)), GoodsNamedBesideEverything, "goods[0].items.tags"),
        (when(store_codes=("S01", "S99")), UnknownStore, "store_codes[1]"),
        (when(none_of=(Condition(region_codes=("NORTH",)),)), UnknownRegion, "none_of[0].region_codes[0]"),
        (when(segments=("vip", "vip")), StatedTwice, "segments[1]"),
        (when(member_numbers=("",)), Missing, "member_numbers[0]"),
        (when(tiers=tuple(map(str, range(1_001)))), TooManyHere, "tiers"),
        (when(visits_every=-1), OutOfRange, "visits_every"),
        (when(visit_numbers=(1, 0)), OutOfRange, "visit_numbers[1]"),
        (when(visit_numbers=(1, 1)), StatedTwice, "visit_numbers[1]"),
        (when(birthday=BirthdayDays(32, 0)), OutOfRange, "birthday.days_before"),
        (when(birthday=BirthdayDays(0, -1)), OutOfRange, "birthday.days_after"),
        (when(payment_kinds=("cash", "cheque")), UnknownPaymentKind, "payment_kinds[1]"),
        (when(payment_kinds=("points_shortfall",)), UnknownPaymentKind, "payment_kinds[0]"),
        (when(from_date="2025-02-30"), InvalidDate, "from_date"),
        (when(from_date="2025-02-01", until_date="2025-02-01"), EmptyPeriod, "until_date"),
        (when(weekdays=(0,)), OutOfRange, "weekdays[0]"),
        (when(days_of_month=(31, 32)), OutOfRange, "days_of_month[1]"),
        (when(from_minute=1_440), OutOfRange, "from_minute"),
        (when(from_minute=60, until_minute=60), EmptyPeriod, "until_minute"),
        (when(festivals=(FestivalDays(Festival.QIXI, 32),)), OutOfRange, "festivals[0].days_before"),
        (when(festivals=(FestivalDays(Festival.QIXI), FestivalDays(Festival.QIXI, 1))), StatedTwice, "festivals[1]"),
    ],
)
def test_names_the_condition_that_is_wrong(stocked, promotion, refusal, field):
    with pytest.raises(refusal) as refused:
        put(stocked, RATE, promotion)
    assert refused.value.field == f"promotions[1].when.{field}".rstrip(".")
    assert stocked.rows(pricing.promotions) == []


def test_asks_for_the_currency_of_an_amount_in_a_condition(stocked):
    worth = Condition(none_of=(Condition(goods=(Needed(ALL, amount_minor=1),)),))
    with pytest.raises(CurrencyNeeded) as refused:
        put(stocked, replace(RATE, when=worth))
    assert refused.value.details == {"stated": "when.none_of[0].goods[0].amount_minor"}


def test_takes_the_space_around_a_name_away(stocked):
    put(stocked, replace(RATE, name="  Ten off "))
    assert put(stocked, replace(RATE, name="Ten off")) == PromotionsPut(created=0, changed=0)


@pytest.mark.parametrize(
    ("promotion", "refusal", "field"),
    [
        (replace(FULL, code=""), Missing, "code"),
        (replace(FULL, code=" F"), SpaceAround, "code"),
        (replace(FULL, code="RATE"), NamedTwice, "code"),
        (replace(FULL, name=" "), Missing, "name"),
        (replace(FULL, name="x" * 201), TextTooLong, "name"),
        (replace(FULL, stage=100), OutOfRange, "stage"),
        (replace(FULL, stage=-1), OutOfRange, "stage"),
        (replace(FULL, from_date="2025-02-29"), InvalidDate, "from_date"),
        (replace(FULL, until_date="20250701"), InvalidDate, "until_date"),
        (replace(FULL, until_date="2025-06-01"), EmptyPeriod, "until_date"),
        (replace(FULL, weekdays=(1, 8)), OutOfRange, "weekdays[1]"),
        (replace(FULL, weekdays=(0,)), OutOfRange, "weekdays[0]"),
        (replace(FULL, weekdays=(1, 2, 1)), StatedTwice, "weekdays[2]"),
        (replace(FULL, from_minute=1_440), OutOfRange, "from_minute"),
        (replace(FULL, until_minute=1_441), OutOfRange, "until_minute"),
        (replace(FULL, until_minute=1_320), EmptyPeriod, "until_minute"),
        (replace(FULL, currency=""), CurrencyNeeded, "currency"),
        (replace(FULL, currency="Yuan"), UnknownCurrency, "currency"),
        (replace(FULL, store_codes=("S01", "S99")), UnknownStore, "store_codes[1]"),
        (replace(FULL, excluded_store_codes=("S99",)), UnknownStore, "excluded_store_codes[0]"),
        (replace(FULL, store_codes=("S01", "")), Missing, "store_codes[1]"),
        (replace(FULL, region_codes=("EAST", "NORTH")), UnknownRegion, "region_codes[1]"),
        (replace(FULL, channels=("store", "online", "store")), StatedTwice, "channels[2]"),
        (replace(FULL, tiers=("",)), Missing, "tiers[0]"),
        (replace(FULL, tiers=tuple(map(str, range(1_001)))), TooManyHere, "tiers"),
        (replace(FULL, needs=(Needed(TEA),) * 21), TooManyHere, "needs"),
        (replace(FULL, needs=(Needed(TEA), Needed(TEA, -1))), OutOfRange, "needs[1].quantity_milli"),
        (replace(FULL, needs=(Needed(TEA, 0, 10**15 + 1),)), OutOfRange, "needs[0].amount_minor"),
        (replace(FULL, needs=(Needed(ItemSet()),)), NoGoodsNamed, "needs[0].items"),
        (replace(FULL, needs=(Needed(TEA), Needed(NOBODY))), UnknownSku, "needs[1].items.skus[1]"),
        (replace(FULL, times_max=-1), OutOfRange, "times_max"),
        (replace(FULL, times_max=10**6 + 1), OutOfRange, "times_max"),
        (replace(FULL, discount_minor_max=-1), OutOfRange, "discount_minor_max"),
        (replace(FULL, discount_minor_max=10**15 + 1), OutOfRange, "discount_minor_max"),
        (replace(FULL, line_discount_minor_max=-1), OutOfRange, "line_discount_minor_max"),
        (replace(FULL, line_discount_bp_max=10_001), OutOfRange, "line_discount_bp_max"),
        (replace(GIFT, discount_minor_max=1), NotReadByKind, "discount_minor_max"),
        (replace(POINTS, line_discount_minor_max=1), NotReadByKind, "line_discount_minor_max"),
        (replace(COUPON, line_discount_bp_max=1), NotReadByKind, "line_discount_bp_max"),
    ],
)
def test_refuses_the_whole_request_for_one_bad_condition(stocked, promotion, refusal, field):
    put(stocked, CHEAPEST)
    before = stocked.rows(pricing.promotions)
    with pytest.raises(refusal) as refused:
        put(stocked, RATE, but(CHEAPEST, units=5), promotion)
    assert refused.value.field == f"promotions[2].{field}"
    assert stocked.rows(pricing.promotions) == before
    assert stocked.version("promotions") == 1


@pytest.mark.parametrize(
    ("promotion", "refusal", "field"),
    [
        (but(RATE, rate_bp=0), OutOfRange, "rate_bp"),
        (but(RATE, rate_bp=10_001), OutOfRange, "rate_bp"),
        (but(CHEAPEST, rate_bp=0), OutOfRange, "rate_bp"),
        (but(EVERY_NTH, rate_bp=0), OutOfRange, "rate_bp"),
        (but(BUY_GET, rate_bp=-1), OutOfRange, "rate_bp"),
        (but(AMOUNT, off_minor=0), OutOfRange, "off_minor"),
        (but(UNIT_AMOUNT, off_minor=10**15 + 1), OutOfRange, "off_minor"),
        (but(UNIT_PRICE, price_minor=-1), OutOfRange, "price_minor"),
        (but(SET_PRICE, price_minor=10**15 + 1), OutOfRange, "price_minor"),
        (but(CHEAPEST, units=0), OutOfRange, "units"),
        (but(BUY_GET, units=0), OutOfRange, "units"),
        (but(EVERY_NTH, units=0), OutOfRange, "units"),
        (but(EVERY_NTH, units=10**6 + 1), OutOfRange, "units"),
        (but(EVERY_NTH, units=2), OutOfRange, "every"),
        (but(EVERY_NTH, every=1), OutOfRange, "every"),
        (but(BUY_GET, components=()), Missing, "components"),
        (but(SET_PRICE, components=()), Missing, "components"),
        (but(SET_PRICE, components=(Component(TEA, 1),) * 21), TooManyHere, "components"),
        (but(SET_PRICE, components=(Component(TEA, 1), Component(TEA, 0))), OutOfRange, "components[1].units"),
        (but(SET_PRICE, components=(Component(ItemSet(), 1),)), NoGoodsNamed, "components[0].items"),
        (but(BUY_GET, components=(Component(NOBODY, 1),)), UnknownSku, "components[0].items.skus[1]"),
        (but(STEPPED_RATE, steps=(Step(1_000),)), OutOfRange, "steps[0].rate_bp"),
        (but(STEPPED_RATE, steps=(Step(rate_bp=10_001),)), OutOfRange, "steps[0].rate_bp"),
        (but(STEPPED_RATE, steps=(Step(-1, rate_bp=1),)), OutOfRange, "steps[0].quantity_milli"),
        (but(STEPPED_RATE, steps=(Step(0, -1, rate_bp=1),)), OutOfRange, "steps[0].amount_minor"),
        (but(STEPPED_RATE, steps=(Step(rate_bp=1, off_minor=1),)), NotReadByKind, "steps[0].off_minor"),
        (but(STEPPED_RATE, steps=(Step(1, rate_bp=1), Step(1, rate_bp=2))), StepStatedTwice, "steps[1]"),
        (but(STEPPED_RATE, steps=tuple(Step(n, rate_bp=1) for n in range(51))), TooManyHere, "steps"),
        (but(STEPPED_RATE, rate_bp=1), StatedBySteps, "rate_bp"),
        (but(EACH, off_minor=1), StatedBySteps, "off_minor"),
        (but(EACH, steps=()), NothingToReach, "steps"),
        (but(EACH, steps=(Step(1, off_minor=1), Step(off_minor=1))), NothingToReach, "steps[1]"),
        (but(EACH, steps=(Step(1, off_minor=0),)), OutOfRange, "steps[0].off_minor"),
        (but(EACH, steps=(Step(1, rate_bp=1, off_minor=1),)), NotReadByKind, "steps[0].rate_bp"),
        (but(RATE, each=True), NotReadByKind, "each"),
        (but(RATE, off_minor=1), NotReadByKind, "off_minor"),
        (but(RATE, units=1), NotReadByKind, "units"),
        (but(AMOUNT, rate_bp=1), NotReadByKind, "rate_bp"),
        (but(UNIT_AMOUNT, steps=EACH.benefit.steps), NotReadByKind, "steps"),
        (but(UNIT_PRICE, off_minor=1), NotReadByKind, "off_minor"),
        (but(CHEAPEST, every=2), NotReadByKind, "every"),
        (but(EVERY_NTH, components=BUY_GET.benefit.components), NotReadByKind, "components"),
        (but(BUY_GET, price_minor=1), NotReadByKind, "price_minor"),
        (but(SET_PRICE, items=TEA), NotReadByKind, "items"),
        (but(RATE, items=ItemSet()), NoGoodsNamed, "items"),
        (but(RATE, items=ItemSet(excluded_skus=("TEA",))), NoGoodsNamed, "items"),
        (but(RATE, items=replace(TEA, everything=True)), GoodsNamedBesideEverything, "items.skus"),
        (but(RATE, items=replace(DRINKS, everything=True)), GoodsNamedBesideEverything, "items.category_codes"),
        (but(RATE, items=ItemSet(skus=("TEA", "TEA"))), StatedTwice, "items.skus[1]"),
        (but(RATE, items=ItemSet(skus=("TEA", ""))), Missing, "items.skus[1]"),
        (but(RATE, items=NOBODY), UnknownSku, "items.skus[1]"),
        (but(RATE, items=replace(ALL, excluded_skus=("COFFEE",))), UnknownSku, "items.excluded_skus[0]"),
        (but(RATE, items=NOWHERE), UnknownCategory, "items.category_codes[1]"),
        (
            but(RATE, items=replace(ALL, excluded_category_codes=("WINE",))),
            UnknownCategory,
            "items.excluded_category_codes[0]",
        ),
        (but(GIFT_ONCE, gifts=()), Missing, "gifts"),
        (but(GIFT_ONCE, gifts=(Gift("BAG", 0),)), OutOfRange, "gifts[0].units"),
        (but(GIFT_ONCE, gifts=(Gift("BAG", 1_001),)), OutOfRange, "gifts[0].units"),
        (but(GIFT_ONCE, gifts=(Gift("", 1),)), Missing, "gifts[0].sku"),
        (but(GIFT_ONCE, gifts=(Gift("BAG", 1), Gift("BAG", 1))), GiftNamedTwice, "gifts[1].sku"),
        (but(GIFT_ONCE, gifts=tuple(Gift(f"G{n}", 1) for n in range(21))), TooManyGifts, "gifts"),
        (but(GIFT_ONCE, gifts=(Gift("BAG", 1), Gift("PEN", 1))), UnknownSku, "gifts[1].sku"),
        (but(GIFT_ONCE, each=True), NothingToReach, "steps"),
        (but(GIFT_ONCE, rate_bp=10_000), NotReadByKind, "rate_bp"),
        (but(GIFT, gifts=(Gift("BAG", 1),)), StatedBySteps, "gifts"),
        (but(GIFT, steps=(Step(1_000),)), Missing, "steps[0].gifts"),
        (but(GIFT, steps=(Step(1_000, gifts=(Gift("PEN", 1),)),)), UnknownSku, "steps[0].gifts[0].sku"),
        (but(GIFT, steps=(Step(1_000, points=5, gifts=(Gift("BAG", 1),)),)), NotReadByKind, "steps[0].points"),
        (but(RATE, gift_shortage=GiftShortage.WARN), NotReadByKind, "gift_shortage"),
        (but(POINTS, points_factor_bp=0), OutOfRange, "points_factor_bp"),
        (but(POINTS, points_factor_bp=10_000), OutOfRange, "points_factor_bp"),
        (but(POINTS, points_factor_bp=1_000_001), OutOfRange, "points_factor_bp"),
        (but(POINTS, points=1), GivenTwice, "points"),
        (but(POINTS_EACH, steps=(Step(1_000, points_factor_bp=20_000),)), FactorEachTime, "steps[0].points_factor_bp"),
        (but(POINTS_EACH, steps=(Step(1_000, points=10**9 + 1),)), OutOfRange, "steps[0].points"),
        (but(COUPON, coupon_batch_code=""), Missing, "coupon_batch_code"),
        (but(COUPON, units=0), OutOfRange, "units"),
        (but(COUPON, units=1_001), OutOfRange, "units"),
        (but(COUPON_STEPS, units=1), StatedBySteps, "units"),
        (but(COUPON_STEPS, steps=(Step(1_000),)), OutOfRange, "steps[0].units"),
        (but(COUPON, items=ItemSet()), NoGoodsNamed, "items"),
        (but(STEPPED_RATE, steps=(Step(rate_bp=1, tiers=("",)),)), Missing, "steps[0].tiers[0]"),
        (
            but(STEPPED_RATE, steps=(Step(rate_bp=1, tiers=("a", "b")), Step(rate_bp=2, tiers=("b",)))),
            StepStatedTwice,
            "steps[1]",
        ),
        (
            but(RATE, items=ItemSet(skus=("A",) * 500, excluded_skus=("B",) * 501)),
            TooManyHere,
            "items",
        ),
    ],
)
def test_refuses_a_benefit_that_its_kind_cannot_give(stocked, promotion, refusal, field):
    with pytest.raises(refusal) as refused:
        put(stocked, promotion)
    assert refused.value.field == f"promotions[0].benefit.{field}"
    assert stocked.rows(pricing.promotions) == []


@pytest.mark.parametrize(
    ("promotion", "stated"),
    [
        (AMOUNT, "benefit.off_minor"),
        (UNIT_PRICE, "benefit.price_minor"),
        (SET_PRICE, "benefit.price_minor"),
        (EACH, "benefit.steps[0].amount_minor"),
        (but(EACH, steps=(Step(1, off_minor=1),)), "benefit.steps[0].off_minor"),
        (BUY_GET, "needs[1].amount_minor"),
        (replace(RATE, discount_minor_max=1), "discount_minor_max"),
        (replace(RATE, line_discount_minor_max=1), "line_discount_minor_max"),
        (COUPON_STEPS, "benefit.steps[0].amount_minor"),
    ],
)
def test_wants_the_currency_of_every_amount(stocked, promotion, stated):
    with pytest.raises(CurrencyNeeded) as refused:
        put(stocked, replace(promotion, currency=""))
    assert (refused.value.field, refused.value.details) == ("promotions[0].currency", {"stated": stated})


@pytest.mark.parametrize(
    "promotion",
    [but(RATE, times_max=1), but(CHEAPEST, times_max=1), but(AMOUNT, times_max=1), but(GIFT_ONCE, times_max=1)],
)
def test_refuses_a_bound_on_what_is_given_once(stocked, promotion):
    with pytest.raises(NotReadByKind) as refused:
        put(stocked, promotion)
    assert refused.value.field == "promotions[0].times_max"


def test_bounds_the_request_and_the_chain(stocked, monkeypatch):
    with pytest.raises(Missing) as refused:
        put(stocked)
    assert refused.value.field == "promotions"
    with pytest.raises(TooMany) as refused:
        put(stocked, *[RATE] * 1_001)
    assert refused.value.field == "promotions"
    monkeypatch.setattr(module, "PROMOTIONS_MAX", 2)
    put(stocked, RATE, CHEAPEST)
    assert put(stocked, RATE, but(CHEAPEST, units=2)) == PromotionsPut(created=0, changed=1)
    with pytest.raises(TooManyPromotions) as refused:
        put(stocked, but(CHEAPEST, units=3), AMOUNT)
    assert refused.value.details == {"count": 3, "count_max": 2}
    assert stocked.read(get_promotion, GetPromotion("CHEAPEST")).promotion == but(CHEAPEST, units=2)


def test_takes_as_many_statements_for_a_thousand_promotions_as_for_one(stocked):
    products = tuple(ProductEntry(f"P{number}", "x", "FOOD", "EA") for number in range(1_000))
    stocked.write(put_products, PutProducts(products))
    many = tuple(
        replace(but(FULL, items=ItemSet(skus=(f"P{number}",), category_codes=("DRINK",))), code=f"N{number}")
        for number in range(1_000)
    )
    # Two versions, SKUs, categories, what is stored and how it stands, how many there are, and the new ones with their
    # terms for ever, their lives, steps and places.
    assert stocked.statements(put_promotions, PutPromotions((FULL,))) == 13
    assert stocked.statements(put_promotions, PutPromotions(many)) == 13
    assert len(stocked.rows(pricing.promotions, "code")) == 1_001
