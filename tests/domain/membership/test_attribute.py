from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.membership.attribute import AttributeKind, MemberAttribute, NotAChoice, NotANumber, normalised

HEIGHT = MemberAttribute("height", "身高", AttributeKind.NUMBER)
STYLE = MemberAttribute("style", "偏好风格", AttributeKind.CHOICE, ("休闲", "正装"))


@settings(max_examples=50)
@given(st.decimals(-(10**12) + 1, 10**12 - 1, places=6))
def test_a_number_is_kept_exactly_and_in_one_way(number):
    kept = normalised(HEIGHT, f"{number:f}", field="text")
    assert Decimal(kept) == number
    assert normalised(HEIGHT, kept, field="text") == kept
    assert kept == "0" or not (kept.endswith("0") and "." in kept)


@pytest.mark.parametrize(("text", "kept"), [("172.50", "172.5"), ("100", "100"), ("-0.0", "0"), ("007", "7")])
def test_zeros_that_say_nothing_are_left_out(text, kept):
    assert normalised(HEIGHT, text, field="text") == kept


@pytest.mark.parametrize("text", ["1e5", "NaN", "１７２", "1,5", ".5", "5.", "+5", "1234567890123", "0.1234567"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(NotANumber) as refused:
        normalised(HEIGHT, text, field="values[0].text")
    assert refused.value.field == "values[0].text"


def test_what_is_no_choice_is_refused_with_the_choices():
    assert normalised(STYLE, "正装", field="text") == "正装"
    with pytest.raises(NotAChoice) as refused:
        normalised(STYLE, "运动", field="text")
    assert refused.value.message() == "Attribute “style” is one of: 休闲, 正装."
