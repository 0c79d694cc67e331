"""Checks of the conditions of one promotion that need nothing but the terms."""

from collections.abc import Iterator, Sequence
from typing import Final

from application.fields import EmptyPeriod, in_order, optional_date, within
from application.pricing.code_lists import NAMES_MAX, TooManyHere, check_codes, check_count, check_once
from domain.catalog.quantity import QUANTITY_MILLI_MAX
from domain.pricing.conditions import WINDOW_DAYS_MAX
from domain.pricing.promotion import MINUTES_OF_DAY, Condition, Needed, Promotion
from domain.sales.sale import TenderKind
from domain.sales.tenders import NOBODY_PAYS_BY
from domain.shared.errors import Invalid
from domain.shared.money import AMOUNT_MINOR_MAX

NEEDS_MAX: Final = 20
CONDITIONS_MAX: Final = 100
"""Of one promotion, each within another counted too."""
DEPTH_MAX: Final = 8
VISITS_MAX: Final = 1_000_000
VISIT_NUMBERS_MAX: Final = 100
PAYMENT_KINDS: Final = tuple([kind.value for kind in TenderKind if kind not in NOBODY_PAYS_BY])


class NothingStated(Invalid):
    en = "This condition states nothing. State what must be so, or leave it out."
    zh = "此条件为空。请填写条件内容，或删除此条件。"


class NestedTooDeeply(Invalid):
    en = "Conditions are nested in more than {depth_max} levels. Put them side by side where you can."
    zh = "条件嵌套超过 {depth_max} 层，请尽量改为并列。"


class UnknownPaymentKind(Invalid):
    en = "Nobody pays by “{kind}”. Write one of {known}."
    zh = "没有付款方式“{kind}”，可用：{known}。"


def conditions(promotion: Promotion, field: str) -> Iterator[tuple[str, Condition]]:
    """Every condition of the promotion, those within others too, by its path."""
    if promotion.when is not None:
        yield from _within(promotion.when, f"{field}.when")


def check_conditions(promotion: Promotion, field: str) -> None:
    """Refuses conditions that say nothing, contradict themselves, or are too many."""
    if promotion.when is None:
        return
    _check_depth(promotion.when, f"{field}.when")
    for number, (path, condition) in enumerate(conditions(promotion, field), start=1):
        if number > CONDITIONS_MAX:
            raise TooManyHere(path, count=number, count_max=CONDITIONS_MAX)
        if condition == _NOTHING:
            raise NothingStated(path)
        _check_who(condition, path)
        _check_codes(condition, path)
        _check_time(condition, path)
        check_needs(condition.goods, f"{path}.goods")


def check_needs(needs: Sequence[Needed], field: str) -> None:
    """Refuses more needs than NEEDS_MAX, and quantities and amounts that nothing can have."""
    check_count(needs, NEEDS_MAX, field)
    for index, needed in enumerate(needs):
        within(needed.quantity_milli, 0, QUANTITY_MILLI_MAX, field=f"{field}[{index}].quantity_milli")
        within(needed.amount_minor, 0, AMOUNT_MINOR_MAX, field=f"{field}[{index}].amount_minor")


def _within(condition: Condition, path: str) -> Iterator[tuple[str, Condition]]:
    yield path, condition
    for part_path, part in _parts(condition, path):
        yield from _within(part, part_path)


def _parts(condition: Condition, path: str) -> Iterator[tuple[str, Condition]]:
    for name in ("all_of", "any_of", "none_of"):
        for index, part in enumerate(getattr(condition, name)):
            yield f"{path}.{name}[{index}]", part


def _check_depth(condition: Condition, path: str, depth: int = 1) -> None:
    if depth > DEPTH_MAX:
        raise NestedTooDeeply(path, depth_max=DEPTH_MAX)
    for part_path, part in _parts(condition, path):
        _check_depth(part, part_path, depth + 1)


def _check_who(condition: Condition, path: str) -> None:
    within(condition.visits_every, 0, VISITS_MAX, field=f"{path}.visits_every")
    check_count(condition.visit_numbers, VISIT_NUMBERS_MAX, f"{path}.visit_numbers")
    for index, number in enumerate(condition.visit_numbers):
        within(number, 1, VISITS_MAX, field=f"{path}.visit_numbers[{index}]")
    check_once(condition.visit_numbers, f"{path}.visit_numbers")
    if condition.birthday is not None:
        _check_days(condition.birthday.days_before, condition.birthday.days_after, f"{path}.birthday")
    for index, kind in enumerate(condition.payment_kinds):
        if kind not in PAYMENT_KINDS:
            raise UnknownPaymentKind(f"{path}.payment_kinds[{index}]", kind=kind[:64], known=", ".join(PAYMENT_KINDS))
    check_once(condition.payment_kinds, f"{path}.payment_kinds")


def _check_codes(condition: Condition, path: str) -> None:
    for name in ("member_numbers", "tiers", "segments", "store_codes", "region_codes", "channels"):
        codes = getattr(condition, name)
        check_count(codes, NAMES_MAX, f"{path}.{name}")
        check_codes(codes, f"{path}.{name}")


def _check_time(condition: Condition, path: str) -> None:
    start = optional_date(condition.from_date, field=f"{path}.from_date")
    end = optional_date(condition.until_date, field=f"{path}.until_date")
    in_order(start, end, field=f"{path}.until_date")
    for name, last in (("weekdays", 7), ("days_of_month", 31)):
        days = getattr(condition, name)
        for index, day in enumerate(days):
            within(day, 1, last, field=f"{path}.{name}[{index}]")
        check_once(days, f"{path}.{name}")
    within(condition.from_minute, 0, MINUTES_OF_DAY - 1, field=f"{path}.from_minute")
    within(condition.until_minute, 0, MINUTES_OF_DAY, field=f"{path}.until_minute")
    if condition.from_minute and condition.from_minute == condition.until_minute:
        raise EmptyPeriod(f"{path}.until_minute")
    for index, days in enumerate(condition.festivals):
        _check_days(days.days_before, days.days_after, f"{path}.festivals[{index}]")
    check_once([days.festival.value for days in condition.festivals], f"{path}.festivals")


def _check_days(before: int, after: int, path: str) -> None:
    within(before, 0, WINDOW_DAYS_MAX, field=f"{path}.days_before")
    within(after, 0, WINDOW_DAYS_MAX, field=f"{path}.days_after")


_NOTHING: Final = Condition()
