from datetime import UTC, datetime

import pytest

from application.pricing.coupon_batches import CouponBatchEntry, PutCouponBatches, put_coupon_batches
from application.pricing.put_campaigns import UnknownCampaign
from application.pricing.put_promotions import UnknownSku
from domain.pricing.coupon import CouponHolder
from entrypoints.grpc.codec import FieldRequired, UnknownValue
from entrypoints.grpc.pricing import SERVICE
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.entrypoints.table_calls import call, permissions
from tests.entrypoints.world_calls import ask
from tests.world import Till

JUNE, JULY = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutPriceLists": "pricing.manage",
        "ListPriceLists": "pricing.read",
        "PutPrices": "pricing.manage",
        "GetPrice": "pricing.read",
        "PutPromotions": "pricing.manage",
        "ListPromotions": "pricing.read",
        "GetPromotion": "pricing.read",
        "SimulatePromotion": "pricing.manage",
        "PutCampaigns": "pricing.manage",
        "ListCampaigns": "pricing.figures",
        "GetCampaign": "pricing.figures",
        "GetPromotionFigures": "pricing.figures",
        "ListPromotionFigures": "pricing.figures",
        "DraftPromotion": "pricing.draft",
        "SubmitPromotion": "pricing.draft",
        "ReviewPromotion": "pricing.review",
        "PublishPromotion": "pricing.publish",
        "PausePromotion": "pricing.publish",
        "ResumePromotion": "pricing.publish",
        "EndPromotion": "pricing.publish",
        "ListPromotionCalendar": "pricing.read",
        "FindPromotionOverlaps": "pricing.read",
        "PutPromotionTemplates": "pricing.manage",
        "ListPromotionTemplates": "pricing.read",
        "InstantiateTemplate": "pricing.draft",
        "ListSlowSellers": "pricing.figures",
        "PutTaxes": "pricing.manage",
        "ListTaxes": "pricing.read",
        "ListPriceBook": "pricing.read",
    }


def test_carries_a_price_from_the_request_to_the_answer(stocked):
    price_list = pb2.PriceList(
        code="GOLD",
        name="Gold price",
        currency="CNY",
        includes_tax=True,
        priority=-5,
        region_code="EAST",
        channel="store",
        tier="gold",
        valid_from=JUNE,
        valid_until=JULY,
    )
    base = pb2.PriceList(code="BASE", name="List price", currency="CNY")
    assert call(
        stocked, SERVICE, "PutPriceLists", pb2.PutPriceListsRequest(price_lists=[price_list, base])
    ) == pb2.PutPriceListsResponse(created=2)
    assert call(stocked, SERVICE, "ListPriceLists", pb2.ListPriceListsRequest()).price_lists == [base, price_list]
    for code, unit_price_minor in (("GOLD", 900), ("BASE", 1_000)):
        prices = [pb2.Price(sku="TEA", unit_price_minor=unit_price_minor, valid_from=JUNE)]
        assert call(
            stocked, SERVICE, "PutPrices", pb2.PutPricesRequest(price_list_code=code, prices=prices)
        ) == pb2.PutPricesResponse(created=1)
    request = pb2.GetPriceRequest(sku="TEA", store_code="S01", channel="store", tier="gold", at=JUNE)
    assert call(stocked, SERVICE, "GetPrice", request) == pb2.GetPriceResponse(
        unit_price_minor=1_000, currency="CNY", price_list_code="BASE", beaten=["GOLD"], price_version=3
    )


def test_carries_a_tax_from_the_request_to_the_answer(chain):
    tax = pb2.Tax(
        code="VAT13",
        name="VAT 13 %",
        tax_category="standard",
        rate_ppm=130_000,
        region_code="EAST",
        from_date="2025-01-01",
        until_date="2026-01-01",
    )
    assert call(chain, SERVICE, "PutTaxes", pb2.PutTaxesRequest(taxes=[tax])) == pb2.PutTaxesResponse(created=1)
    assert call(chain, SERVICE, "ListTaxes", pb2.ListTaxesRequest()) == pb2.ListTaxesResponse(taxes=[tax])


