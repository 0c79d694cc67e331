"""Kinds of benefit that packages add, and how little the engine trusts them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.goods import Goods, Remaining
from domain.pricing.limits import Limits
from domain.pricing.plug_in import (
    InvalidParameters,
    PlugInFailed,
    PlugInGoods,
    PlugInMissing,
    PlugInPart,
    UnknownPlugIn,
    check_plug_in,
    parameters_of,
)
from domain.pricing.promoting import Considered, Promoting
from domain.pricing.promotion import Benefit, BenefitKind, Gift, ItemSet, Promotion, Situation, Unmet
from domain.pricing.promotion_book import PromotionBook
from domain.shared.money import Rounding

SITUATION = Situation("S1", "EAST", "store", "CNY", "", False, date(2026, 6, 1), 600)


ALL = ItemSet(everything=True)


class OddPrices:
    """Takes `off_minor` off every line of an odd value."""

    def check(self, parameters: Mapping[str, Any]) -> str:
        off = parameters.get("off_minor")
        return "" if type(off) is int and off > 0 and len(parameters) == 1 else "off_minor must be above zero."

    def offer(self, parameters: Mapping[str, Any], goods: Sequence[PlugInGoods]) -> Sequence[PlugInPart]:
        return [
            PlugInPart(position, line.quantity_milli, parameters["off_minor"])
            for position, line in enumerate(goods)
            if line.value_minor % 2
        ]


class Says:
    """Whatever it is told to say."""

    def __init__(self, parts: Any) -> None:
        self.parts = parts

    def check(self, parameters: Mapping[str, Any]) -> str:
        return ""

    def offer(self, parameters: Mapping[str, Any], goods: Sequence[PlugInGoods]) -> Sequence[PlugInPart]:
        if isinstance(self.parts, Exception):
            raise self.parts
        found: Sequence[PlugInPart] = self.parts
        return found


def odd(parameters: str = '{"off_minor": 300}', items: ItemSet = ALL, **terms: Any) -> Promotion:
    benefit = Benefit(BenefitKind.PLUG_IN, items, plug_in="odd", parameters=parameters)
    return Promotion("ODD", "Odd", benefit, **terms)


def consider(plug_in: Any, *values: int, promotion: Promotion | None = None, others: Sequence[Promotion] = ()):
    book = PromotionBook([promotion or odd(), *others], plug_ins={"odd": plug_in} if plug_in else {})
    goods = [Goods(f"SKU{number}", frozenset(), 1_000, value) for number, value in enumerate(values)]
    return Promoting(book, SITUATION).consider(goods, Rounding.HALF_UP)


def off(considered: list[Considered]) -> dict[str, list[int]]:
    return {one.code: one.off_by_line for one in considered if one.applied}


def test_takes_off_what_it_says_and_never_more_than_there_is():
    assert off(consider(OddPrices(), 1_001, 1_000, 101)) == {"ODD": [300, 0, 101]}
    assert off(consider(OddPrices(), 1_001, promotion=odd(discount_minor_max=50))) == {"ODD": [50]}
    assert consider(OddPrices(), 1_000)[0].unmet is Unmet.NO_ADVANTAGE
    assert off(consider(OddPrices(), 1_001, 1_003, promotion=odd(items=ItemSet(skus=("SKU1",))))) == {"ODD": [0, 300]}


def test_competes_with_other_kinds_like_any_of_them():
    half = Promotion("HALF", "", Benefit(BenefitKind.RATE, ItemSet(skus=("SKU0",)), rate_bp=5_000))
    # Used up by the better one, a line is none of the other's.
    assert off(consider(OddPrices(), 1_001, 1_001, others=[half])) == {"HALF": [501, 0], "ODD": [0, 300]}
    assert off(consider(OddPrices(), 1_001, others=[half])) == {"HALF": [501]}
    first = replace(half, priority=1)
    assert off(consider(OddPrices(), 1_001, 1_001, others=[first])) == {"HALF": [501, 0], "ODD": [0, 300]}


def test_a_basket_is_never_priced_without_it():
    with pytest.raises(PlugInMissing) as refused:
        consider(None, 1_001)
    assert refused.value.details == {"code": "ODD", "plug_in": "odd"}
    # One that it does not concern is, and so is one at another time.
    assert consider(None, 1_001, promotion=odd(items=ItemSet(skus=("OTHER",)))) == []
    assert consider(None, 1_001, promotion=odd(until_date="2026-06-01"))[0].unmet is Unmet.NOT_NOW
    book = PromotionBook([odd(), replace(odd(), code="PAUSED", paused=True)])
    assert [promotion.code for promotion in book.lacking()] == ["ODD"]
    assert PromotionBook([odd()], plug_ins={"odd": OddPrices()}).lacking() == []
    assert book.with_changes([replace(odd(), paused=True)], version=2).lacking() == []


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([PlugInPart(1, 1_000, 1)], "a part of no line"),
        ([PlugInPart(-1, 1_000, 1)], "a part of no line"),
        ([PlugInPart(0, 1_000, 0.5)], "a part of no line"),
        ([PlugInPart(0, 500, 1), PlugInPart(0, 500, 1)], "two parts of one line"),
        ([PlugInPart(0, 1_001, 1)], "more than there is, or less than nothing"),
        ([PlugInPart(0, 0, 1)], "more than there is, or less than nothing"),
        ([PlugInPart(0, 1_000, -1)], "more than there is, or less than nothing"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (None, "TypeError"),
    ],
)
def test_refuses_what_breaks_its_word(parts, why):
    with pytest.raises(PlugInFailed) as refused:
        consider(Says(parts), 1_000)
    assert refused.value.details["why"] == why


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=4), st.integers(0, 10_000), st.integers(1, 1_000))
def test_nothing_goes_below_zero(values: list[int], off_minor: int, quantity: int):
    parts = [PlugInPart(position, quantity, off_minor) for position in range(len(values))]
    for considered in consider(Says(parts), *values):
        assert all(0 <= taken <= value for taken, value in zip(considered.off_by_line, values, strict=True))


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ('{"off_minor": 0}', "off_minor must be above zero."),
        ('{"off_minor": 0.5}', "0.5 is no integer"),
        ('{"off_minor": NaN}', "NaN is no integer"),
        ("[1]", "it is no JSON object"),
        ('{"a": "' + "x" * 4_000 + '"}', "they are longer than 4000 characters"),
        ("[" * 3_900, "RecursionError"),
    ],
)
def test_refuses_parameters_that_it_does_not_take(parameters: str, why: str):
    with pytest.raises(InvalidParameters) as refused:
        check_plug_in({"odd": OddPrices()}, odd(parameters).benefit, field="benefit")
    assert refused.value.field == "benefit.parameters"
    assert why in str(refused.value.details["why"]) or "recursion" in str(refused.value.details["why"])


def test_refuses_what_is_not_installed():
    with pytest.raises(UnknownPlugIn) as refused:
        check_plug_in({"even": OddPrices()}, odd().benefit, field="benefit")
    assert (refused.value.field, refused.value.details["installed"]) == ("benefit.plug_in", "even")
    check_plug_in({}, Benefit(BenefitKind.RATE), field="benefit")
    assert parameters_of("") == {}


def test_the_parts_of_a_book_know_the_kinds_that_the_whole_does():
    plug_in = Promotion("ODD", "Odd", Benefit(BenefitKind.PLUG_IN, ALL, plug_in="odd"), limits=Limits())
    gift = Promotion("GIFT", "Gift", Benefit(BenefitKind.GIFT, ALL, gifts=(Gift("BAG", 1),)))
    book = PromotionBook([plug_in, gift], version=7, plug_ins={"odd": OddPrices()})
    assert (list(book.limited.promotions), list(book.gifts.promotions)) == (["ODD"], ["GIFT"])
    for part in (book.limited, book.gifts):
        assert (part.plug_ins, part.version, part.lacking()) == (book.plug_ins, 7, [])
        goods = Remaining([Goods("TEA", frozenset(), 1_000, 101)])
        part.concerning(goods)
        assert goods.plug_ins == book.plug_ins
    assert [one.code for one in PromotionBook([plug_in]).limited.lacking()] == ["ODD"]
