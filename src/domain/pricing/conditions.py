"""Whether the conditions of a promotion hold, and what is lacking where they do not.

Conditions stand in a tree of and, or and not. What is lacking is told for the whole of it: what must not be is turned
into what would have to change, down to single conditions (De Morgan).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias

from domain.pricing.goods import Remaining
from domain.pricing.offers import Offer, needed_unmet
from domain.pricing.promotion import (
    BirthdayDays,
    Condition,
    ConditionKind,
    FestivalDay,
    FestivalDays,
    ItemSet,
    Lacking,
    Needed,
    Situation,
    Unmet,
    day_within_hours,
)

WINDOW_DAYS_MAX: Final = 31
"""How many days before or after a birthday or a festival may count."""
PAID_BESIDE: Final = frozenset({"points", "manufacturer_coupon"})
"""What may pay a part beside the kinds that a condition names."""
GOODS_NAMED_MAX: Final = 5

_Leaf = tuple[bool, Lacking]


@dataclass(slots=True)
class Buyer:
    """What conditions ask of who buys, beside the tier; what is not known is empty.

    `visit_number` is that of this purchase, from 1, and `birthday` an ISO date. `payment_kinds` are what is paid by.
    """

    member_number: str = ""
    segments: tuple[str, ...] = ()
    visit_number: int = 0
    birthday: str = ""
    payment_kinds: tuple[str, ...] = ()


ANYBODY: Final = Buyer()
Festivals: TypeAlias = Callable[[date], tuple[FestivalDay, ...]]
"""How far a day is from each festival that is at most WINDOW_DAYS_MAX days away."""


def no_festivals(_: date) -> tuple[FestivalDay, ...]:
    """Where nobody looks them up."""
    return ()


def counts_visits(condition: Condition) -> bool:
    """Whether it asks how often the member has bought: what a sale itself changes."""
    return (
        condition.first_purchase
        or bool(condition.visits_every or condition.visit_numbers)
        or any(counts_visits(part) for part in (*condition.all_of, *condition.any_of, *condition.none_of))
    )


def when_unmet(condition: Condition, situation: Situation, goods: Remaining) -> Offer | None:
    """What the condition of a promotion lacks; None when it holds.

    `goods` are those that its stage has found. Goods that are the only thing lacking are told as those of `needs` are.
    """
    missing = tuple(lacking(condition, situation, goods))
    if not missing:
        return None
    only = missing[0] if len(missing) == 1 else Lacking(ConditionKind.ALL)
    return Offer(
        unmet=Unmet.CONDITION_MISSING,
        missing_quantity_milli=only.missing_quantity_milli,
        missing_amount_minor=only.missing_amount_minor,
        lacking=missing,
    )


def lacking(condition: Condition, situation: Situation, goods: Remaining) -> list[Lacking]:
    """What would have to change for the condition to hold, all of it; nothing when it holds."""
    missing = [leaf for holds, leaf in _leaves(condition, situation, goods) if not holds]
    for part in condition.all_of:
        missing += lacking(part, situation, goods)
    if condition.any_of:
        missing += _one_of([lacking(part, situation, goods) for part in condition.any_of])
    for part in condition.none_of:
        missing += _holding(part, situation, goods)
    return missing


def days_after_birthday(birthday: str, on: date) -> int | None:
    """Days from the nearest birthday to `on`, below zero before it; None when it is more than WINDOW_DAYS_MAX away.

    `birthday` is an ISO date or a month and day, "02-29"; empty when it is unknown. Who was born on 29 February has
    the birthday on 28 February in a year that has no 29th.
    """
    if not birthday:
        return None
    month, day = int(birthday[-5:-3]), int(birthday[-2:])
    nearest = min([(on - _birthday_in(year, month, day)).days for year in (on.year - 1, on.year, on.year + 1)], key=abs)
    return nearest if abs(nearest) <= WINDOW_DAYS_MAX else None


def _birthday_in(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, 2, 28)


def _holding(condition: Condition, situation: Situation, goods: Remaining) -> list[Lacking]:
    """What would have to change for the condition not to hold; nothing when it does not."""
    ways = [[replace(leaf, excluded=True)] if holds else [] for holds, leaf in _leaves(condition, situation, goods)]
    ways += [_holding(part, situation, goods) for part in condition.all_of]
    if condition.any_of:
        ways.append([one for part in condition.any_of for one in _holding(part, situation, goods)])
    ways += [lacking(part, situation, goods) for part in condition.none_of]
    return _one_of(ways)


def _one_of(ways: list[list[Lacking]]) -> list[Lacking]:
    """What is lacking when one of several ways is enough: nothing when one of them lacks nothing."""
    if not all(ways):
        return []
    if len(ways) == 1:
        return ways[0]
    parts = [way[0] if len(way) == 1 else Lacking(ConditionKind.ALL, parts=tuple(way)) for way in ways]
    return [Lacking(ConditionKind.ANY, parts=tuple(parts))]


def _leaves(condition: Condition, situation: Situation, goods: Remaining) -> Iterator[_Leaf]:
    """Each single thing that the condition states: whether it holds, and how it is told when it does not."""
    yield from _who(condition, situation)
    yield from _where(condition, situation)
    yield from _at_what_time(condition, situation)
    for needed in condition.goods:
        yield _goods(needed, goods)


def _who(condition: Condition, situation: Situation) -> Iterator[_Leaf]:
    visit = situation.visit_number
    if condition.member:
        yield situation.member, Lacking(ConditionKind.MEMBER)
    if condition.member_numbers:
        # Who else it is for is nobody's business at the till.
        yield situation.member_number in condition.member_numbers, Lacking(ConditionKind.MEMBER_NUMBER)
    if condition.tiers:
        yield (
            situation.member and situation.tier in condition.tiers,
            Lacking(ConditionKind.TIER, wanted=condition.tiers, found=situation.tier),
        )
    if condition.segments:
        in_one = any(segment in condition.segments for segment in situation.segments)
        yield in_one, Lacking(ConditionKind.SEGMENT, wanted=condition.segments)
    if condition.first_purchase:
        yield visit == 1, Lacking(ConditionKind.FIRST_PURCHASE, found=_number(visit))
    if condition.visits_every:
        every = condition.visits_every
        holds = visit > 0 and visit % every == 0
        yield holds, Lacking(ConditionKind.VISITS_EVERY, wanted=(str(every),), found=_number(visit))
    if condition.visit_numbers:
        numbers = tuple([str(number) for number in condition.visit_numbers])
        yield (
            visit in condition.visit_numbers,
            Lacking(ConditionKind.VISIT_NUMBER, wanted=numbers, found=_number(visit)),
        )
    if condition.birthday is not None:
        yield _birthday(condition.birthday, situation)
    if condition.payment_kinds:
        yield _payment(condition.payment_kinds, situation)


def _where(condition: Condition, situation: Situation) -> Iterator[_Leaf]:
    for kind, wanted, found in (
        (ConditionKind.STORE, condition.store_codes, situation.store_code),
        (ConditionKind.REGION, condition.region_codes, situation.region_code),
        (ConditionKind.CHANNEL, condition.channels, situation.channel),
    ):
        if wanted:
            yield found in wanted, Lacking(kind, wanted=wanted, found=found)


def _at_what_time(condition: Condition, situation: Situation) -> Iterator[_Leaf]:
    on = situation.on
    if condition.from_minute or condition.until_minute:
        day = day_within_hours(condition.from_minute, condition.until_minute, situation)
        hours = f"{_clock(condition.from_minute)}-{_clock(condition.until_minute or 24 * 60)}"
        yield day is not None, Lacking(ConditionKind.HOURS, wanted=(hours,), found=_clock(situation.minute))
        # The small hours of an evening belong to the day on which it began.
        on = day or on
    if condition.from_date or condition.until_date:
        today = on.isoformat()
        holds = today >= condition.from_date and (not condition.until_date or today < condition.until_date)
        # An ISO 8601 interval, open where a date is missing.
        dates = f"{condition.from_date or '..'}/{condition.until_date or '..'}"
        yield holds, Lacking(ConditionKind.DATES, wanted=(dates,), found=today)
    if condition.weekdays:
        weekday = on.isoweekday()
        wanted = tuple([str(number) for number in condition.weekdays])
        yield weekday in condition.weekdays, Lacking(ConditionKind.WEEKDAY, wanted=wanted, found=str(weekday))
    if condition.days_of_month:
        wanted = tuple([str(number) for number in condition.days_of_month])
        yield on.day in condition.days_of_month, Lacking(ConditionKind.DAY_OF_MONTH, wanted=wanted, found=str(on.day))
    if condition.festivals:
        holds = any(_near(days, situation) for days in condition.festivals)
        yield (
            holds,
            Lacking(ConditionKind.FESTIVAL, wanted=tuple([days.festival.value for days in condition.festivals])),
        )


def _goods(needed: Needed, goods: Remaining) -> _Leaf:
    missing = needed_unmet(needed, goods)
    named = Lacking(ConditionKind.GOODS, wanted=_named(needed.items))
    if missing is None:
        return True, named
    return False, replace(
        named,
        missing_quantity_milli=missing.missing_quantity_milli,
        missing_amount_minor=missing.missing_amount_minor,
    )


def _named(items: ItemSet) -> tuple[str, ...]:
    """The first codes that name the goods; nothing where all goods are meant."""
    codes = (*items.skus, *items.category_codes, *items.brands, *items.tags, *items.supplier_codes)
    return codes[:GOODS_NAMED_MAX]


def _birthday(window: BirthdayDays, situation: Situation) -> _Leaf:
    after = situation.days_after_birthday
    holds = after is not None and -window.days_before <= after <= window.days_after
    return holds, Lacking(ConditionKind.BIRTHDAY, wanted=(str(window.days_before), str(window.days_after)))


def _payment(kinds: tuple[str, ...], situation: Situation) -> _Leaf:
    paid = situation.payment_kinds
    holds = any(kind in kinds for kind in paid) and all(kind in kinds or kind in PAID_BESIDE for kind in paid)
    return holds, Lacking(ConditionKind.PAYMENT_KIND, wanted=kinds, found=", ".join(paid))


def _near(days: FestivalDays, situation: Situation) -> bool:
    return any(
        day.festival is days.festival and -days.days_before <= day.days_after <= days.days_after
        for day in situation.festivals
    )


def _number(visit: int) -> str:
    return str(visit) if visit else ""


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