def condition() -> pb2.Condition:
    """Something in every field, three levels deep."""
    goods = pb2.Needed(items=pb2.ItemSet(skus=["TEA"]), quantity_milli=1_000, amount_minor=2_000)
    member = pb2.Condition(member=True, tiers=["gold"])
    return pb2.Condition(
        all_of=[member, pb2.Condition(goods=[goods])],
        any_of=[pb2.Condition(any_of=[pb2.Condition(first_purchase=True), pb2.Condition(visits_every=5)]), member],
        none_of=[pb2.Condition(payment_kinds=["cash", "points"])],
        goods=[goods],
        member=True,
        member_numbers=["00000018"],
        tiers=["gold"],
        segments=["sleeping"],
        first_purchase=True,
        visits_every=2,
        visit_numbers=[1, 10],
        birthday=pb2.BirthdayDays(days_before=7, days_after=31),
        payment_kinds=["wallet"],
        store_codes=["S01"],
        region_codes=["EAST"],
        channels=["store"],
        from_date="2025-06-01",
        until_date="2025-07-01",
        weekdays=[6, 7],
        days_of_month=[8, 18],
        from_minute=600,
        until_minute=720,
        festivals=[pb2.FestivalDays(festival=pb2.FESTIVAL_DRAGON_BOAT, days_before=3, days_after=1)],
    )


def promotion(**fields) -> pb2.Promotion:
    """Something in every field that a benefit of kind AMOUNT has."""
    tea = pb2.ItemSet(skus=["TEA"])
    steps = [
        pb2.Step(amount_minor=30_000, off_minor=5_000),
        pb2.Step(quantity_milli=10_000, amount_minor=60_000, off_minor=12_000),
    ]
    items = pb2.ItemSet(
        skus=["TEA", "HAM"],
        category_codes=["DRINK"],
        excluded_skus=["MILK"],
        excluded_category_codes=["FOOD"],
        brands=["Longjing"],
        tags=["green"],
        supplier_codes=["SUP1"],
        excluded_brands=["Oolong"],
        excluded_tags=["black"],
        excluded_supplier_codes=["SUP2"],
    )
    full = pb2.Promotion(
        code="FULL",
        name="每满300减50",
        benefit=pb2.Benefit(kind=pb2.BENEFIT_KIND_AMOUNT, items=items, steps=steps, each=True),
        paused=True,
        stage=3,
        priority=-7,
        exclusive=True,
        from_date="2025-06-01",
        until_date="2025-07-01",
        weekdays=[7, 1],
        from_minute=1_320,
        until_minute=120,
        currency="CNY",
        store_codes=["S01", "S88"],
        excluded_store_codes=["S02"],
        region_codes=["EAST"],
        channels=["store"],
        members_only=True,
        tiers=["gold"],
        needs=[pb2.Needed(items=tea, quantity_milli=1_000, amount_minor=2_000)],
        times_max=2,
        discount_minor_max=99_900,
        when=condition(),
        line_discount_minor_max=9_900,
        line_discount_bp_max=5_000,
        coupon_batch_code="SUMMER",
        limits=pb2.Limits(
            uses_max=1,
            uses_per_day_max=2,
            uses_per_member_max=3,
            uses_per_member_per_day_max=4,
            discount_minor_total_max=5,
            discount_minor_per_day_max=6,
            discount_minor_per_member_max=7,
            when_short=pb2.WHEN_SHORT_REFUSE,
        ),
        theme="summer",
    )
    full.MergeFrom(pb2.Promotion(**fields))
    return full


