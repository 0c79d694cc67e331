"""The request of an exchange, which holds those of a return and of a sale."""

import pytest

from domain.shared.errors import Refusal
from entrypoints.grpc.exchange import exchange_of
from liansuo.sales.v1 import sales_pb2 as pb2

RETURNED = pb2.RefundSaleRequest(sale_id=7, reason="size", lines=[pb2.RefundLine(line_number=1, quantity_milli=1_000)])
SALE = pb2.CheckoutRequest(basket=pb2.Basket(lines=[pb2.BasketLine(sku="TEA", quantity_milli=1_000)]))


def test_reads_both_parts_as_they_are_read_alone() -> None:
    found = exchange_of(pb2.ExchangeSaleRequest(returned=RETURNED, sale=SALE))
    assert (found.returned.sale_id, found.returned.lines[0].quantity_milli) == (7, 1_000)
    assert ([line.sku for line in found.sale.basket.lines], found.sale.uploaded, found.sale.exchange) == (
        ["TEA"], False, None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "reason", "field"),
    [
        (pb2.ExchangeSaleRequest(sale=SALE), "FIELD_REQUIRED", "returned"),
        (pb2.ExchangeSaleRequest(returned=RETURNED), "FIELD_REQUIRED", "sale"),
        (
            pb2.ExchangeSaleRequest(returned=pb2.RefundSaleRequest(request_id="1", sale_id=7), sale=SALE),
            "ONE_REQUEST_ID",
            "returned.request_id",
        ),
        (
            pb2.ExchangeSaleRequest(returned=RETURNED, sale=pb2.CheckoutRequest()),
            "FIELD_REQUIRED",
            "sale.basket",
        ),
    ],
)
def test_names_the_part_that_is_wrong(request_: pb2.ExchangeSaleRequest, reason: str, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        exchange_of(request_)
    assert (refused.value.reason, refused.value.field) == (reason, field)
