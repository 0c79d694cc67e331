"""The RPCs of loyalty."""

from typing import Final

from application.loyalty.adjust_points import ADJUST, adjust_points, reverse_points_adjustment
from application.loyalty.expire_points import expire_points
from application.loyalty.queries import get_points_balance, get_points_figures, get_points_statement
from entrypoints.grpc.rpc import Service, read, write
from liansuo.loyalty.v1 import loyalty_pb2 as pb2

READ: Final = "loyalty.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["LoyaltyService"],
    {
        "GetPointsBalance": read(get_points_balance, pb2.GetPointsBalanceResponse, needs=READ, own="member_key"),
        "GetPointsStatement": read(get_points_statement, pb2.GetPointsStatementResponse, needs=READ, own="member_key"),
        "GetPointsFigures": read(get_points_figures, pb2.GetPointsFiguresResponse, needs="finance.read"),
        "ExpirePoints": write(expire_points, pb2.ExpirePointsResponse, needs="loyalty.expire"),
        "AdjustPoints": write(adjust_points, pb2.AdjustPointsResponse, needs=ADJUST, into="adjustment"),
        "ReversePointsAdjustment": write(
            reverse_points_adjustment, pb2.ReversePointsAdjustmentResponse, needs=ADJUST, into="adjustment"
        ),
    },
)
