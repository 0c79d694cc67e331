"""Score cards of suppliers: what their deliveries came to beside what was promised, and the grade of that."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.purchasing.purchase_terms import WHOLE_BP, NetPrice, worth_minor
from domain.purchasing.supplier import SupplierPrice
from domain.shared.money import Rounding, divide

DAY_MILLI: Final = 1_000


class SupplierGrade(StrEnum):
    A = "A"
    B = "B"
    C = "C"


@dataclass(slots=True)
class SupplierDelivery:
    """What a receipt brought of a line of an order, beside what was promised; it never changes.

    It was `due_milli` that was still to come, by `promised_on` of the version in force, `lead_days` after the supplier
    was first sent the order. What was accepted cost `paid_minor`; it would have cost `last_minor` at the price that had
    last been paid, and `list_minor` at the price agreed when it was sent: None where there was no such price.
    """

    supplier_id: int
    received_on: date
    receipt_id: int
    line_number: int
    store_id: int
    order_id: int
    sku_id: int
    promised_on: date
    lead_days: int
    due_milli: int
    accepted_milli: int
    rejected_milli: int
    paid_minor: int
    last_minor: int | None
    list_minor: int | None


@dataclass(frozen=True, slots=True)
class SupplierFigures:
    """Sums over the deliveries of a period.

    `overdue` counts lines that were promised for the period and have not come yet. `last_paid_minor` was paid for what
    `last_minor` had been paid before, `list_paid_minor` for what `list_minor` was agreed. `lead_squares` is the sum of
    the squares of lead times in days. `returned_milli` was accepted, then or before, and has gone back in the period
    for a reason that is the supplier's.
    """

    deliveries: int = 0
    on_time: int = 0
    in_full: int = 0
    overdue: int = 0
    accepted_milli: int = 0
    rejected_milli: int = 0
    paid_minor: int = 0
    last_paid_minor: int = 0
    last_minor: int = 0
    list_paid_minor: int = 0
    list_minor: int = 0
    lead_days: int = 0
    lead_squares: int = 0
    returned_milli: int = 0

    @property
    def lines(self) -> int:
        """How many lines were to come: those that did, and those that are overdue."""
        return self.deliveries + self.overdue

    @property
    def on_time_bp(self) -> int:
        """The share of lines that came on the promised day or before; 0 of none."""
        return _share_bp(self.on_time, self.lines)

    @property
    def in_full_bp(self) -> int:
        """The share of lines that brought at once all that was still to come; 0 of none."""
        return _share_bp(self.in_full, self.lines)

    @property
    def reject_bp(self) -> int:
        """The share of what was received that was rejected at once or has gone back, at most all; 0 of nothing."""
        received = self.accepted_milli + self.rejected_milli
        return _share_bp(min(self.rejected_milli + self.returned_milli, received), received)

    @property
    def over_last_bp(self) -> int:
        """How much more was paid than the last time, below zero less; 0 where nothing can be compared."""
        return _share_bp(self.last_paid_minor - self.last_minor, self.last_minor)

    @property
    def over_list_bp(self) -> int:
        """How much more was paid than agreed, below zero less; 0 where nothing can be compared."""
        return _share_bp(self.list_paid_minor - self.list_minor, self.list_minor)

    @property
    def lead_mean_milli(self) -> int:
        """The mean lead time in thousandths of a day; 0 of none."""
        return divide(self.lead_days * DAY_MILLI, self.deliveries) if self.deliveries else 0

    @property
    def lead_deviation_milli(self) -> int:
        """The standard deviation of lead times, that of a sample, in thousandths of a day; 0 below two deliveries."""
        if self.deliveries < 2:
            return 0
        count = self.deliveries
        spread = count * self.lead_squares - self.lead_days**2
        # Exact until the root: variance = spread / (count * (count - 1)).
        return math.isqrt(spread * DAY_MILLI**2 // (count * (count - 1)))


@dataclass(frozen=True, slots=True)
class ScoreRules:
    """How figures become a grade: four weights that sum to 100, and from which score on a grade is given.

    Rejects score from 10,000 for none down to 0 at `reject_bp_worst`; so do prices above those agreed (else above the
    last ones) at `price_bp_worst`.
    """

    on_time_weight: int = 40
    in_full_weight: int = 20
    reject_weight: int = 30
    price_weight: int = 10
    reject_bp_worst: int = 500
    price_bp_worst: int = 1_000
    a_from_bp: int = 9_000
    b_from_bp: int = 7_500


@dataclass(frozen=True, slots=True)
class SupplierScore:
    """0 to 10,000, and the grade that it is."""

    score_bp: int
    grade: SupplierGrade


@dataclass(slots=True)
class SupplierScoreCard:
    """The figures and grade of a supplier in a month, as they were when it was over; it never changes.

    `month` is its first day.
    """

    supplier_id: int
    month: date
    currency: str
    grade: SupplierGrade
    score_bp: int
    deliveries: int
    on_time: int
    in_full: int
    overdue: int
    accepted_milli: int
    rejected_milli: int
    returned_milli: int
    paid_minor: int
    last_paid_minor: int
    last_minor: int
    list_paid_minor: int
    list_minor: int
    lead_days: int
    lead_squares: int
    kept_at: datetime


def scored(figures: SupplierFigures, *, rules: ScoreRules) -> SupplierScore | None:
    """The score and grade of a period; None where nothing came and nothing was due.

    A part that cannot be told, such as rejects where nothing came or prices where none can be compared, is left out,
    and the others weigh accordingly more.
    """
    if not figures.lines:
        return None
    parts = [(rules.on_time_weight, figures.on_time_bp), (rules.in_full_weight, figures.in_full_bp)]
    if figures.accepted_milli + figures.rejected_milli:
        parts.append((rules.reject_weight, _points(figures.reject_bp, rules.reject_bp_worst)))
    if figures.list_minor:
        parts.append((rules.price_weight, _points(figures.over_list_bp, rules.price_bp_worst)))
    elif figures.last_minor:
        parts.append((rules.price_weight, _points(figures.over_last_bp, rules.price_bp_worst)))
    weight = sum(part[0] for part in parts)
    # Where only parts without weight can be told, they count alike.
    score = divide(sum(w * p for w, p in parts), weight) if weight else divide(sum(p for _, p in parts), len(parts))
    if score >= rules.a_from_bp:
        return SupplierScore(score, SupplierGrade.A)
    return SupplierScore(score, SupplierGrade.B if score >= rules.b_from_bp else SupplierGrade.C)


def agreed_price(price: SupplierPrice, *, quantity_milli: int) -> NetPrice:
    """The price agreed for an order of this quantity: that of the highest break that it reaches."""
    minor = price.price_minor
    for step in price.breaks:
        if quantity_milli >= step.quantity_from_milli:
            minor = step.price_minor
    return NetPrice(minor, price.price_quantity_milli)


def worth_at(price: NetPrice | None, quantity_milli: int, *, rounding: Rounding) -> int | None:
    """What a quantity would have cost at another price; None without one, or at a price of nothing."""
    if price is None or not price.quantity_milli or not price.minor:
        return None
    return worth_minor(price, quantity_milli, rounding=rounding)


def month_of(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after that of a first day."""
    return month_of(month + timedelta(days=31))


def months_before(month: date, count: int) -> list[date]:
    """The first days of so many months before a month, the earliest first."""
    months: list[date] = []
    for _ in range(count):
        month = month_of(month - timedelta(days=1))
        months.append(month)
    return months[::-1]


def _share_bp(part: int, whole: int) -> int:
    return divide(part * WHOLE_BP, whole) if whole else 0


def _points(bp: int, worst_bp: int) -> int:
    return max(0, WHOLE_BP - divide(max(0, bp) * WHOLE_BP, worst_bp))
