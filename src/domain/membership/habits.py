"""What a person buys most often, and on which day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

HABIT_PURCHASES_MIN: Final = 5
"""Fewer purchases show no habit."""

_Choice = TypeVar("_Choice", str, int)


@dataclass(frozen=True, slots=True)
class Purchase:
    """One sale that was not voided: its business date, and the codes of the categories of which it has goods."""

    business_date: date
    category_codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Habits:
    """`usual_weekday` is 1 for Monday to 7 for Sunday (ISO 8601), 0 while unknown; `top_category_code` "" likewise."""

    top_category_code: str = ""
    usual_weekday: int = 0


def habits_of(*, purchases: Sequence[Purchase]) -> Habits:
    """The category that most of the purchases have goods of, and the weekday on which most were made.

    Of several with as many purchases the one with the latest is meant, then the smaller code or earlier weekday, so
    that the answer does not depend on the order of `purchases`. Each purchase counts once for a category, however much
    of it was bought. Fewer than HABIT_PURCHASES_MIN purchases tell nothing.
    """
    if len(purchases) < HABIT_PURCHASES_MIN:
        return Habits()
    category = _most_frequent(purchases, lambda purchase: purchase.category_codes)
    weekday = _most_frequent(purchases, lambda purchase: (purchase.business_date.isoweekday(),))
    return Habits(top_category_code=category or "", usual_weekday=weekday or 0)


def _most_frequent(purchases: Sequence[Purchase], choices: Callable[[Purchase], Iterable[_Choice]]) -> _Choice | None:
    counted: dict[_Choice, tuple[int, date]] = {}
    for purchase in purchases:
        for choice in choices(purchase):
            count, latest = counted.get(choice, (0, date.min))
            counted[choice] = (count + 1, max(latest, purchase.business_date))
    best = max(counted.values(), default=None)
    return min((choice for choice, found in counted.items() if found == best), default=None)
