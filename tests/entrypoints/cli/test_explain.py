"""Stored documents explained at the command line, and drafts tried on past baskets."""

import json
from pathlib import Path

import pytest

from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.basket import Manual
from domain.pricing.promotion import Benefit, BenefitKind, Gift, ItemSet, Promotion, Step
from tests.entrypoints.cli.journeys import Shell
from tests.world import Till, World

ALL = ItemSet(everything=True)


@pytest.fixture
def sold(shell: Shell, world: World, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Commands on a chain with two sales under 12 % off everything, the second of them with something by hand."""
    monkeypatch.setenv("LIANSUO_DATABASE_URL", world.url)
    benefit = Benefit(BenefitKind.RATE, ALL, rate_bp=1_200)
    world.do(put_promotions, PutPromotions((Promotion("SPRING", "Spring", benefit),)))
    world.sell(Till().line("TEA").cash(8_800).command)
    world.sell(Till().line("MUG", 2).basket(discounts=(Manual("regular", 500, 0),)).cash(8_360).command)
    return shell


def ids(world: World) -> list[int]:
    return [found[0] for found in world.rows("SELECT sale_id FROM sales ORDER BY sale_id")]


def test_explains_a_sale_as_a_table_and_as_json(sold: Shell, world: World):
    [_, by_hand] = ids(world)
    ended = sold("explain", by_hand)
    assert ended.code == 0
    assert "Priced again from what was kept with the sale. It comes to the same." in ended.err
    for text in ("promotion:SPRING", "-12.00", "regular", "-4.40", "VAT13", "13 %, inside the price", "total 83.60"):
        assert text in ended.out
    assert "by hand off the basket 5 % (regular)" in ended.out
    document = sold("explain", f"T1-S{by_hand}", "--format", "json").json
    assert (document["proven"], document["sale"]["total_minor"], document["differences"]) == (True, 8_360, [])
    [spring] = document["promotions"]
    assert (spring["code"], spring["applied"], spring["discount_minor"]) == ("SPRING", True, 1_200)


def test_prices_many_again_and_ends_with_1_when_one_comes_to_something_else(sold: Shell, world: World):
    ended = sold("explain", "--verify", "--format", "json")
    assert (ended.code, ended.json[0]) == (0, {"rests_on": "facts", "documents": 2})
    assert "All 2 documents come to what is stored." in ended.err
    assert sold("explain", "--verify", "--sample", "1", "--format", "json").json[0]["documents"] == 1
    [first, _] = ids(world)
    change = "UPDATE sale_lines SET quantity_milli = quantity_milli {} WHERE sale_id = " + str(first)
    with world.engine.begin() as connection:
        connection.exec_driver_sql(change.format("+ 1000"))
    ended = sold("explain", "--verify")
    assert ended.code == 1
    assert f"{first} T1-S{first}: line 1 gross_minor 10000, again 20000" in ended.err
    assert "1 of 2 documents come to something else." in ended.err
    assert sold("explain", first).code == 1
    with world.engine.begin() as connection:
        connection.exec_driver_sql(change.format("- 1000"))


@pytest.mark.parametrize("arguments", [(), ("1", "--verify")])
def test_wants_one_document_or_many(sold: Shell, arguments: tuple[str, ...]):
    assert sold("explain", *arguments).code == 2


def test_names_no_document_that_is_not_there(sold: Shell):
    ended = sold("explain", "404")
    assert (ended.code, "There is no such sale" in ended.err) == (1, True)
    assert "send business_date" in sold("explain", "T1-000001").err


def test_tries_a_draft_on_past_baskets(sold: Shell, tmp_path: Path):
    def terms(code: str, rate_bp: int) -> object:
        return {"code": code, "name": code, "benefit": {"kind": "rate", "items": {"skus": ["MUG"]}, "rate_bp": rate_bp}}

    file = tmp_path / "drafts.json"
    file.write_text(json.dumps({"promotions": [terms("HALF", 5_000)]}))
    ended = sold("promotion", "simulate", file, "--from", "2026-11-01", "--to", "2026-11-30", "--format", "json")
    assert ended.code == 0
    assert [row["store_code"] for row in ended.json] == ["S1", "(all)"]
    total = ended.json[-1]
    assert (total["baskets"], total["baskets_touched"], total["participation_bp"]) == (2, 1, 5_000)
    # Half of 100.00 in place of 12.00, then 5 % by hand.
    assert (total["total_before_minor"], total["total_after_minor"]) == (8_800 + 8_360, 8_800 + 4_750)
    assert sold("promotion", "simulate", file, "--sample", "1", "--format", "json").json[-1]["baskets"] == 1
    shown = sold("promotion", "simulate", file)
    assert "Quantities are held as sold" in shown.out
    file.write_text(json.dumps({"promotions": [terms("HALF", 5_000), terms("OTHER", 100)]}))
    assert sold("promotion", "simulate", file).code == 1
    assert sold("promotion", "simulate", file, "--code", "OTHER", "--format", "json").json[-1]["baskets_touched"] == 0


def test_tells_a_gift_by_the_promotion_that_gave_it(sold: Shell, world: World):
    two = Benefit(BenefitKind.GIFT, ItemSet(skus=("TEA",)), steps=(Step(2_000, gifts=(Gift("MUG", 1),)),))
    world.do(put_promotions, PutPromotions((Promotion("FREE", "A mug for two teas", two),)))
    sale = world.sell(Till().line("TEA", 2).cash(20_000).command)
    ended = sold("explain", sale.sale_id)
    assert (ended.code, "given by FREE" in ended.out) == (0, True)
    lines = sold("explain", sale.sale_id, "--format", "json").json["lines"]
    assert [line["gift_promotion_code"] for line in lines] == ["", "FREE"]
    assert sold("explain", "--verify").code == 0
