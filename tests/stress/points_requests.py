"""A valid request for every RPC about points."""

from datetime import UTC, datetime, timedelta
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from liansuo.loyalty.v1 import loyalty_pb2
from tests.stress.chain import PHONES
from tests.stress.requests import MEMBER, Valid


def in_an_hour() -> Timestamp:
    at = Timestamp()
    at.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    return at


LOYALTY: Final[dict[str, Valid]] = {
    "GetPointsBalance": lambda key, _: loyalty_pb2.GetPointsBalanceRequest(member_key=MEMBER, as_of_date="2026-01-01"),
    "AdjustPoints": lambda key, _: loyalty_pb2.AdjustPointsRequest(
        request_id=key, member_key=MEMBER, points=5, reason="Late", store_code="S1"
    ),
    "HoldPoints": lambda key, _: loyalty_pb2.HoldPointsRequest(
        request_id=key, member_key=MEMBER, points=1, reference="Order 7", expires_at=in_an_hour(), store_code="S1"
    ),
    "CapturePoints": lambda key, _: loyalty_pb2.CapturePointsRequest(request_id=key, hold_id=1, points=1),
    "ReleasePoints": lambda key, _: loyalty_pb2.ReleasePointsRequest(request_id=key, hold_id=1),
    "JoinPointsPool": lambda key, _: loyalty_pb2.JoinPointsPoolRequest(
        request_id=key, owner_key=PHONES[0], member_key=PHONES[1]
    ),
    "LeavePointsPool": lambda key, _: loyalty_pb2.LeavePointsPoolRequest(request_id=key, member_key=PHONES[1]),
    "SetPointsPoolRule": lambda key, _: loyalty_pb2.SetPointsPoolRuleRequest(
        request_id=key, owner_key=PHONES[0], spending=loyalty_pb2.POOL_SPENDING_MEMBERS, points_per_day_max=100
    ),
    "GetPointsPool": lambda key, _: loyalty_pb2.GetPointsPoolRequest(member_key=PHONES[0]),
    "TransferPoints": lambda key, _: loyalty_pb2.TransferPointsRequest(
        request_id=key, from_member_key=PHONES[0], to_member_key=PHONES[1], points=1, store_code="S1"
    ),
    "ReversePointsAdjustment": lambda key, _: loyalty_pb2.ReversePointsAdjustmentRequest(
        request_id=key, adjustment_id=1, reason="Wrong member"
    ),
    "ExpirePoints": lambda key, _: loyalty_pb2.ExpirePointsRequest(request_id=key, on="2026-01-01", lots_max=10),
    "GetPointsQuotas": lambda key, _: loyalty_pb2.GetPointsQuotasRequest(month="2026-11", page_size=3),
    "GetPointsFigures": lambda key, _: loyalty_pb2.GetPointsFiguresRequest(store_code="S1", from_date="2026-01-01"),
    "GetPointsStatement": lambda key, _: loyalty_pb2.GetPointsStatementRequest(member_key=MEMBER, page_size=3),
}
