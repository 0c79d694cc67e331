"""One valid request for every RPC: what the hostile ones are made of."""

from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.message import Message

from liansuo.catalog.v1 import catalog_pb2
from liansuo.finance.v1 import finance_pb2
from liansuo.marketing.v1 import marketing_pb2
from liansuo.pricing.v1 import coupon_pb2, pricing_pb2
from liansuo.sales.v1 import sales_pb2
from tests.stress.activity_requests import ACTIVITIES, REWARDS
from tests.stress.assembly_requests import ASSEMBLIES
from tests.stress.chain import (
    CAMPAIGN,
    COUPONS,
    DRAFTED,
    DRAW,
    EVENT,
    PAUSED,
    PHONES,
    SHARED_CODE,
    SPARE_CODE,
    UNPUBLISHED,
)
from tests.stress.costing_requests import COSTINGS
from tests.stress.count_requests import COUNTS
from tests.stress.credit_requests import CREDIT
from tests.stress.exchange_requests import EXCHANGES
from tests.stress.goods_receipt_requests import GOODS_RECEIPTS
from tests.stress.identity_requests import IDENTITY
from tests.stress.inventory_requests import INVENTORY
from tests.stress.job_requests import JOBS
from tests.stress.level_requests import BIRTHDAYS, CARE, INVITATIONS, TIMES_CARDS
from tests.stress.life_requests import FOLLOW_UPS, LIFECYCLE
from tests.stress.member_requests import MEMBERSHIP
from tests.stress.merge_requests import MERGES
from tests.stress.order_requests import ORDERS
from tests.stress.parking_requests import PARKING, SERIAL_NUMBERS
from tests.stress.payment_requests import PAYMENTS
from tests.stress.points_requests import LOYALTY
from tests.stress.privacy_requests import PRIVACY
from tests.stress.purchase_requests import PURCHASES
from tests.stress.receipt_requests import RECEIPTS
from tests.stress.replenishment_requests import REPLENISHMENT
from tests.stress.requests import MEMBER, Valid, earlier_today, sale
from tests.stress.reservation_requests import RESERVATIONS
from tests.stress.return_requests import REASONS, RETURNS
from tests.stress.series_requests import SERIES
from tests.stress.settlement_requests import SETTLEMENT
from tests.stress.shift_requests import SHIFTS
from tests.stress.shipment_requests import SHIPMENTS
from tests.stress.stock_alert_requests import STOCK_ALERTS
from tests.stress.stock_report_requests import STOCK_REPORTS
from tests.stress.stock_requests import STOCK
from tests.stress.supplier_requests import OF_SUPPLIERS
from tests.stress.tier_requests import TIERS
from tests.stress.transfer_requests import TRANSFERS
from tests.stress.wallet_requests import GIFT_CARD, WALLET

UNTIL: Final = datetime(2030, 1, 1, tzinfo=UTC)


def _checkout(request_id: str, _: int) -> Message:
    request = sale(request_id, {"K01": 1, "K02": 2}, mark="A1", member=MEMBER, points=100)
    request.basket.lines[0].discounts.add(reason="Scratch", amount_minor=10)
    terminal_price = request.basket.lines.add(barcode="6901234567892", quantity_milli=1_000).terminal_price
    terminal_price.gross_minor = 900
    terminal_price.discounts.add(code="retail", name="Retail", amount_minor=900)
    request.basket.store_code = "S1"
    request.basket.coupon_codes.append(SHARED_CODE)
    request.basket.coupon_hold_id = request_id
    return request


def _upload(request_id: str, _: int) -> Message:
    sales = [
        sale(request_id, {"K01": 1}, mark="A1", sold_at=earlier_today()),
        sale(request_id[:-1] + "0", {"K02": 1}, mark="A2", member=MEMBER, sold_at=earlier_today()),
    ]
    for request in sales:
        request.basket.store_code = "S1"
    return sales_pb2.UploadSalesRequest(sales=sales)


def _discounted(request_id: str, _: int) -> Message:
    request = sales_pb2.QuoteBasketRequest(hold_price=True)
    line = request.basket.lines.add(sku="K03", quantity_milli=2_000)
    line.discounts.add(reason="Scratch", rate_bp=500)
    request.basket.lines.add(barcode="6901234567892", quantity_milli=1_000).terminal_price.gross_minor = 900
    override = sales_pb2.PriceOverride(unit_price_minor=400, reason="Scratch")
    request.basket.lines.add(sku="K02", quantity_milli=1_000, price_override=override)
    request.basket.discounts.add(reason="Opening", amount_minor=100)
    request.basket.MergeFrom(sales_pb2.Basket(member_key=MEMBER, channel="store", currency="CNY", store_code="S1"))
    return request


