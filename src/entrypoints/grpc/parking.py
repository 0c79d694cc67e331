"""The RPCs of baskets that are put aside."""

from typing import Final

from application.sales.parking import list_parked_baskets, park_basket, split_parked_basket
from application.sales.resuming import resume_parked_basket
from entrypoints.grpc.rpc import Service, read, write
from liansuo.sales.v1 import parking_pb2 as pb2

PARK: Final = "sales.park"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["ParkingService"],
    {
        "ParkBasket": write(park_basket, pb2.ParkBasketResponse, into="parked", needs=PARK),
        "ListParkedBaskets": read(list_parked_baskets, pb2.ListParkedBasketsResponse, needs=PARK),
        "ResumeParkedBasket": write(resume_parked_basket, pb2.ResumeParkedBasketResponse, needs=PARK),
        "SplitParkedBasket": write(split_parked_basket, pb2.SplitParkedBasketResponse, needs=PARK),
    },
)