def benefits() -> list[pb2.Benefit]:
    """The other kinds, each with everything that it reads."""
    tea, bag = pb2.ItemSet(skus=["TEA"]), pb2.ItemSet(skus=["BAG"])
    components = [pb2.Component(items=tea, units=2), pb2.Component(items=bag, units=1)]
    return [
        pb2.Benefit(kind=pb2.BENEFIT_KIND_RATE, items=pb2.ItemSet(everything=True), rate_bp=1_000),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_RATE, items=tea, steps=[pb2.Step(quantity_milli=2_000, rate_bp=500)]),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_UNIT_AMOUNT, items=tea, off_minor=100),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_UNIT_PRICE, items=tea, price_minor=900),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_CHEAPEST, items=tea, rate_bp=10_000, units=1),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_EVERY_NTH, items=tea, rate_bp=5_000, every=2, units=1),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_BUY_GET, items=bag, components=components, rate_bp=10_000, units=1),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_SET_PRICE, components=components, price_minor=1_500),
        pb2.Benefit(
            kind=pb2.BENEFIT_KIND_GIFT,
            items=tea,
            steps=[pb2.Step(quantity_milli=2_000, gifts=[pb2.Gift(sku="BAG", units=1)], tiers=["gold"])],
            each=True,
            gift_shortage=pb2.GIFT_SHORTAGE_REFUSE,
        ),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_GIFT, items=tea, gifts=[pb2.Gift(sku="BAG", units=1)]),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_POINTS, items=tea, points_factor_bp=20_000),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_POINTS, items=tea, steps=[pb2.Step(quantity_milli=2_000, points=50)]),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_POINTS, items=tea, points=50),
        pb2.Benefit(kind=pb2.BENEFIT_KIND_COUPON, items=tea, coupon_batch_code="NEXT10", units=2),
        pb2.Benefit(
            kind=pb2.BENEFIT_KIND_COUPON,
            items=tea,
            coupon_batch_code="NEXT10",
            steps=[pb2.Step(amount_minor=9_900, units=1)],
        ),
    ]


def put_summer(stocked) -> None:
    """The batch of coupons that the full promotion is for."""
    batch = CouponBatchEntry("SUMMER", "Summer", CouponHolder.BEARER)
    stocked.write(put_coupon_batches, PutCouponBatches((batch,)))


def test_carries_every_field_of_a_promotion_from_the_request_to_the_answer(stocked):
    assert {field.name for field, _ in promotion().ListFields()} == set(pb2.Promotion.DESCRIPTOR.fields_by_name)
    assert {field.name for field, _ in condition().ListFields()} == set(pb2.Condition.DESCRIPTOR.fields_by_name)
    put_summer(stocked)
    request = pb2.PutPromotionsRequest(promotions=[promotion()])
    assert call(stocked, SERVICE, "PutPromotions", request) == pb2.PutPromotionsResponse(created=1)
    answer = call(stocked, SERVICE, "GetPromotion", pb2.GetPromotionRequest(code="FULL"))
    assert answer.promotion == promotion()
    [step] = answer.steps
    assert (answer.state, step.kind, step.revision) == (pb2.PROMOTION_STATE_PAUSED, pb2.STEP_KIND_PUT, 1)


def test_carries_every_kind_of_benefit_and_pages_through_them(stocked):
    promotions = [
        pb2.Promotion(code=f"P{number:02}", name="Promotion", benefit=benefit, currency="CNY", paused=number == 0)
        for number, benefit in enumerate(benefits())
    ]
    request = pb2.PutPromotionsRequest(promotions=promotions)
    answer = call(stocked, SERVICE, "PutPromotions", request)
    assert (answer.created, answer.changed) == (len(promotions), 0)
    for put in promotions:
        # What was left out of the request is there in the answer, and empty.
        put.benefit.items.SetInParent()
    first = call(stocked, SERVICE, "ListPromotions", pb2.ListPromotionsRequest(page_size=5))
    assert first.promotions == promotions[:5]
    rest = pb2.ListPromotionsRequest(page_token=first.next_page_token)
    assert call(stocked, SERVICE, "ListPromotions", rest) == pb2.ListPromotionsResponse(promotions=promotions[5:])
    active = call(stocked, SERVICE, "ListPromotions", pb2.ListPromotionsRequest(active_only=True))
    assert active == pb2.ListPromotionsResponse(promotions=promotions[1:])