def _product(code: str) -> catalog_pb2.Product:
    return catalog_pb2.Product(
        sku=code,
        name="Product",
        category_code="FOOD",
        unit_code="EA",
        tax_category="standard",
        weighed_item_code=f"{int(code[:6], 16) % 100_000:05d}",
    )


def _price_list(code: str) -> pricing_pb2.PriceList:
    made = pricing_pb2.PriceList(
        code=code, name="List", currency="CNY", includes_tax=True, store_code="S2", tier="gold", channel="web"
    )
    made.valid_until.FromDatetime(UNTIL)
    return made


def _prices(request_id: str, _: int) -> Message:
    request = pricing_pb2.PutPricesRequest(request_id=request_id, price_list_code="BASE")
    price = request.prices.add(sku="K05", unit_price_minor=700, quantity_from_milli=5_000)
    price.valid_until.FromDatetime(UNTIL)
    price.minimum_unit_price_minor = 500
    return request


def _condition() -> pricing_pb2.Condition:
    """Every condition that there is, some of them within others."""
    goods = pricing_pb2.Needed(items=pricing_pb2.ItemSet(brands=["B"], tags=["T"], supplier_codes=["SUP"]))
    return pricing_pb2.Condition(
        all_of=[pricing_pb2.Condition(goods=[goods]), pricing_pb2.Condition(first_purchase=True)],
        any_of=[pricing_pb2.Condition(tiers=["gold"]), pricing_pb2.Condition(segments=["sleeping"])],
        none_of=[pricing_pb2.Condition(all_of=[pricing_pb2.Condition(payment_kinds=["card"])])],
        member=True,
        member_numbers=["00000018"],
        visits_every=5,
        visit_numbers=[1, 2],
        birthday=pricing_pb2.BirthdayDays(days_before=3, days_after=3),
        store_codes=["S1"],
        region_codes=["EAST"],
        channels=["store"],
        from_date="2026-01-01",
        until_date="2027-01-01",
        weekdays=[6, 7],
        days_of_month=[18],
        from_minute=600,
        until_minute=720,
        festivals=[pricing_pb2.FestivalDays(festival=pricing_pb2.FESTIVAL_SPRING, days_before=7, days_after=15)],
    )


def _promotions(request_id: str, _: int) -> pricing_pb2.PutPromotionsRequest:
    """One with every condition, and one of every shape that a benefit has."""
    request = pricing_pb2.PutPromotionsRequest(request_id=request_id)
    items = pricing_pb2.ItemSet(category_codes=["FOOD"], excluded_skus=["K02"])
    steps = [pricing_pb2.Step(quantity_milli=1_000, amount_minor=30_000, off_minor=10)]
    sets = [pricing_pb2.Component(items=pricing_pb2.ItemSet(skus=["K01", "K03"]), units=2)]
    benefits = [
        pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_AMOUNT, items=items, steps=steps, each=True),
        pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_EVERY_NTH, items=items, rate_bp=5_000, every=2, units=1),
        pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_SET_PRICE, components=sets, price_minor=1_000_000),
    ]
    for number, benefit in enumerate(benefits):
        # Paused: what the other requests cost does not depend on whether this one came through.
        request.promotions.add(
            code=f"{request_id}-{number}", name="Promotion", benefit=benefit, currency="CNY", paused=True
        )
    request.promotions[0].MergeFrom(
        pricing_pb2.Promotion(
            stage=1,
            priority=5,
            exclusive=True,
            from_date="2026-01-01",
            until_date="2027-01-01",
            weekdays=[6, 7],
            from_minute=600,
            until_minute=720,
            store_codes=["S1"],
            excluded_store_codes=["S2"],
            region_codes=["EAST"],
            channels=["store"],
            members_only=True,
            tiers=["gold"],
            theme="spring",
            needs=[pricing_pb2.Needed(items=pricing_pb2.ItemSet(everything=True), quantity_milli=1, amount_minor=1)],
            times_max=3,
            discount_minor_max=100,
            when=_condition(),
            limits=pricing_pb2.Limits(uses_max=1, uses_per_member_max=1, when_short=pricing_pb2.WHEN_SHORT_REFUSE),
        )
    )
    return request


