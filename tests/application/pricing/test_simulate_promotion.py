"""Past baskets under a draft: exact figures in a chain of two stores, whatever they were priced from."""

from dataclasses import replace
from typing import Any

import pytest

from application.paging import InvalidPageToken
from application.pricing.put_promotions import PutPromotions, UnknownSku, put_promotions
from application.pricing.simulate_promotion import (
    SimulatedSales,
    SimulatePromotion,
    SimulationPage,
    simulate_promotion,
    summed,
)
from application.sales.basket import TerminalPrice
from application.sales.refund import RefundSale
from domain.pricing.basket import Manual
from domain.pricing.promotion import Benefit, BenefitKind, Gift, ItemSet, Promotion, Step
from domain.shared.errors import Invalid
from tests.world import Till, World

ALL = ItemSet(everything=True)
MUG = ItemSet(skus=("MUG",))
FULL = Promotion(
    "FULL", "满200减30", Benefit(BenefitKind.AMOUNT, ALL, steps=(Step(amount_minor=20_000, off_minor=3_000),)),
    currency="CNY",
)  # fmt: skip


def mugs(rate_bp: int, **terms: Any) -> Promotion:
    return Promotion("MUGS", "Mugs", Benefit(BenefitKind.RATE, MUG, rate_bp=rate_bp), **terms)


def simulate(world: World, draft: Promotion, **asked: Any) -> SimulationPage:
    found: SimulationPage = world.ask(simulate_promotion, SimulatePromotion(draft, **asked))
    return found


@pytest.fixture
def traded(world: World) -> World:
    """Two sales in S1 and one in S2, those with a mug under 10 % off mugs: 300.00, 45.00 and 145.00."""
    world.sell(Till().line("TEA", 3).cash(30_000).command)
    world.do(put_promotions, PutPromotions((mugs(1_000),)))
    world.sell(Till().line("MUG").cash(4_500).command)
    world.clock.advance(days=1)
    world.sell(Till().line("TEA").line("MUG").cash(14_500).command, world.s2)
    return world


def test_shows_a_draft_beside_what_was_by_store_and_in_total(traded: World):
    counts = traded.counts()
    page = simulate(traded, FULL)
    s1 = SimulatedSales(
        store_code="S1",
        currency="CNY",
        baskets=2,
        baskets_touched=1,
        participation_bp=5_000,
        discount_before_minor=500,
        discount_after_minor=3_500,
        draft_discount_minor=3_000,
        total_before_minor=30_000 + 4_500,
        total_after_minor=27_000 + 4_500,
        # 300.00 and 270.00 less the 13 % inside; 45.00 as it was.
        revenue_before_minor=26_549 + 3_982,
        revenue_after_minor=23_894 + 3_982,
        cost_minor=18_000 + 2_000,
        margin_before_minor=10_531,
        margin_after_minor=7_876,
    )
    s2 = SimulatedSales(
        store_code="S2",
        currency="CNY",
        baskets=1,
        discount_before_minor=500,
        discount_after_minor=500,
        total_before_minor=14_500,
        total_after_minor=14_500,
        revenue_before_minor=12_832,
        revenue_after_minor=12_832,
        cost_minor=8_000,
        margin_before_minor=4_832,
        margin_after_minor=4_832,
    )
    total = SimulatedSales("", "CNY")
    for one in (s1, s2):
        total.add(one)
    assert page == SimulationPage([s1, s2], [total], "")
    assert (total.baskets, total.participation_bp, total.margin_after_minor) == (3, 3_333, 12_708)
    assert traded.counts() == counts


def test_gifts_of_a_draft_cost_what_they_would_leave_stock_at(traded: World):
    gifts = Benefit(BenefitKind.GIFT, ItemSet(skus=("TEA",)), gifts=(Gift("MUG", 2), Gift("WRAP", 1)))
    draft = Promotion("GIFTS", "Gifts", gifts)
    traded.receive("MUG", 99_000, 99 * 4_000, "S2")
    [s1, s2] = simulate(traded, draft).stores
    # 20.00 a mug in S1; in S2 99 at 20.00 and 99 at 40.00. Wrapping is not kept in stock.
    assert [(one.baskets_touched, one.gift_cost_before_minor, one.gift_cost_after_minor) for one in (s1, s2)] == [
        (1, 0, 4_000), (1, 0, 6_000),
    ]  # fmt: skip
    assert (s1.margin_before_minor - s1.margin_after_minor, s1.revenue_after_minor) == (4_000, s1.revenue_before_minor)
    # Once they have been given they cost what they did, and nothing under terms that give none.
    traded.do(put_promotions, PutPromotions((draft,)))
    traded.clock.advance(days=1)
    traded.sell(Till().line("TEA").cash(10_000).command)
    traded.receive("MUG", 1_000_000, 9_000_000)
    today = {"from_date": "2026-11-24", "store_code": "S1"}
    for terms, then, touched in ((draft, 4_000, 0), (replace(draft, tiers=("gold",)), 0, 1)):
        [found] = simulate(traded, terms, **today).stores
        assert (found.cost_minor, found.gift_cost_before_minor, found.gift_cost_after_minor) == (10_000, 4_000, then)
        assert (found.margin_after_minor - found.margin_before_minor, found.baskets_touched) == (4_000 - then, touched)