def test_carries_a_campaign_and_what_its_promotions_have_cost(stocked):
    campaign = pb2.Campaign(
        code="XMAS",
        name="Christmas",
        currency="CNY",
        from_date="2025-12-01",
        until_date="2026-01-07",
        budget_minor=500_000,
    )
    request = pb2.PutCampaignsRequest(campaigns=[campaign])
    assert call(stocked, SERVICE, "PutCampaigns", request) == pb2.PutCampaignsResponse(created=1)
    figures = pb2.CampaignFigures(campaign=campaign, left_minor=500_000)
    answer = call(stocked, SERVICE, "GetCampaign", pb2.GetCampaignRequest(code="XMAS"))
    assert answer == pb2.GetCampaignResponse(figures=figures)
    answer = call(stocked, SERVICE, "ListCampaigns", pb2.ListCampaignsRequest())
    assert answer == pb2.ListCampaignsResponse(campaigns=[figures])
    put_summer(stocked)
    limits = pb2.Limits(campaign_code="XMAS", uses_per_day_max=9)
    put = promotion(code="PART", paused=False, limits=limits)
    call(stocked, SERVICE, "PutPromotions", pb2.PutPromotionsRequest(promotions=[put]))
    expected = pb2.PromotionFigures(
        code="PART",
        name="每满300减50",
        campaign_code="XMAS",
        currency="CNY",
        limits=[
            pb2.LimitFigures(limit="uses_max", most=1, left=1),
            pb2.LimitFigures(limit="uses_per_day_max", most=9, left=9),
            pb2.LimitFigures(limit="discount_minor_total_max", most=5, left=5),
            pb2.LimitFigures(limit="discount_minor_per_day_max", most=6, left=6),
            pb2.LimitFigures(limit="budget_minor", most=500_000, left=500_000),
        ],
    )
    query = pb2.GetPromotionFiguresRequest(code="PART", day="2025-12-01", participation=True)
    assert call(stocked, SERVICE, "GetPromotionFigures", query) == pb2.GetPromotionFiguresResponse(figures=expected)
    listed = pb2.ListPromotionFiguresRequest(campaign_code="XMAS", day="2025-12-01")
    assert call(stocked, SERVICE, "ListPromotionFigures", listed) == pb2.ListPromotionFiguresResponse(
        figures=[expected]
    )


@pytest.mark.parametrize(
    ("put", "refusal", "field"),
    [
        (pb2.Promotion(code="P"), FieldRequired, "benefit"),
        (pb2.Promotion(code="P", benefit=pb2.Benefit()), FieldRequired, "benefit.kind"),
        (pb2.Promotion(code="P", benefit=pb2.Benefit(kind=99)), UnknownValue, "benefit.kind"),
        (promotion(benefit=pb2.Benefit(components=[pb2.Component()])), FieldRequired, "benefit.components[0].items"),
        (promotion(needs=[pb2.Needed()]), FieldRequired, "needs[1].items"),
        (promotion(needs=[pb2.Needed(items=pb2.ItemSet(skus=["TEA", "X"]))]), UnknownSku, "needs[1].items.skus[1]"),
        (promotion(limits=pb2.Limits(when_short=99)), UnknownValue, "limits.when_short"),
        (promotion(limits=pb2.Limits(campaign_code="X")), UnknownCampaign, "limits.campaign_code"),
    ],
)
def test_names_the_field_of_a_promotion_that_is_wrong(stocked, put, refusal, field):
    put_summer(stocked)
    with pytest.raises(refusal) as refused:
        call(stocked, SERVICE, "PutPromotions", pb2.PutPromotionsRequest(promotions=[promotion(code="GOOD"), put]))
    assert refused.value.field == f"promotions[1].{field}"


def test_carries_a_simulation_from_the_request_to_the_answer(world):
    world.sell(Till().line("TEA", 3).cash(30_000).command)
    draft = pb2.Promotion(
        code="TEN",
        name="Ten",
        benefit=pb2.Benefit(kind=pb2.BENEFIT_KIND_RATE, items=pb2.ItemSet(category_codes=["FOOD"]), rate_bp=1_000),
    )
    found = ask(world, SERVICE, "SimulatePromotion", pb2.SimulatePromotionRequest(promotion=draft, store_code="S1"))
    figures = pb2.SimulatedSales(
        store_code="S1",
        currency="CNY",
        baskets=1,
        baskets_touched=1,
        participation_bp=10_000,
        discount_after_minor=3_000,
        draft_discount_minor=3_000,
        total_before_minor=30_000,
        total_after_minor=27_000,
        revenue_before_minor=26_549,
        revenue_after_minor=23_894,
        cost_minor=18_000,
        margin_before_minor=8_549,
        margin_after_minor=5_894,
    )
    assert found.stores == [figures]
    figures.store_code = ""
    assert found.totals == [figures]