def _campaigns(request_id: str, _: int) -> Message:
    request = pricing_pb2.PutCampaignsRequest(request_id=request_id)
    request.campaigns.add(
        code=CAMPAIGN, name="Campaign", currency="CNY", from_date="2026-01-01", until_date="2027-01-01", budget_minor=5
    )
    return request


def _template(code: str) -> pricing_pb2.PromotionTemplate:
    terms = pricing_pb2.Promotion(
        name="Off", benefit=pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_RATE, items={"everything": True})
    )
    rate = pricing_pb2.TemplateParameter(
        name="rate",
        kind=pricing_pb2.PARAMETER_KIND_RATE,
        targets=["benefit.rate_bp"],
        label="Rate off",
        required=True,
        low=100,
        high=5_000,
    )
    return pricing_pb2.PromotionTemplate(code=code, name="Off", terms=terms, parameters=[rate])


def _get_price(request_id: str, _: int) -> Message:
    request = pricing_pb2.GetPriceRequest(sku="K01", store_code="S1", channel="store", quantity_milli=1_000)
    request.at.FromDatetime(earlier_today())
    return request


def _redemption(request_id: str) -> coupon_pb2.RedeemCouponRequest:
    request = coupon_pb2.RedeemCouponRequest(
        request_id=request_id, code=SHARED_CODE, member_key=MEMBER, store_code="S1", reference="Web order 7"
    )
    request.redeemed_at.FromDatetime(earlier_today())
    return request


def _lucky_draw(request_id: str, _: int) -> Message:
    request = marketing_pb2.PutDrawRequest(request_id=request_id)
    request.draw.MergeFrom(
        marketing_pb2.LuckyDraw(
            code=request_id,
            name_en="Draw",
            name_zh="抽奖",
            currency="CNY",
            store_codes=["S1"],
            channels=["store"],
            spend_step_minor=10_000,
            tickets_per_sale_max=3,
            plays_per_member_max=9,
            plays_per_member_day_max=3,
        )
    )
    request.draw.from_at.FromDatetime(UNTIL)
    request.draw.until_at.FromDatetime(UNTIL.replace(year=2031))
    prizes = (
        {"kind": marketing_pb2.PRIZE_KIND_GOODS, "number": 3, "value_minor": 500, "sku": "K01", "pieces": 1},
        {"kind": marketing_pb2.PRIZE_KIND_POINTS, "number": 3, "value_minor": 500, "points": 500},
        {"kind": marketing_pb2.PRIZE_KIND_COUPON, "number": 3, "value_minor": 500, "coupon_batch_code": COUPONS},
        {"kind": marketing_pb2.PRIZE_KIND_NOTHING},
    )
    for number, prize in enumerate(prizes):
        request.draw.prizes.add(code=f"P{number}", name_en="Prize", name_zh="奖品", chance_ppm=1_000, **prize)
    return request


def _event(request_id: str, _: int) -> Message:
    request = marketing_pb2.PutEventRequest(request_id=request_id)
    request.event.MergeFrom(
        marketing_pb2.ExperienceEvent(
            code=request_id, name_en="Tasting", name_zh="品茶", store_code="S1", seats=9, draw_code=DRAW, tickets=1,
            points=5,
        )
    )  # fmt: skip
    request.event.starts_at.FromDatetime(earlier_today())
    request.event.ends_at.FromDatetime(earlier_today() + timedelta(days=5))
    return request


def _events(_: str, __: int) -> Message:
    request = marketing_pb2.ListEventsRequest(store_code="S1", page_size=3)
    request.from_at.FromDatetime(earlier_today())
    return request


CATALOG: Final[dict[str, Valid]] = {
    "PutCategories": lambda key, _: catalog_pb2.PutCategoriesRequest(
        request_id=key, categories=[catalog_pb2.Category(code=key, name="Category", parent_code="FOOD")]
    ),
    "ListCategories": lambda key, _: catalog_pb2.ListCategoriesRequest(),
    "PutUnits": lambda key, _: catalog_pb2.PutUnitsRequest(
        request_id=key, units=[catalog_pb2.Unit(code=key, name="Unit", decimals=2)]
    ),
    "ListUnits": lambda key, _: catalog_pb2.ListUnitsRequest(),
    "PutProducts": lambda key, _: catalog_pb2.PutProductsRequest(request_id=key, products=[_product(key)]),
    "GetProduct": lambda key, _: catalog_pb2.GetProductRequest(barcode="6901234567892"),
    "ListProducts": lambda key, _: catalog_pb2.ListProductsRequest(category_code="FOOD", page_size=3),
}