def test_a_draft_takes_the_place_of_the_promotion_with_its_code(traded: World):
    [total] = simulate(traded, mugs(2_000)).totals
    assert (total.baskets_touched, total.discount_before_minor, total.discount_after_minor) == (2, 1_000, 2_000)
    # 40.00 and 140.00 less the tax inside, and 300.00 as it was.
    assert total.revenue_after_minor == 3_540 + 12_389 + 26_549
    assert total.draft_discount_minor == 2_000
    ended = mugs(2_000, tiers=("gold",))
    [total] = simulate(traded, ended).totals
    assert (total.baskets_touched, total.draft_discount_minor, total.discount_after_minor) == (2, 0, 0)


def test_knows_which_goods_a_draft_would_compete_for(traded: World):
    rival = replace(mugs(500), code="RIVAL")
    assert simulate(traded, rival).totals[0].baskets_touched == 0
    assert simulate(traded, replace(rival, stage=1)).totals[0].draft_discount_minor == 2 * 225


def test_dates_and_pauses_of_a_draft_count_for_nothing_and_hours_do(traded: World):
    later = replace(FULL, from_date="2030-01-01", until_date="2030-02-01", paused=True)
    assert simulate(traded, later) == simulate(traded, FULL)
    # The sales were made at ten.
    assert simulate(traded, replace(FULL, from_minute=660)).totals[0].baskets_touched == 0


def test_uses_the_terms_of_the_time_of_the_sale(traded: World):
    before = simulate(traded, FULL)
    traded.do(put_promotions, PutPromotions((mugs(9_000),)))
    assert simulate(traded, FULL) == before


def test_only_the_stores_and_days_that_were_asked_for(traded: World):
    assert [one.store_code for one in simulate(traded, FULL, store_code="S2").stores] == ["S2"]
    assert [one.baskets for one in simulate(traded, FULL, to_date="2026-11-22").totals] == [2]
    assert simulate(traded, FULL, from_date="2026-12-01") == SimulationPage([], [], "")
    assert [one.store_code for one in traded.ask(simulate_promotion, SimulatePromotion(FULL), traded.s1).stores] == [
        "S1"
    ]


def test_the_sums_of_all_pages_are_those_of_all_baskets(traded: World):
    whole = simulate(traded, FULL)
    stores: list[SimulatedSales] = []
    token, pages = "", 0
    while True:
        page = simulate(traded, FULL, page_size=1, page_token=token)
        stores = summed([*stores, *page.stores])
        token, pages = page.next_page_token, pages + 1
        if not token:
            break
    assert (pages, stores) == (3, list(whole.stores))
    with pytest.raises(InvalidPageToken):
        simulate(traded, FULL, page_token="nonsense")


def test_leaves_out_what_cannot_be_priced_again_and_lines_that_terminals_priced(traded: World):
    # By hand more comes off than the draft leaves; the terminal's price takes part in none; a refund is no basket.
    by_hand = Till().line("TEA", 3, discounts=(Manual("torn", 0, 29_000),))
    traded.sell(by_hand.cash(1_000).command)
    stated = traded.sell(Till().line("TEA", 3, terminal_price=TerminalPrice(30_000)).cash(30_000).command)
    traded.refund(RefundSale(stated.sale_id, "back"))
    [total] = simulate(traded, FULL).totals
    assert (total.baskets, total.baskets_touched, total.baskets_left_out) == (4, 1, 1)
    with traded.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sale_facts SET engine_version = 99")
    [total] = simulate(traded, FULL).totals
    assert (total.baskets, total.baskets_left_out) == (1, 4)
    with traded.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM sale_facts")
    # Older sales with discounts cannot be told from their lines; the one without has its list price.
    [total] = simulate(traded, mugs(2_000)).totals
    assert (total.baskets, total.baskets_left_out) == (3, 2)


@pytest.mark.parametrize(
    ("draft", "refusal", "field"),
    [
        (replace(FULL, code=""), Invalid, "promotion.code"),
        (replace(FULL, benefit=Benefit(BenefitKind.RATE, ALL)), Invalid, "promotion.benefit.rate_bp"),
        (Promotion("X", "X", Benefit(BenefitKind.RATE, ItemSet(skus=("NONE",)), rate_bp=1)), UnknownSku,
         "promotion.benefit.items.skus[0]"),
    ],
)  # fmt: skip
def test_refuses_a_draft_that_could_not_be_published(
    world: World, draft: Promotion, refusal: type[Exception], field: str
):
    with pytest.raises(refusal) as refused:
        simulate(world, draft)
    assert refused.value.field == field
