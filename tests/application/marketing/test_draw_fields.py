"""Terms of a draw that are not whole or contradict themselves are refused at the field at fault."""

from dataclasses import replace
from typing import Any

import pytest

from application.marketing.draw_fields import check_draw
from domain.marketing.draw import PrizeKind
from domain.shared.errors import Invalid
from tests.application.marketing.draws import coupon, draw, goods, points, thanks
from tests.world import OPENING


def test_takes_terms_that_are_whole():
    shares = {"chance": 250_000}
    check_draw(draw(goods(**shares), points(**shares), coupon(**shares), thanks(**shares)), field="draw")


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"code": ""}, "MISSING", "code"),
        ({"name_en": " "}, "MISSING", "name_en"),
        ({"name_zh": ""}, "MISSING", "name_zh"),
        ({"currency": "yuan"}, "UNKNOWN_CURRENCY", "currency"),
        ({"from_at": OPENING.replace(tzinfo=None)}, "NO_ZONE", "from_at"),
        ({"until_at": OPENING}, "EMPTY_PERIOD", "until_at"),
        ({"store_codes": ("S1", "S1")}, "NAMED_TWICE", "store_codes[1]"),
        ({"region_codes": ("",)}, "MISSING", "region_codes[0]"),
        ({"channels": (" web",)}, "SPACE_AROUND", "channels[0]"),
        ({"prizes": ()}, "MISSING", "prizes"),
        ({"prizes": (thanks(),) * 51}, "TOO_MANY", "prizes"),
        ({"prizes": (thanks(), thanks())}, "NAMED_TWICE", "prizes[1].code"),
        ({"prizes": (points(chance=600_000), goods(chance=400_001))}, "CHANCES_BEYOND_ALL", "prizes"),
        ({"spend_step_minor": -1}, "OUT_OF_RANGE", "spend_step_minor"),
        ({"tickets_per_sale_max": 101}, "OUT_OF_RANGE", "tickets_per_sale_max"),
        ({"plays_per_member_max": -1}, "OUT_OF_RANGE", "plays_per_member_max"),
        ({"plays_per_member_day_max": -1}, "OUT_OF_RANGE", "plays_per_member_day_max"),
    ],
)
def test_names_the_field_of_the_terms(changes: dict[str, Any], reason: str, field: str):
    with pytest.raises(Invalid) as raised:
        check_draw(replace(draw(points()), **changes), field="draw")
    assert (raised.value.reason, raised.value.field) == (reason, f"draw.{field}")


@pytest.mark.parametrize(
    ("prize", "reason", "field"),
    [
        (replace(points(), code=""), "MISSING", "code"),
        (replace(points(), name_zh=""), "MISSING", "name_zh"),
        (points(number=0), "OUT_OF_RANGE", "number"),
        (points(chance=0), "OUT_OF_RANGE", "chance_ppm"),
        (points(chance=1_000_001), "OUT_OF_RANGE", "chance_ppm"),
        (replace(points(), value_minor=0), "OUT_OF_RANGE", "value_minor"),
        (points(count=0), "MISSING", "points"),
        (points(count=-1), "OUT_OF_RANGE", "points"),
        (replace(points(), sku="TEA"), "NOT_OF_THIS_KIND", "sku"),
        (goods(pieces=0), "MISSING", "pieces"),
        (goods(sku=""), "MISSING", "sku"),
        (replace(coupon(), coupon_batch_code=""), "MISSING", "coupon_batch_code"),
        (replace(thanks(), number=1), "OUT_OF_RANGE", "number"),
        (replace(thanks(), value_minor=1), "OUT_OF_RANGE", "value_minor"),
        (replace(thanks(), points=1), "NOT_OF_THIS_KIND", "points"),
    ],
)
def test_names_the_field_of_a_prize(prize: Any, reason: str, field: str):
    with pytest.raises(Invalid) as raised:
        check_draw(draw(prize), field="draw")
    assert (raised.value.reason, raised.value.field) == (reason, f"draw.prizes[0].{field}")


def test_reads_the_fields_of_its_kind_only():
    for kind in PrizeKind:
        whole = {"goods": goods(), "points": points(), "coupon": coupon(), "nothing": thanks()}[kind]
        check_draw(draw(whole), field="draw")