PRICING: Final[dict[str, Valid]] = {
    "PutPriceLists": lambda key, _: pricing_pb2.PutPriceListsRequest(request_id=key, price_lists=[_price_list(key)]),
    "ListPriceLists": lambda key, _: pricing_pb2.ListPriceListsRequest(),
    "PutPrices": _prices,
    "GetPrice": _get_price,
    "PutPromotions": _promotions,
    "ListPromotions": lambda key, _: pricing_pb2.ListPromotionsRequest(active_only=True, page_size=3),
    "SimulatePromotion": lambda key, sold: pricing_pb2.SimulatePromotionRequest(
        promotion=_promotions(key, sold).promotions[0],
        store_code="S1",
        from_date="2026-01-01",
        to_date="2027-01-01",
        page_size=3,
    ),
    "PutCampaigns": _campaigns,
    "ListCampaigns": lambda key, _: pricing_pb2.ListCampaignsRequest(page_size=3),
    "GetCampaign": lambda key, _: pricing_pb2.GetCampaignRequest(code=CAMPAIGN),
    "GetPromotionFigures": lambda key, _: pricing_pb2.GetPromotionFiguresRequest(code=PAUSED, day="2026-01-01"),
    "ListPromotionFigures": lambda key, _: pricing_pb2.ListPromotionFiguresRequest(campaign_code=CAMPAIGN, page_size=3),
    "GetPromotion": lambda key, _: pricing_pb2.GetPromotionRequest(code=PAUSED, store_code="S1"),
    "DraftPromotion": lambda key, _: pricing_pb2.DraftPromotionRequest(
        request_id=key, promotion=_promotions(key, 0).promotions[0], note="Spring"
    ),
    "SubmitPromotion": lambda key, _: pricing_pb2.SubmitPromotionRequest(
        request_id=key, code=DRAFTED, revision=1, note="Ready"
    ),
    "ReviewPromotion": lambda key, _: pricing_pb2.ReviewPromotionRequest(
        request_id=key, code=DRAFTED, revision=1, send_back=True, note="Too much"
    ),
    "PublishPromotion": lambda key, _: pricing_pb2.PublishPromotionRequest(
        request_id=key, code=DRAFTED, revision=1, note="Agreed"
    ),
    "PausePromotion": lambda key, _: pricing_pb2.PausePromotionRequest(request_id=key, code=PAUSED, note="Sold out"),
    "ResumePromotion": lambda key, _: pricing_pb2.ResumePromotionRequest(
        request_id=key, code=DRAFTED, note="In stock again"
    ),
    "EndPromotion": lambda key, _: pricing_pb2.EndPromotionRequest(request_id=key, code=DRAFTED, note="Over"),
    "ListPromotionCalendar": lambda key, _: pricing_pb2.ListPromotionCalendarRequest(
        state=pricing_pb2.PROMOTION_STATE_PAUSED,
        theme="spring",
        from_date="2026-01-01",
        until_date="2027-01-01",
        store_code="S1",
        page_size=3,
    ),
    "FindPromotionOverlaps": lambda key, _: pricing_pb2.FindPromotionOverlapsRequest(code=DRAFTED),
    "PutPromotionTemplates": lambda key, _: pricing_pb2.PutPromotionTemplatesRequest(
        request_id=key, templates=[_template(key)]
    ),
    "ListPromotionTemplates": lambda key, _: pricing_pb2.ListPromotionTemplatesRequest(page_size=3),
    "InstantiateTemplate": lambda key, _: pricing_pb2.InstantiateTemplateRequest(
        request_id=key,
        template_code="SPEND_SAVE",
        code=key,
        name="Spend and save",
        parameters=[
            pricing_pb2.GivenParameter(name="spend", value="30000"),
            pricing_pb2.GivenParameter(name="save", value="5000"),
        ],
        note="Spring",
    ),
    "ListSlowSellers": lambda key, _: pricing_pb2.ListSlowSellersRequest(
        store_codes=["S1"], currency="CNY", days=7, pieces_a_month=5, page_size=3
    ),
    "PutTaxes": lambda key, _: pricing_pb2.PutTaxesRequest(
        request_id=key,
        taxes=[
            pricing_pb2.Tax(
                code="DUTY",
                name="Duty",
                tax_category="spirits",
                rate_ppm=200_000,
                region_code="EAST",
                from_date="2026-01-01",
                until_date="2027-01-01",
            )
        ],
    ),
    "ListTaxes": lambda key, _: pricing_pb2.ListTaxesRequest(),
    "ListPriceBook": lambda key, _: pricing_pb2.ListPriceBookRequest(store_code="S1", page_size=3),
}

