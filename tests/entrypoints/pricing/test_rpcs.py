from datetime import UTC, datetime

from entrypoints.grpc.pricing import SERVICE
from liansuo.pricing.v1 import pricing_pb2 as pb2
from tests.entrypoints.table_calls import call, permissions

JUNE, JULY = datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC)


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutPriceLists": "pricing.manage",
        "ListPriceLists": "pricing.read",
        "PutPrices": "pricing.manage",
        "GetPrice": "pricing.read",
        "PutTaxes": "pricing.manage",
        "ListTaxes": "pricing.read",
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
