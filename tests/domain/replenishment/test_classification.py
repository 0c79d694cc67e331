import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.replenishment.classification import abc_classes, variation, xyz_class


def letters(values, **cuts):
    return "".join(abc_classes(values, **cuts))


@pytest.mark.capability("INV-05")
def test_the_first_80_percent_of_sales_are_a():
    assert letters([50, 30, 10, 5, 3, 2]) == "AABBCC"


def test_one_product_that_brings_nearly_everything_is_a():
    assert letters([90, 6, 4]) == "ABC"


@pytest.mark.parametrize("values", [[0, 0], [-5, 0], []])
def test_what_brings_nothing_is_c(values):
    assert letters(values) == "C" * len(values)


def test_a_product_whose_returns_exceed_its_sales_takes_nothing_from_the_others():
    assert letters([-1000, 79, 21]) == "CAB"


def test_takes_other_cuts():
    assert letters([50, 30, 20], a_share_bp=3000, b_share_bp=7000) == "ABC"


@given(st.lists(st.integers(-100, 10**12), max_size=40))
def test_who_brings_more_is_never_in_a_worse_class(values):
    ranked = sorted(zip(values, abc_classes(values), strict=True), key=lambda one: (-one[0], one[1]))
    assert [found for _, found in ranked] == sorted(found for _, found in ranked)


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=40), st.integers(2, 1000))
def test_the_unit_of_value_does_not_matter(values, factor):
    assert abc_classes([value * factor for value in values]) == abc_classes(values)


def test_measures_how_demand_varies():
    # Mean 4, deviations -2, 0, 2: the variance of a sample is 4, its root 2.
    assert variation(periods=3, total=12, squares=4 + 16 + 36) == 0.5


@pytest.mark.parametrize(("periods", "total", "squares"), [(3, 0, 0), (3, -1, 1), (1, 5, 25), (0, 0, 0)])
def test_knows_when_nothing_can_be_said_of_a_demand(periods, total, squares):
    assert variation(periods=periods, total=total, squares=squares) == math.inf


@pytest.mark.parametrize(
    ("coefficient", "letter"), [(0.0, "X"), (0.5, "X"), (0.51, "Y"), (1.0, "Y"), (1.01, "Z"), (math.inf, "Z")]
)
def test_classifies_by_how_evenly_goods_sell(coefficient, letter):
    assert xyz_class(coefficient) == letter