COUPON: Final[dict[str, Valid]] = {
    "PutCouponBatches": lambda key, _: coupon_pb2.PutCouponBatchesRequest(
        request_id=key,
        batches=[
            coupon_pb2.CouponBatch(
                code=key,
                name="Coupon",
                holder=coupon_pb2.COUPON_HOLDER_MEMBER,
                claimable=True,
                transferable=True,
                from_date="2026-01-01",
                until_date="2031-01-01",
                valid_days=30,
                total_max=1_000,
                claims_per_member_max=2,
                uses_per_member_max=2,
            )
        ],
    ),
    "GetCouponBatch": lambda key, _: coupon_pb2.GetCouponBatchRequest(code=COUPONS),
    "ListCouponBatches": lambda key, _: coupon_pb2.ListCouponBatchesRequest(page_size=3),
    "JoinCouponAudience": lambda key, _: coupon_pb2.JoinCouponAudienceRequest(
        request_id=key, audience="club", member_keys=[MEMBER, PHONES[1]]
    ),
    "IssueCoupons": lambda key, _: coupon_pb2.IssueCouponsRequest(
        request_id=key, batch_code=COUPONS, member_keys=[MEMBER, PHONES[1]]
    ),
    "ClaimCoupon": lambda key, _: coupon_pb2.ClaimCouponRequest(request_id=key, batch_code=COUPONS, member_key=MEMBER),
    "ListCoupons": lambda key, _: coupon_pb2.ListCouponsRequest(batch_code=COUPONS, page_size=3),
    "GetCoupon": lambda key, _: coupon_pb2.GetCouponRequest(code=SHARED_CODE),
    "VoidCoupons": lambda key, _: coupon_pb2.VoidCouponsRequest(request_id=key, reason="Leaked", codes=[SPARE_CODE]),
    "TransferCoupon": lambda key, _: coupon_pb2.TransferCouponRequest(
        request_id=key, code=SHARED_CODE, from_member_key=MEMBER, to_member_key=PHONES[1]
    ),
    "HoldCoupons": lambda key, _: coupon_pb2.HoldCouponsRequest(
        request_id=key, codes=[SHARED_CODE], member_key=MEMBER, store_code="S1", minutes=5
    ),
    "ReleaseCoupons": lambda key, _: coupon_pb2.ReleaseCouponsRequest(request_id=key, hold_id=key),
    "RedeemCoupon": lambda key, _: _redemption(key),
    "UploadRedemptions": lambda key, _: coupon_pb2.UploadRedemptionsRequest(
        redemptions=[_redemption(key), _redemption(key[:-1] + "0")]
    ),
}

MARKETING: Final[dict[str, Valid]] = {
    "PutDraw": _lucky_draw,
    "PublishDraw": lambda key, _: marketing_pb2.PublishDrawRequest(request_id=key, code=UNPUBLISHED),
    "GetDraw": lambda key, _: marketing_pb2.GetDrawRequest(code=DRAW, member_key=MEMBER),
    "ListDraws": lambda key, _: marketing_pb2.ListDrawsRequest(page_size=3),
    "GrantTickets": lambda key, _: marketing_pb2.GrantTicketsRequest(
        request_id=key, draw_code=DRAW, member_key=MEMBER, tickets=2, reason="Opening", store_code="S1"
    ),
    "ClaimTickets": lambda key, sold: marketing_pb2.ClaimTicketsRequest(
        request_id=key, draw_code=DRAW, sale_id=sold, member_key=MEMBER
    ),
    "PlayDraw": lambda key, _: marketing_pb2.PlayDrawRequest(
        request_id=key, draw_code=DRAW, member_key=MEMBER, store_code="S1", channel="store"
    ),
    "ListPlays": lambda key, _: marketing_pb2.ListPlaysRequest(draw_code=DRAW, member_key=MEMBER, page_size=3),
    "VerifyDraw": lambda key, _: marketing_pb2.VerifyDrawRequest(code=DRAW, page_size=3),
    "PutEvent": _event,
    "GetEvent": lambda key, _: marketing_pb2.GetEventRequest(code=EVENT),
    "ListEvents": _events,
    "BookSeat": lambda key, _: marketing_pb2.BookSeatRequest(request_id=key, event_code=EVENT, member_key=PHONES[3]),
    "CancelSeat": lambda key, _: marketing_pb2.CancelSeatRequest(
        request_id=key, event_code=EVENT, member_key=PHONES[1]
    ),
    "CheckIn": lambda key, _: marketing_pb2.CheckInRequest(request_id=key, event_code=EVENT, member_key=PHONES[2]),
}

