"""Promotions with conditions as head office puts them and a till meets them: from message to message."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.message import Message

from application.sales.buying import PaidOtherwise
from domain.identity.organisation import SYSTEM
from entrypoints.grpc import catalog, membership, pricing, sales
from entrypoints.grpc.rpc import Service
from liansuo.catalog.v1 import catalog_pb2
from liansuo.membership.v1 import membership_pb2
from liansuo.pricing.v1 import pricing_pb2
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.entrypoints.world_calls import ask
from tests.world import MEMBER, World

EVERYTHING = pricing_pb2.ItemSet(everything=True)
CARD, CASH, WALLET = pb2.TENDER_KIND_CARD, pb2.TENDER_KIND_CASH, pb2.TENDER_KIND_WALLET


def put(world: World, service: Service, name: str, request: Message) -> Any:
    method = service.methods[f"/{service.name}/{name}"]
    return method.row.response.FromString(method.show(world.do(method.use_case, method.decode(request))))


def publish(world: World, code: str, when: pricing_pb2.Condition, **terms: Any) -> None:
    """A promotion that takes 10 % off everything, or what `terms` say."""
    benefit = terms.pop(
        "benefit", pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_RATE, items=EVERYTHING, rate_bp=1_000)
    )
    made = pricing_pb2.Promotion(code=code, name=code, benefit=benefit, when=when, **terms)
    put(world, pricing.SERVICE, "PutPromotions", pricing_pb2.PutPromotionsRequest(promotions=[made]))


def basket(sku: str = "TEA", units: int = 1, **fields: Any) -> pb2.Basket:
    return pb2.Basket(lines=[pb2.BasketLine(sku=sku, quantity_milli=units * 1_000)], **fields)


def quoted(world: World, asked: pb2.Basket, caller: Any = None) -> pb2.QuoteBasketResponse:
    return ask(world, sales.SERVICE, "QuoteBasket", pb2.QuoteBasketRequest(basket=asked), caller or world.s1)


def reasons(answer: pb2.QuoteBasketResponse) -> dict[str, tuple[str, str]]:
    return {one.code: (one.reason, one.explanation) for one in answer.promotions if not one.applied}


def sold(world: World, asked: pb2.Basket, total: int, kind: int = CASH, caller: Any = None) -> pb2.Sale:
    """Sells for `total`, which is refused unless it is the total."""
    request = pb2.CheckoutRequest(
        request_id=str(uuid4()), basket=asked, tenders=[pb2.Tender(kind=kind, amount_minor=total)]
    )
    method = sales.SERVICE.methods[f"/{sales.SERVICE.name}/Checkout"]
    sale = world.sell(method.decode(request), caller)
    answer = method.row.response.FromString(method.show(sale)).sale
    assert answer.total_minor == total
    return answer


def registered(world: World, phone: str, **fields: Any) -> str:
    request = membership_pb2.RegisterMemberRequest(phone=phone, **fields)
    return put(world, membership.SERVICE, "RegisterMember", request).member.member_number


def put_segments(world: World, member_key: str, *segments: str) -> int:
    entry = membership_pb2.MemberSegments(member_key=member_key, segments=segments)
    request = membership_pb2.PutMemberSegmentsRequest(members=[entry])
    return put(world, membership.SERVICE, "PutMemberSegments", request).changed


def at(world: World, text: str) -> None:
    """Sets the clock to a time in Shanghai."""
    world.clock.now = datetime.fromisoformat(text + "+08:00").astimezone(UTC)


@pytest.mark.capability("PRM-01")
def test_drinks_for_silver_and_better_on_june_evenings(world: World):
    put(
        world,
        catalog.SERVICE,
        "PutCategories",
        catalog_pb2.PutCategoriesRequest(categories=[catalog_pb2.Category(code="饮料", name="饮料")]),
    )
    tea = ask(world, catalog.SERVICE, "GetProduct", catalog_pb2.GetProductRequest(sku="TEA")).product
    tea.category_code = "饮料"
    put(world, catalog.SERVICE, "PutProducts", catalog_pb2.PutProductsRequest(products=[tea]))
    drinks = pricing_pb2.Benefit(
        kind=pricing_pb2.BENEFIT_KIND_RATE, items=pricing_pb2.ItemSet(category_codes=["饮料"]), rate_bp=1_200
    )
    june_evenings = pricing_pb2.Condition(
        tiers=["SILVER", "GOLD"],
        from_date="2026-06-01",
        until_date="2026-07-01",
        from_minute=18 * 60,
        until_minute=21 * 60,
    )
    publish(world, "EVENING", june_evenings, benefit=drinks)
    registered(world, "13900000001", tier="SILVER")
    registered(world, "13900000002", tier="BRONZE")
    silver, bronze = basket(member_key="13900000001"), basket(member_key="13900000002")
    at(world, "2026-06-30T18:00:00")
    sold(world, silver, 8_800)
    assert reasons(quoted(world, bronze)) == {
        "EVENING": ("condition_missing", "Conditions do not hold: tier SILVER or GOLD.")
    }
    assert quoted(world, basket("MUG", member_key="13900000001")).total_minor == 5_000
    at(world, "2026-06-30T21:00:00")
    assert reasons(quoted(world, silver)) == {
        "EVENING": ("condition_missing", "Conditions do not hold: the hours 18:00-21:00.")
    }
    at(world, "2026-07-01T18:00:00")
    [one] = quoted(world, silver).promotions
    assert list(one.missing) == [
        pb2.MissingCondition(kind=pb2.CONDITION_KIND_DATES, wanted=["2026-06-01/2026-07-01"], found="2026-07-01")
    ]
    sold(world, silver, 10_000)


@pytest.mark.capability("PRM-07")
def test_a_region_but_for_one_store(world: World):
    but_for_s2 = pricing_pb2.Condition(region_codes=["EAST"], none_of=[pricing_pb2.Condition(store_codes=["S2"])])
    five = pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_RATE, items=EVERYTHING, rate_bp=500)
    publish(world, "EAST5", but_for_s2, benefit=five)
    sold(world, basket(), 9_500)
    sold(world, basket(), 10_000, caller=world.s2)
    assert reasons(quoted(world, basket(), world.s2)) == {
        "EAST5": ("condition_missing", "Conditions do not hold: not store S2.")
    }
    chinese = world.terminal("T2", language="zh")
    assert reasons(quoted(world, basket(), chinese))["EAST5"][1] == "不满足活动条件：不得为门店 S2。"


@pytest.mark.capability("PRM-10")
def test_cosmetics_buyers_get_30_off_200(world: World):
    spend = pricing_pb2.Benefit(
        kind=pricing_pb2.BENEFIT_KIND_AMOUNT,
        items=EVERYTHING,
        steps=[pricing_pb2.Step(amount_minor=20_000, off_minor=3_000)],
    )
    publish(world, "COSMETICS", pricing_pb2.Condition(segments=["cosmetics"]), benefit=spend, currency="CNY")
    two_teas = basket(units=2, member_key=MEMBER)
    assert reasons(quoted(world, two_teas)) == {
        "COSMETICS": ("condition_missing", "Conditions do not hold: a member in segment cosmetics.")
    }
    assert put_segments(world, MEMBER, "sleeping", "cosmetics", "cosmetics") == 1
    assert quoted(world, two_teas).total_minor == 17_000
    sold(world, two_teas, 17_000)
    # Put again as they are, and out of all.
    assert put_segments(world, "CARD1", "cosmetics", "sleeping") == 0
    assert put_segments(world, "CARD1") == 1
    sold(world, two_teas, 20_000)


@pytest.mark.capability("PRM-10")
def test_an_offer_for_one_member_is_for_nobody_else(world: World):
    number = registered(world, "13900000001")
    publish(world, "YOURS", pricing_pb2.Condition(member_numbers=[number]))
    sold(world, basket(member_key="13900000001"), 9_000)
    assert reasons(quoted(world, basket(member_key=MEMBER)))["YOURS"][1] == (
        "Conditions do not hold: a member whom the offer is for."
    )


@pytest.mark.capability("PRM-12")
def test_new_members_get_it_on_the_first_sale_and_not_on_the_second(world: World):
    publish(world, "WELCOME", pricing_pb2.Condition(first_purchase=True))
    mine = basket(member_key=MEMBER)
    assert quoted(world, mine).total_minor == 9_000
    first = sold(world, mine, 9_000)
    assert reasons(quoted(world, mine)) == {
        "WELCOME": (
            "condition_missing",
            "Conditions do not hold: the member's first purchase (this is number 2).",
        )
    }
    sold(world, mine, 10_000)
    assert reasons(quoted(world, basket()))["WELCOME"][1] == (
        "Conditions do not hold: the member's first purchase (of a member)."
    )
    # What is given back has been bought all the same.
    method = sales.SERVICE.methods[f"/{sales.SERVICE.name}/RefundSale"]
    world.refund(method.decode(pb2.RefundSaleRequest(sale_id=first.sale_id, reason="too small")))
    assert quoted(world, mine).total_minor == 10_000
    assert world.rows("SELECT visits FROM points_accounts") == [(2,)]
    assert world.broken() == []


@pytest.mark.capability("LVL-08")
def test_every_18th_is_the_members_day(world: World):
    publish(world, "MEMBERDAY", pricing_pb2.Condition(member=True, days_of_month=[18]))
    mine = basket(member_key=MEMBER)
    for day in ("2026-11-18", "2026-12-18", "2027-01-18"):
        at(world, f"{day}T12:00:00")
        sold(world, mine, 9_000)
    assert reasons(quoted(world, basket()))["MEMBERDAY"][1] == "Conditions do not hold: a member."
    at(world, "2027-01-19T00:00:00")
    assert reasons(quoted(world, mine))["MEMBERDAY"][1] == "Conditions do not hold: day 18 of the month."
    sold(world, mine, 10_000)


def test_goods_are_meant_by_brand_tag_and_supplier(world: World):
    tea = ask(world, catalog.SERVICE, "GetProduct", catalog_pb2.GetProductRequest(sku="TEA")).product
    tea.brand, tea.supplier_code = "Longjing", "SUP1"
    tea.tags.extend(["organic", "green", "organic"])
    put(world, catalog.SERVICE, "PutProducts", catalog_pb2.PutProductsRequest(products=[tea]))
    [listed] = [
        product
        for product in ask(world, catalog.SERVICE, "ListProducts", catalog_pb2.ListProductsRequest()).products
        if product.sku == "TEA"
    ]
    assert (listed.brand, listed.supplier_code, list(listed.tags)) == ("Longjing", "SUP1", ["green", "organic"])
    for code, items in (
        ("BRAND", pricing_pb2.ItemSet(brands=["Longjing"])),
        ("TAG", pricing_pb2.ItemSet(tags=["organic"])),
        ("SUPPLIER", pricing_pb2.ItemSet(supplier_codes=["SUP1"])),
        ("OTHERS", pricing_pb2.ItemSet(everything=True, excluded_brands=["Longjing"])),
    ):
        benefit = pricing_pb2.Benefit(kind=pricing_pb2.BENEFIT_KIND_UNIT_AMOUNT, items=items, off_minor=100)
        publish(world, code, pricing_pb2.Condition(channels=["store"]), benefit=benefit, currency="CNY", stage=1)
        off = {one.code: one.discount_minor for one in quoted(world, basket()).promotions if one.applied}
        assert off == ({code: 100} if code != "OTHERS" else {})
        publish(world, code, pricing_pb2.Condition(channels=["store"]), paused=True)


def test_a_payment_method_is_told_by_a_quote_and_decided_by_the_tenders(world: World):
    publish(world, "WALLET", pricing_pb2.Condition(payment_kinds=["wallet"]))
    assert reasons(quoted(world, basket()))["WALLET"][1] == "Conditions do not hold: payment by wallet."
    by_wallet = basket(payment_kinds=[WALLET])
    assert quoted(world, by_wallet).total_minor == 9_000
    sold(world, by_wallet, 9_000, WALLET)
    sold(world, basket(), 9_000, WALLET)
    sold(world, basket(), 10_000, CARD)
    before = world.counts()
    with pytest.raises(PaidOtherwise) as refused:
        sold(world, by_wallet, 10_000, CARD)
    assert refused.value.field == "basket.payment_kinds"
    assert refused.value.message() == (
        "The basket says that it is paid by WALLET, but is paid by CARD. Quote it again for how the customer pays."
    )
    assert world.counts() == before


def test_every_fifth_visit_and_what_a_void_takes_back(world: World):
    publish(world, "FIFTH", pricing_pb2.Condition(visits_every=5))
    mine = basket(member_key=MEMBER)
    for _ in range(3):
        sold(world, mine, 10_000)
    fourth = sold(world, mine, 10_000)
    assert quoted(world, mine).total_minor == 9_000
    method = sales.SERVICE.methods[f"/{sales.SERVICE.name}/VoidSale"]
    world.once(method.use_case, method.decode(pb2.VoidSaleRequest(sale_id=fourth.sale_id, reason="typo")), world.s1)
    assert reasons(quoted(world, mine))["FIFTH"][1] == (
        "Conditions do not hold: a purchase number divisible by 5 (this is number 4)."
    )
    sold(world, mine, 10_000)
    sold(world, mine, 9_000)
    assert world.rows("SELECT visits FROM points_accounts") == [(5,)]
    assert world.broken() == []


def test_a_birthday_is_a_matter_of_days(world: World):
    window = pricing_pb2.BirthdayDays(days_before=3, days_after=1)
    publish(world, "BIRTHDAY", pricing_pb2.Condition(birthday=window))
    registered(world, "13900000001", birthday="1992-02-29")
    hers = basket(member_key="13900000001")
    for day, total in (("2027-02-24", 10_000), ("2027-02-25", 9_000), ("2027-03-01", 9_000), ("2027-03-02", 10_000)):
        at(world, f"{day}T12:00:00")
        assert quoted(world, hers).total_minor == total
        sold(world, hers, total)
    at(world, "2028-02-29T12:00:00")
    sold(world, hers, 9_000)
    # Whose birthday nobody knows.
    assert reasons(quoted(world, basket(member_key=MEMBER)))["BIRTHDAY"][1] == (
        "Conditions do not hold: from 3 days before to 1 days after the member's birthday."
    )


def test_a_festival_moves_with_the_moon(world: World):
    eve = pricing_pb2.FestivalDays(festival=pricing_pb2.FESTIVAL_MID_AUTUMN, days_before=2)
    publish(world, "MOONCAKE", pricing_pb2.Condition(festivals=[eve]))
    for day, total in (("2026-09-22", 10_000), ("2026-09-23", 9_000), ("2026-09-25", 9_000), ("2026-09-26", 10_000)):
        at(world, f"{day}T12:00:00")
        sold(world, basket(), total)
    chinese = world.terminal("T1", language="zh")
    assert reasons(quoted(world, basket(), chinese))["MOONCAKE"][1] == "不满足活动条件：节日中秋节。"


def test_what_is_missing_is_told_within_or_and_not(world: World):
    three_teas = pricing_pb2.Needed(items=pricing_pb2.ItemSet(skus=["TEA"]), quantity_milli=3_000)
    when = pricing_pb2.Condition(
        any_of=[
            pricing_pb2.Condition(goods=[three_teas], tiers=["GOLD"]),
            pricing_pb2.Condition(segments=["vip"]),
        ],
        none_of=[pricing_pb2.Condition(weekdays=[7]), pricing_pb2.Condition(channels=["web"])],
    )
    publish(world, "EITHER", when)  # 2026-11-22 is a Sunday
    asked = basket(member_key=MEMBER)
    [one] = quoted(world, asked).promotions
    assert one.explanation == (
        "Conditions do not hold: (tier GOLD, and 2000 thousandths more of TEA, or a member in segment vip), and not"
        " Sunday."
    )
    kind = pb2.ConditionKind
    assert list(one.missing) == [
        pb2.MissingCondition(
            kind=kind.CONDITION_KIND_ANY,
            parts=[
                pb2.MissingCondition(
                    kind=kind.CONDITION_KIND_ALL,
                    parts=[
                        pb2.MissingCondition(kind=kind.CONDITION_KIND_TIER, wanted=["GOLD"]),
                        pb2.MissingCondition(
                            kind=kind.CONDITION_KIND_GOODS, wanted=["TEA"], missing_quantity_milli=2_000
                        ),
                    ],
                ),
                pb2.MissingCondition(kind=kind.CONDITION_KIND_SEGMENT, wanted=["vip"]),
            ],
        ),
        pb2.MissingCondition(kind=kind.CONDITION_KIND_WEEKDAY, excluded=True, wanted=["7"], found="7"),
    ]
    [one] = quoted(world, asked, world.terminal("T1", language="zh")).promotions
    assert one.explanation == (
        "不满足活动条件：（会员等级 GOLD，且TEA还差 2000（千分之一单位），或属于分群 vip 的会员），且不得为星期日。"
    )
    world.clock.advance(days=1)
    put_segments(world, MEMBER, "vip")
    sold(world, asked, 9_000)


def test_only_who_may_see_personal_data_sees_segments(world: World):
    put_segments(world, MEMBER, "vip")
    request = membership_pb2.GetMemberRequest(member_key=MEMBER)
    assert list(ask(world, membership.SERVICE, "GetMember", request, SYSTEM).member.segments) == ["vip"]
    assert list(ask(world, membership.SERVICE, "GetMember", request, world.s1).member.segments) == []
