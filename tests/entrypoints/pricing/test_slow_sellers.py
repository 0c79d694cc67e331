"""Slow sellers as they travel."""

from datetime import timedelta

import pytest

from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from entrypoints.grpc.pricing import SERVICE
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.entrypoints.world_calls import ask
from tests.world import OPENING, Till, World


@pytest.fixture
def january(world: World) -> World:
    """Late in January 2027, after a December in which three of TEA were sold with 1.00 off, and nothing else."""
    return slow_december(world)


def slow_december(world: World) -> World:
    """Sells three of TEA in December 2026 with 1.00 off, and nothing else, and goes on to January."""
    benefit = Benefit(BenefitKind.UNIT_AMOUNT, ItemSet(skus=("TEA",)), off_minor=100)
    world.do(put_promotions, PutPromotions((Promotion("TEA1", "Tea", benefit, currency="CNY"),)))
    world.clock.now = OPENING + timedelta(days=20)
    world.sell(Till().line("TEA", 3).cash(30_000).command)
    world.clock.now = OPENING + timedelta(days=60)
    return world


@pytest.mark.capability("PRM-16")
def test_travels_from_the_request_to_the_answer(january: World):
    request = pb2.ListSlowSellersRequest(store_codes=["S1"], month="2026-12", pieces_a_month=4, page_size=1)
    found = ask(january, SERVICE, "ListSlowSellers", request)
    assert found == pb2.ListSlowSellersResponse(
        slow_sellers=[
            pb2.SlowSeller(
                sku="TEA",
                name="Green tea",
                unit_code="EA",
                sold_milli=3_000,
                on_hand_milli=97_000,
                stock_value_minor=582_000,
                days_of_stock=1_002,
                unit_price_minor=10_000,
                unit_price_minor_max=10_000,
                includes_tax=True,
                unit_cost_minor=6_000,
                margin_minor=2_850,
                margin_bp=3_220,
                promotions=[
                    pb2.SlowSellerPromotion(
                        code="TEA1",
                        name="Tea",
                        kind=pb2.BENEFIT_KIND_UNIT_AMOUNT,
                        effect="100 off each unit",
                        off_minor=100,
                    )
                ],
                current_rate_bp=100,
                proposal=pb2.SLOW_SELLER_PROPOSAL_DEEPEN,
                reason=pb2.SLOW_REASON_ROOM_ABOVE_FLOOR,
                proposed_rate_bp=600,
                proposed_price_minor=9_400,
                explanation="Now 1 % off. 6 % off leaves the price at its floor or above.",
            )
        ],
        from_date="2026-12-01",
        to_date="2026-12-31",
        slow_below_milli=4_000,
        currency="CNY",
        looked_at=1,
        next_page_token=found.next_page_token,
    )
    request.page_size, request.page_token = 500, found.next_page_token
    rest = ask(january, SERVICE, "ListSlowSellers", request)
    assert [one.sku for one in rest.slow_sellers] == ["MUG", "RICE"]
    assert [one.days_of_stock for one in rest.slow_sellers] == [-1, -1]
    assert list(rest.left_out) == [pb2.LeftOutCount(reason=pb2.LEFT_OUT_UNSTOCKED, count=2)]
    assert (rest.looked_at, rest.selling, rest.next_page_token) == (4, 0, "")
