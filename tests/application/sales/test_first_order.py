"""A campaign for the first order gives its points with that sale, once, and takes them back with it (PTS-15)."""

import pytest

from application.pricing.put_promotions import PutPromotions, put_promotions
from application.sales.checkout import checkout
from application.sales.refund import RefundSale, ReturnRequest, VoidSale, void_sale
from domain.pricing.promotion import Benefit, BenefitKind, Condition, ItemSet, Promotion
from tests.world import Till, World

CAMPAIGN = Promotion(
    "FIRST100",
    "First order",
    Benefit(BenefitKind.POINTS, ItemSet(everything=True), points=100),
    when=Condition(first_purchase=True),
)
ONE_TEA = Till().line("TEA").member().cash(10_000)


@pytest.fixture
def campaign(world: World) -> World:
    world.do(put_promotions, PutPromotions((CAMPAIGN,)))
    return world


@pytest.mark.capability("PTS-15")
def test_the_first_order_gives_a_hundred_points_and_no_other(campaign: World):
    request = campaign.call(ONE_TEA.command, campaign.s1)
    [first] = campaign.sell_all([request])
    assert first.points_earned == 200
    # Sent again under the same request id it is answered from memory.
    [answer] = campaign.transactor.execute_batch(checkout, [request], lambda _: b"made again")
    assert (answer.payload, campaign.points()) == (b"0", 200)
    assert campaign.sell(ONE_TEA.command).points_earned == 100
    assert campaign.points() == 300


@pytest.mark.capability("PTS-15")
def test_a_refund_of_the_first_order_takes_its_points_back(campaign: World):
    sale = campaign.sell(Till().line("TEA", 2).member().cash(20_000).command)
    assert sale.points_earned == 300
    campaign.refund(RefundSale(sale.sale_id, "Wrong size", (ReturnRequest(1, 1_000, amount_only=False),)))
    assert campaign.points() == 150
    campaign.refund(RefundSale(sale.sale_id, "Wrong size"))
    assert campaign.points() == 0
    assert campaign.sell(ONE_TEA.command).points_earned == 100


@pytest.mark.capability("PTS-15")
def test_a_void_makes_the_next_order_the_first(campaign: World):
    sale = campaign.sell(ONE_TEA.command)
    campaign.once(void_sale, VoidSale(sale.sale_id, "Mistake"), campaign.s1)
    assert campaign.points() == 0
    assert campaign.sell(ONE_TEA.command).points_earned == 200
