import pytest

from application.pricing.put_promotions import PutPromotions, put_promotions
from domain.pricing.basket import Manual
from domain.pricing.promotion import Benefit, BenefitKind, ItemSet, Promotion
from domain.shared.errors import Refusal
from entrypoints.grpc.sales import SERVICE
from liansuo.sales.v1 import sales_pb2 as pb2
from tests.entrypoints.table_calls import permissions
from tests.entrypoints.world_calls import ask
from tests.world import Till


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "QuoteBasket": "sales.quote",
        "Checkout": "sales.checkout",
        "UploadSales": "sales.upload",
        "VoidSale": "sales.void",
        "FindReturnable": "sales.refund",
        "RefundSale": "sales.refund",
        "ExchangeSale": "sales.refund",
        "GetSale": "sales.read",
        "ExplainSale": "sales.read",
        "ListSales": "sales.read",
        "GetTakings": "sales.read",
        "ListTerminalSeries": "sales.read",
    }


def test_carries_a_sale_from_the_till_to_the_answer(world):
    sale = world.sell(Till().line("TEA").line("WRAP").card(10_300).command)
    found = ask(world, SERVICE, "GetSale", pb2.GetSaleRequest(request_id=sale.request_id), world.s1).sale
    assert (
        found
        == SERVICE.methods[f"/{SERVICE.name}/Checkout"]
        .row.response.FromString(SERVICE.methods[f"/{SERVICE.name}/Checkout"].show(sale))
        .sale
    )
    assert found.tenders == [pb2.SaleTender(kind=pb2.TENDER_KIND_CARD, amount_minor=10_300, reference="A1")]
    [listed] = ask(world, SERVICE, "ListSales", pb2.ListSalesRequest(), world.s1).sales
    assert listed == pb2.SaleSummary(
        sale_id=sale.sale_id,
        kind=pb2.SALE_KIND_SALE,
        receipt_number=sale.receipt_number,
        store_code="S1",
        terminal_code="T1",
        channel="store",
        currency="CNY",
        business_date="2026-11-22",
        sold_at=sale.sold_at,
        total_minor=10_300,
    )


def test_carries_takings_by_what_was_asked_for(world):
    world.sell(Till().line("TEA").cash(10_000).command)
    request = pb2.GetTakingsRequest(group_by=[pb2.TAKINGS_DIMENSION_TENDER, pb2.TAKINGS_DIMENSION_STORE])
    assert ask(world, SERVICE, "GetTakings", request).rows == [
        pb2.TakingsRow(
            store_code="S1", tender=pb2.TENDER_KIND_CASH, currency="CNY", sales=1, total_minor=10_000
        )
    ]  # fmt: skip


@pytest.mark.capability("PRM-06")
def test_carries_an_explanation_of_a_sale(world):
    benefit = Benefit(BenefitKind.RATE, ItemSet(everything=True), rate_bp=1_200)
    world.do(put_promotions, PutPromotions((Promotion("SPRING", "Spring", benefit),)))
    sale = world.sell(Till().line("TEA", discounts=(Manual("torn", 0, 100),)).cash(8_700).command)
    found = ask(world, SERVICE, "ExplainSale", pb2.ExplainSaleRequest(sale_id=sale.sale_id), world.s1)
    assert (found.rests_on, found.proven, found.sale.total_minor) == (pb2.EXPLANATION_BASIS_FACTS, True, 8_700)
    assert found.lines == [
        pb2.ExplainedLine(
            line_number=1,
            price_list_code="BASE",
            price_list_name="List price",
            includes_tax=True,
            list_price_minor=10_000,
            unit_price_minor=10_000,
            manual_discounts=[pb2.ManualDiscount(reason="torn", amount_minor=100)],
        )
    ]
    [spring] = found.promotions
    assert (spring.code, spring.discount_minor, spring.base_minor) == ("SPRING", 1_200, 10_000)
    assert (found.discount_stacking, found.engine_version, found.promotions_version) == ("compound", 1, 1)


@pytest.mark.parametrize("dimension", [pb2.TAKINGS_DIMENSION_UNSPECIFIED, 99])
def test_refuses_a_dimension_that_is_none(world, dimension):
    with pytest.raises(Refusal) as refusal:
        ask(world, SERVICE, "GetTakings", pb2.GetTakingsRequest(group_by=[dimension]))
    assert refusal.value.field == "group_by[0]"