SALES: Final[dict[str, Valid]] = {
    "QuoteBasket": _discounted,
    "Checkout": _checkout,
    "UploadSales": _upload,
    "VoidSale": lambda key, sold: sales_pb2.VoidSaleRequest(request_id=key, sale_id=sold, reason="Mistake"),
    "RefundSale": lambda key, sold: sales_pb2.RefundSaleRequest(
        request_id=key,
        sale_id=sold,
        lines=[sales_pb2.RefundLine(line_number=1, quantity_milli=1_000)],
        reason="Wrong size",
    ),
    "GetSale": lambda key, sold: sales_pb2.GetSaleRequest(sale_id=sold),
    "ExplainSale": lambda key, sold: sales_pb2.ExplainSaleRequest(sale_id=sold),
    "ListSales": lambda key, _: sales_pb2.ListSalesRequest(
        store_code="S1", from_date="2026-01-01", to_date="2027-01-01", page_size=3
    ),
    "GetTakings": lambda key, _: sales_pb2.GetTakingsRequest(
        group_by=[sales_pb2.TAKINGS_DIMENSION_STORE, sales_pb2.TAKINGS_DIMENSION_DEPARTMENT],
        store_code="S1",
        from_date="2026-01-01",
    ),
    **SERIES,
}

FINANCE: Final[dict[str, Valid]] = {
    "ListAccounts": lambda key, _: finance_pb2.ListAccountsRequest(),
    "GetJournalEntry": lambda key, sold: finance_pb2.GetJournalEntryRequest(document_id=sold),
    "ListJournalEntries": lambda key, _: finance_pb2.ListJournalEntriesRequest(
        store_code="S1", from_date="2026-01-01", to_date="2027-01-01", page_size=3
    ),
    "GetTrialBalance": lambda key, _: finance_pb2.GetTrialBalanceRequest(store_code="S1", from_date="2026-01-01"),
    **SETTLEMENT,
}

VALID: Final[dict[str, dict[str, Valid]]] = {
    "identity": IDENTITY | JOBS,
    "catalog": CATALOG,
    "pricing": PRICING,
    "coupons": {**COUPON, **BIRTHDAYS},
    "membership": MEMBERSHIP | MERGES,
    "privacy": PRIVACY,
    "tiers": TIERS,
    "lifecycle": LIFECYCLE,
    "loyalty": LOYALTY,
    "wallet": WALLET,
    "gift_cards": GIFT_CARD,
    "marketing": {**MARKETING, **INVITATIONS},
    "activities": ACTIVITIES,
    "rewards": REWARDS,
    "credit": CREDIT,
    "receipts": RECEIPTS,
    "inventory": INVENTORY,
    "transfers": TRANSFERS,
    "assemblies": ASSEMBLIES,
    "costings": COSTINGS,
    "counts": COUNTS,
    "goods_receipts": GOODS_RECEIPTS,
    "shipments": SHIPMENTS,
    "reservations": RESERVATIONS,
    "orders": ORDERS,
    "parking": PARKING,
    "payments": PAYMENTS,
    "serial_numbers": SERIAL_NUMBERS,
    "returns": REASONS,
    "sales": SALES | RETURNS | EXCHANGES,
    "shifts": SHIFTS,
    "stock": STOCK,
    "stock_reports": STOCK_REPORTS,
    **OF_SUPPLIERS,
    "purchase_orders": PURCHASES,
    "replenishment": REPLENISHMENT,
    "stock_alerts": STOCK_ALERTS,
    "finance": FINANCE,
    "care": CARE,
    "follow_ups": FOLLOW_UPS,
    "times_cards": TIMES_CARDS,
}
