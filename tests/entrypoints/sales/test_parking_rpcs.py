from typing import Any

from google.protobuf.message import Message

from entrypoints.grpc.parking import SERVICE
from liansuo.sales.v1 import parking_pb2 as pb2
from liansuo.sales.v1 import sales_pb2
from tests.entrypoints.table_calls import permissions
from tests.world import World


def tell(world: World, name: str, request: Message) -> Any:
    """The response message of an RPC that writes."""
    method = SERVICE.methods[f"/{SERVICE.name}/{name}"]
    return method.row.response.FromString(method.show(world.once(method.use_case, method.decode(request), world.s1)))


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == dict.fromkeys(
        ("ParkBasket", "ListParkedBaskets", "ResumeParkedBasket", "SplitParkedBasket"), "sales.park"
    )


def test_a_basket_comes_back_as_it_was_sent(world):
    basket = sales_pb2.Basket(
        lines=[
            sales_pb2.BasketLine(
                sku="TEA",
                quantity_milli=2_000,
                discounts=[sales_pb2.ManualDiscount(reason="Scratched", rate_bp=1_000)],
            ),
            sales_pb2.BasketLine(
                barcode="6901234567892",
                quantity_milli=1_000,
                terminal_price=sales_pb2.TerminalPrice(gross_minor=9_000),
            ),
        ],
        channel="phone",
        payment_kinds=[sales_pb2.TENDER_KIND_CARD],
    )
    parked = tell(world, "ParkBasket", pb2.ParkBasketRequest(basket=basket, label="Table 4")).parked
    assert parked.total_minor == 27_000
    resumed = tell(world, "ResumeParkedBasket", pb2.ResumeParkedBasketRequest(basket_id=parked.basket_id))
    basket.store_code = "S1"
    assert resumed.basket == basket
    assert (resumed.quote.total_minor, resumed.HasField("problem"), list(resumed.changes)) == (27_000, False, [])
