"""What promotions give beside the goods, from the put terms to the receipt, in messages of the contract."""

import pytest

from domain.identity.organisation import SYSTEM
from entrypoints.grpc.inventory import SERVICE as INVENTORY
from entrypoints.grpc.pricing import SERVICE as PRICING
from entrypoints.grpc.sales import SERVICE
from liansuo.inventory.v1 import inventory_pb2
from liansuo.pricing.v1 import pricing_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.application.sales.coupons import put_batch
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, World

TEA = pricing_pb2.ItemSet(skus=["TEA"])


def put(world: World, *promotions: pricing_pb2.Promotion) -> None:
    method = PRICING.methods[f"/{PRICING.name}/PutPromotions"]
    world.do(method.use_case, method.decode(pricing_pb2.PutPromotionsRequest(promotions=promotions)))


def checkout(world: World, request: pb2.CheckoutRequest) -> pb2.Sale:
    method = SERVICE.methods[f"/{SERVICE.name}/Checkout"]
    sale = world.sell(method.decode(request))
    return method.row.response.FromString(method.show(sale)).sale


def basket(units: int, member_key: str = "") -> pb2.Basket:
    return pb2.Basket(lines=[pb2.BasketLine(sku="TEA", quantity_milli=units * 1_000)], member_key=member_key)


def cash(amount_minor: int) -> pb2.Tender:
    return pb2.Tender(kind=pb2.TENDER_KIND_CASH, amount_minor=amount_minor)


@pytest.mark.capability("PRM-04")
def test_two_bought_get_a_gift(world: World):
    steps = [pricing_pb2.Step(quantity_milli=2_000, gifts=[pricing_pb2.Gift(sku="MUG", units=1)])]
    benefit = pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_GIFT, items=TEA, steps=steps)
    put(world, pricing_pb2.Promotion(code="MUG2", name="买2送1杯", benefit=benefit))
    [told] = ask(world, SERVICE, "QuoteBasket", pb2.QuoteBasketRequest(basket=basket(2)), world.s1).promotions
    assert (told.applied, told.reward) == (True, pb2.Reward(gifts=[pb2.Gift(sku="MUG", units=1)]))
    assert told.lines == [pb2.ConsideredPromotionLine(line_number=1)]
    sale = checkout(world, pb2.CheckoutRequest(basket=basket(2), tenders=[cash(20_000)]))
    given = pb2.SaleLine(
        line_number=2,
        sku="MUG",
        name="Mug",
        quantity_milli=1_000,
        discounts=[pb2.AppliedDiscount(code="gift:MUG2", name="买2送1杯")],
        gift_promotion_code="MUG2",
    )
    assert (sale.total_minor, sale.lines[1]) == (20_000, given)
    stored = ask(world, SERVICE, "GetSale", pb2.GetSaleRequest(sale_id=sale.sale_id), world.s1).sale
    assert stored.lines == sale.lines
    movements = inventory_pb2.ListMovementsRequest(sku="MUG", store_code="S1", page_size=1)
    [moved] = ask(world, INVENTORY, "ListMovements", movements, SYSTEM).movements
    assert (moved.quantity_milli, moved.value_minor, moved.reason) == (
        -1_000, -2_000, inventory_pb2.MOVEMENT_REASON_GIFT,
    )  # fmt: skip
    # 660101 is promotion expense: what the mug had cost.
    assert world.ledger()["660101"] == 2_000


@pytest.mark.capability("PTS-05")
def test_points_are_doubled_and_told_by_line(world: World):
    world.clock.advance(days=-11)
    benefit = pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_POINTS, items=TEA, points_factor_bp=20_000)
    put(
        world,
        pricing_pb2.Promotion(
            code="1111", name="双倍积分", benefit=benefit, from_date="2026-11-11", until_date="2026-11-12"
        ),
    )
    request = pb2.CheckoutRequest(basket=basket(1, MEMBER), tenders=[cash(10_000)])
    [told] = ask(world, SERVICE, "QuoteBasket", pb2.QuoteBasketRequest(basket=request.basket), world.s1).promotions
    assert told.reward == pb2.Reward(points_factor_bp=20_000, points=100)
    assert told.lines == [pb2.ConsideredPromotionLine(line_number=1, points=100)]
    sale = checkout(world, request)
    assert (sale.business_date, sale.points_earned, sale.lines[0].points_earned) == ("2026-11-11", 200, 200)
    world.clock.advance(days=1)
    assert checkout(world, request).points_earned == 100


def test_coupons_for_the_next_purchase_are_told(world: World):
    benefit = pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_COUPON, items=TEA, coupon_batch_code="NEXT10", units=2)
    put_batch(world, "NEXT10", valid_days=30)
    put(world, pricing_pb2.Promotion(code="NEXT", name="下次优惠", benefit=benefit))
    [told] = ask(world, SERVICE, "QuoteBasket", pb2.QuoteBasketRequest(basket=basket(1)), world.s1).promotions
    assert told.reward == pb2.Reward(coupons=[pb2.CouponsAwarded(batch_code="NEXT10", count=2)])
    sale = checkout(world, pb2.CheckoutRequest(basket=basket(1), tenders=[cash(10_000)]))
    first, second = sale.coupons_awarded
    assert (first.batch_code, first.batch_name, first.until_date) == ("NEXT10", "NEXT10 coupon", "2026-12-22")
    assert len({first.code, second.code}) == 2
    unlocked = pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_UNIT_AMOUNT, items=TEA, off_minor=1_000)
    put(
        world,
        pricing_pb2.Promotion(code="NEXT", name="下次优惠", benefit=benefit, paused=True),
        pricing_pb2.Promotion(code="TEN", name="减10", benefit=unlocked, currency="CNY", coupon_batch_code="NEXT10"),
    )
    later = pb2.CheckoutRequest(basket=basket(1), tenders=[cash(9_000)])
    later.basket.coupon_codes.append(first.code)
    assert checkout(world, later).total_minor == 9_000
