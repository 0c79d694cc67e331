"""Figures of deliveries become a score and a grade."""

from datetime import date

import pytest

from domain.purchasing.purchase_terms import NetPrice
from domain.purchasing.supplier_score import (
    ScoreRules,
    SupplierFigures,
    SupplierGrade,
    SupplierScore,
    months_before,
    next_month,
    scored,
    worth_at,
)
from domain.shared.money import Rounding

RULES = ScoreRules()


@pytest.mark.capability("PUR-01")
def test_shares_are_of_lines_and_of_what_was_received():
    figures = SupplierFigures(
        deliveries=50, on_time=47, in_full=49, accepted_milli=988_000, rejected_milli=12_000, lead_days=156,
        lead_squares=498,
    )  # fmt: skip
    assert (figures.on_time_bp, figures.in_full_bp, figures.reject_bp) == (9_400, 9_800, 120)
    # 47 lines after 3 days and 3 after 5: 3.12 days, give or take 0.479.
    assert (figures.lead_mean_milli, figures.lead_deviation_milli) == (3_120, 479)


def test_what_is_overdue_is_neither_on_time_nor_in_full():
    figures = SupplierFigures(deliveries=3, on_time=3, in_full=3, overdue=1)
    assert (figures.on_time_bp, figures.in_full_bp) == (7_500, 7_500)


@pytest.mark.capability("PUR-02")
@pytest.mark.parametrize(
    ("figures", "score"),
    [
        (SupplierFigures(), None),
        # Nothing rejected is worth all of its weight; prices that cannot be compared count nothing either way.
        (SupplierFigures(1, 1, 1, accepted_milli=1), SupplierScore(10_000, SupplierGrade.A)),
        (SupplierFigures(overdue=2), SupplierScore(0, SupplierGrade.C)),
        # 40 % of 90 %, 20 % of all, 30 % of 7,600 and 10 % of 8,000, which is 2 % above what was agreed.
        (
            SupplierFigures(10, 9, 10, 0, 988, 12, 1_020, 900, 800, 1_020, 1_000),
            SupplierScore(8_680, SupplierGrade.B),
        ),
        # Without an agreed price the last one counts: 12.5 % above it is worth nothing.
        (SupplierFigures(10, 10, 10, 0, 1_000, 0, 900, 900, 800), SupplierScore(9_000, SupplierGrade.A)),
        (SupplierFigures(10, 0, 10, 0, 950, 50), SupplierScore(2_222, SupplierGrade.C)),
    ],
)
def test_grades_by_weights_of_what_can_be_told(figures, score):
    assert scored(figures, rules=RULES) == score


def test_parts_without_weight_count_alike_where_nothing_else_can_be_told():
    rules = ScoreRules(0, 0, 0, 100, 500, 1_000, 9_000, 7_500)
    assert scored(SupplierFigures(2, 1, 2, accepted_milli=1), rules=rules) == SupplierScore(8_333, SupplierGrade.B)


def test_goods_are_compared_with_prices_that_there_were():
    assert worth_at(NetPrice(800, 1_000), 2_500, rounding=Rounding.HALF_UP) == 2_000
    assert worth_at(NetPrice(0, 0), 2_500, rounding=Rounding.HALF_UP) is None
    assert worth_at(None, 2_500, rounding=Rounding.HALF_UP) is None


def test_months_follow_each_other():
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)
    assert months_before(date(2027, 1, 1), 2) == [date(2026, 11, 1), date(2026, 12, 1)]
