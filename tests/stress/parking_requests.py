"""One valid request for every RPC of parked baskets and serial numbers; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.sales.basket import Basket, BasketLine
from application.sales.parking import ParkBasket, park_basket
from liansuo.sales.v1 import parking_pb2, sales_pb2, serial_number_pb2
from tests.stress.chain import PARKED, PHONES, Chain
from tests.stress.requests import Valid


def name_parked(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests that take a parked basket name another one of S1 with two pieces."""
    if rpc not in ("ResumeParkedBasket", "SplitParkedBasket"):
        return
    basket = Basket((BasketLine("K01", quantity_milli=2_000),), store_code="S1")
    parked = chain.do(park_basket, ParkBasket(basket, "Table 2"))
    for request in requests:
        request.basket_id = parked.basket_id


PARKING: Final[dict[str, Valid]] = {
    "ParkBasket": lambda key, _: parking_pb2.ParkBasketRequest(
        request_id=key,
        basket=sales_pb2.Basket(
            lines=[sales_pb2.BasketLine(sku="K01", quantity_milli=2_000)], member_key=PHONES[0], store_code="S1"
        ),
        label="Table 4",
    ),
    "ListParkedBaskets": lambda key, _: parking_pb2.ListParkedBasketsRequest(store_code="S1", page_size=3),
    "ResumeParkedBasket": lambda key, _: parking_pb2.ResumeParkedBasketRequest(request_id=key, basket_id=PARKED),
    "SplitParkedBasket": lambda key, _: parking_pb2.SplitParkedBasketRequest(
        request_id=key,
        basket_id=PARKED,
        parts=[
            parking_pb2.BasketPart(
                label=f"Guest {number}", lines=[parking_pb2.PartLine(line_number=1, quantity_milli=1_000)]
            )
            for number in (1, 2)
        ],
    ),
}

SERIAL_NUMBERS: Final[dict[str, Valid]] = {
    "GetSerialNumber": lambda key, _: serial_number_pb2.GetSerialNumberRequest(sku="K01", serial_number="SN-1"),
}
