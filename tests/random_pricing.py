"""Promotions, prices and baskets by chance, for tests that compare two ways to the same price."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from application.pricing.entries import PriceEntry, PriceListEntry
from domain.pricing.basket import Manual, Named, TerminalPriced
from domain.pricing.promotion import (
    REWARDS,
    Benefit,
    BenefitKind,
    Component,
    Condition,
    Festival,
    FestivalDays,
    Gift,
    ItemSet,
    Needed,
    Promotion,
    Step,
)

RATES = (1, 500, 1_000, 3_333, 5_000, 10_000)
AMOUNTS = (1, 50, 99, 300, 1_000, 2_500)
COUPON_BATCH = "NEXT"
"""The batch of which promotions by chance give coupons."""


def some_items(random: Random, skus: Sequence[str], categories: Sequence[str]) -> ItemSet:
    match random.randrange(8):
        case 6:
            return ItemSet(brands=("B1",), tags=("T1", "T2"), excluded_tags=("T3",))
        case 7:
            return ItemSet(everything=True, excluded_brands=("B2",), excluded_supplier_codes=("SUP1",))
        case 0:
            return ItemSet(everything=True)
        case 1:
            return ItemSet(everything=True, excluded_skus=(random.choice(skus),))
        case 2:
            return ItemSet(category_codes=(random.choice(categories),))
        case 3:
            return ItemSet(
                category_codes=tuple(random.sample(categories, 2)), excluded_category_codes=(random.choice(categories),)
            )
        case _:
            return ItemSet(skus=tuple(random.sample(skus, random.choice([1, 2]))))


def some_benefit(random: Random, skus: Sequence[str], categories: Sequence[str]) -> Benefit:
    """A benefit with what its kind reads and nothing else."""

    def items() -> ItemSet:
        return some_items(random, skus, categories)

    def components() -> tuple[Component, ...]:
        return tuple([Component(items(), random.choice([1, 2])) for _ in range(random.choice([1, 2]))])

    rate, amount, units = random.choice(RATES), random.choice(AMOUNTS), random.choice([1, 2])
    kind = random.choice([kind for kind in BenefitKind if kind is not BenefitKind.PLUG_IN])
    match kind:
        case BenefitKind.RATE:
            steps = (Step(2_000, rate_bp=rate), Step(3_000, 500, rate_bp=RATES[-1]))
            stepped = random.random() < 0.3
            return Benefit(kind, items(), steps=steps if stepped else (), rate_bp=0 if stepped else rate)
        case BenefitKind.AMOUNT:
            steps = (Step(amount_minor=500, off_minor=amount), Step(1_000, 2_000, off_minor=2 * amount))
            stepped = random.random() < 0.5
            return Benefit(
                kind,
                items(),
                steps=steps if stepped else (),
                each=stepped and random.random() < 0.5,
                off_minor=0 if stepped else amount,
            )
        case BenefitKind.UNIT_AMOUNT:
            return Benefit(kind, items(), off_minor=amount)
        case BenefitKind.UNIT_PRICE:
            return Benefit(kind, items(), price_minor=amount)
        case BenefitKind.CHEAPEST:
            return Benefit(kind, items(), rate_bp=rate, units=units)
        case BenefitKind.EVERY_NTH:
            return Benefit(kind, items(), rate_bp=rate, every=units + 1, units=units)
        case BenefitKind.BUY_GET:
            return Benefit(kind, items(), rate_bp=rate, units=units, components=components())
        case BenefitKind.SET_PRICE:
            return Benefit(kind, price_minor=amount, components=components())
        case BenefitKind.GIFT:
            gifts = (Gift(random.choice(skus), units),)
            if random.random() < 0.5:
                return Benefit(kind, items(), gifts=gifts)
            return Benefit(kind, items(), steps=(Step(2_000, 0, gifts=gifts),), each=random.random() < 0.5)
        case BenefitKind.POINTS:
            return Benefit(kind, items(), points_factor_bp=random.choice([15_000, 20_000]))
        case BenefitKind.COUPON:
            return Benefit(kind, items(), coupon_batch_code=COUPON_BATCH, units=units)
    raise AssertionError(f"no sample of {kind}")


def some_condition(
    random: Random, skus: Sequence[str], categories: Sequence[str], at: datetime, depth: int = 2
) -> Condition:
    """One that states something, by what a terminal knows as well as the server."""
    leaf = random.choice(
        [
            Condition(member=True),
            Condition(tiers=("gold",)),
            Condition(segments=("nobody",)),
            Condition(channels=("web",)),
            Condition(goods=(Needed(some_items(random, skus, categories), random.choice([0, 2_000])),)),
            Condition(weekdays=(at.isoweekday(),)),
            Condition(from_minute=600, until_minute=1_200),
            Condition(festivals=(FestivalDays(random.choice(list(Festival)), 31, 31),)),
        ]
    )
    if not depth or random.random() < 0.3:
        return leaf
    parts = [
        tuple([some_condition(random, skus, categories, at, depth - 1) for _ in range(random.choice([0, 1, 2]))])
        for _ in range(3)
    ]
    return replace(leaf, all_of=parts[0], any_of=parts[1], none_of=parts[2])


def some_promotion(
    random: Random,
    code: str,
    *,
    skus: Sequence[str],
    categories: Sequence[str],
    at: datetime,
    stores: Sequence[str],
    regions: Sequence[str],
    currencies: Sequence[str],
) -> Promotion:
    """One that mostly holds; its conditions are about the places given and the days around `at`."""

    def seldom(value: Any, otherwise: Any) -> Any:
        return value if random.random() < 0.15 else otherwise

    day = at.date()
    benefit = some_benefit(random, skus, categories)
    counted = benefit.each or benefit.kind in (
        BenefitKind.UNIT_AMOUNT, BenefitKind.UNIT_PRICE, BenefitKind.EVERY_NTH, BenefitKind.BUY_GET,
        BenefitKind.SET_PRICE,
    )  # fmt: skip
    return Promotion(
        code,
        f"The {code}",
        benefit,
        paused=seldom(True, False),
        stage=random.choice([0, 0, 1, 2]),
        priority=random.choice([0, 0, 1]),
        exclusive=seldom(True, False),
        from_date=seldom((day + timedelta(days=random.choice([-1, 0, 1]))).isoformat(), ""),
        until_date=seldom((day + timedelta(days=random.choice([2, 3]))).isoformat(), ""),
        weekdays=seldom((day.isoweekday(),), ()),
        from_minute=seldom(600, 0),
        until_minute=seldom(1_200, 0),
        currency=random.choice(currencies),
        store_codes=seldom((random.choice(stores),), ()),
        excluded_store_codes=seldom((random.choice(stores),), ()),
        region_codes=seldom((random.choice(regions),), ()),
        channels=seldom(("web",), ()),
        members_only=seldom(True, False),
        tiers=seldom(("gold",), ()),
        needs=seldom((Needed(some_items(random, skus, categories), random.choice([0, 2_000]), 0),), ()),
        times_max=seldom(1, 0) if counted else 0,
        discount_minor_max=0 if benefit.kind in REWARDS else seldom(70, 0),
        line_discount_minor_max=0 if benefit.kind in REWARDS else seldom(45, 0),
        line_discount_bp_max=0 if benefit.kind in REWARDS else seldom(2_500, 0),
        when=some_condition(random, skus, categories, at) if random.random() < 0.2 else None,
    )


def some_price_lists(
    random: Random, count: int, *, currency: str, stores: Sequence[str], regions: Sequence[str], at: datetime
) -> list[PriceListEntry]:
    """One for everybody and others for some."""
    lists = [PriceListEntry("BASE", "List price", currency, includes_tax=random.random() < 0.7)]
    for number in range(count):
        lists.append(
            PriceListEntry(
                f"L{number}",
                f"List {number}",
                currency,
                includes_tax=random.random() < 0.7,
                priority=random.choice([0, 0, 1]),
                store_code=random.choice(["", "", *stores]),
                region_code=random.choice(["", "", *regions]),
                channel=random.choice(["", "", "web"]),
                tier=random.choice(["", "", "gold"]),
                valid_from=random.choice([None, at - timedelta(hours=1), at + timedelta(hours=1)]),
            )
        )
    return lists


def some_price(random: Random, sku: str, at: datetime) -> PriceEntry:
    minor = random.choice([0, 1, 99, 250, 333, 1_000, 1_999])
    return PriceEntry(
        sku,
        minor,
        random.choice([0, 0, 0, 2_000]),
        random.choice([None, None, at - timedelta(hours=1), at + timedelta(hours=1)]),
        None,
        random.choice([0, 0, minor // 2, minor * 9 // 10]),
    )


def some_quantity(random: Random) -> int:
    return random.choice([1_000, 1_000, 2_000, 3_000])


def some_manual(random: Random) -> tuple[Manual, ...]:
    return (Manual("Scratch", random.choice(RATES[:4]), 0),) if random.random() < 0.15 else ()


def some_terminal_price(random: Random) -> TerminalPriced | None:
    if random.random() < 0.9:
        return None
    return TerminalPriced(random.choice([500, 1_001]), (Named("till", "Till", 1),))
