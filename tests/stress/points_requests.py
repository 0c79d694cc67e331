"""A valid request for every RPC about points."""

from typing import Final

from liansuo.loyalty.v1 import loyalty_pb2
from tests.stress.requests import MEMBER, Valid

LOYALTY: Final[dict[str, Valid]] = {
    "GetPointsBalance": lambda key, _: loyalty_pb2.GetPointsBalanceRequest(member_key=MEMBER, as_of_date="2026-01-01"),
    "AdjustPoints": lambda key, _: loyalty_pb2.AdjustPointsRequest(
        request_id=key, member_key=MEMBER, points=5, reason="Late", store_code="S1"
    ),
    "ReversePointsAdjustment": lambda key, _: loyalty_pb2.ReversePointsAdjustmentRequest(
        request_id=key, adjustment_id=1, reason="Wrong member"
    ),
    "ExpirePoints": lambda key, _: loyalty_pb2.ExpirePointsRequest(request_id=key, on="2026-01-01", lots_max=10),
    "GetPointsFigures": lambda key, _: loyalty_pb2.GetPointsFiguresRequest(store_code="S1", from_date="2026-01-01"),
    "GetPointsStatement": lambda key, _: loyalty_pb2.GetPointsStatementRequest(member_key=MEMBER, page_size=3),
}
