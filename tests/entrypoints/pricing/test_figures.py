import pytest

from application.pricing.put_campaigns import PutCampaigns, put_campaigns
from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.limits import Campaign, Limits
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from entrypoints.grpc.pricing import SERVICE
from entrypoints.grpc.sales import SERVICE as SALES
from liansuo.pricing.v1 import pricing_pb2 as pb2
from liansuo.sales.v1 import sales_pb2
from tests.entrypoints.world_calls import ask
from tests.world import Till, World


def publish(world: World, off_minor: int, **limits: int) -> None:
    world.do(put_campaigns, PutCampaigns((Campaign("XMAS", "Christmas", "CNY", budget_minor=500_000),)))
    benefit = Benefit(BenefitKind.AMOUNT, ItemSet(skus=("TEA",)), off_minor=off_minor)
    terms = Limits(campaign_code="XMAS", **limits)
    world.do(put_promotions, PutPromotions((Promotion("P", "Tea", benefit, currency="CNY", limits=terms),)))


@pytest.mark.capability("PRM-15")
def test_two_of_eleven_sales_took_part_and_cost_3420_yuan(world: World):
    publish(world, 171_000, uses_max=3)
    for _ in range(2):
        world.sell(Till().line("TEA", 20).member().card(29_000).command)
    for _ in range(9):
        world.sell(Till().line("WRAP").cash(300).command)
    request = pb2.GetPromotionFiguresRequest(code="P", day="2026-11-22", participation=True)
    assert ask(world, SERVICE, "GetPromotionFigures", request).figures == pb2.PromotionFigures(
        code="P",
        name="Tea",
        campaign_code="XMAS",
        currency="CNY",
        uses=2,
        members=1,
        discount_minor=342_000,
        day_uses=2,
        day_discount_minor=342_000,
        limits=[
            pb2.LimitFigures(limit="uses_max", most=3, left=1),
            pb2.LimitFigures(limit="budget_minor", most=500_000, left=158_000),
        ],
        sales=11,
        participation_bp=1_818,
    )


@pytest.mark.capability("FIN-10")
def test_a_quote_tells_that_the_campaign_of_5000_yuan_has_stopped(world: World):
    publish(world, 300_000)
    till = Till().line("TEA", 40).card(100_000)
    assert [world.sell(till.command).discount_minor for _ in range(1)] == [300_000]
    request = sales_pb2.QuoteBasketRequest()
    request.basket.lines.add(sku="TEA", quantity_milli=40_000)
    [told] = ask(world, SALES, "QuoteBasket", request, world.s1).promotions
    assert (told.applied, told.discount_minor, told.uncapped_minor) == (True, 200_000, 300_000)
    assert (told.limit, told.limit_left) == ("budget_minor", 200_000)
    assert told.limits_left == [sales_pb2.LimitLeft(limit="budget_minor", left=200_000)]
    assert world.sell(till.card(100_000).command).discount_minor == 200_000
    [told] = ask(world, SALES, "QuoteBasket", request, world.s1).promotions
    assert (told.applied, told.reason, told.limit_left) == (False, "exhausted", 0)
    figures = ask(world, SERVICE, "GetCampaign", pb2.GetCampaignRequest(code="XMAS")).figures
    assert (figures.uses, figures.discount_minor, figures.left_minor) == (2, 500_000, 0)
