"""The RPCs of loyalty."""

from typing import Final

from application.loyalty.adjust_points import ADJUST, adjust_points, reverse_points_adjustment
from application.loyalty.expire_points import expire_points
from application.loyalty.hold_points import HOLD, capture_points, hold_points, release_points
from application.loyalty.pool_points import (
    POOLS,
    get_points_pool,
    join_points_pool,
    leave_points_pool,
    set_points_pool_rule,
    transfer_points,
)
from application.loyalty.queries import get_points_balance, get_points_figures, get_points_statement
from application.loyalty.quota_queries import get_points_quotas
from entrypoints.grpc.rpc import Service, read, write
from liansuo.loyalty.v1 import loyalty_pb2 as pb2

READ: Final = "loyalty.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["LoyaltyService"],
    {
        "GetPointsBalance": read(get_points_balance, pb2.GetPointsBalanceResponse, needs=READ, own="member_key"),
        "GetPointsStatement": read(get_points_statement, pb2.GetPointsStatementResponse, needs=READ, own="member_key"),
        "GetPointsFigures": read(get_points_figures, pb2.GetPointsFiguresResponse, needs="finance.read"),
        "GetPointsQuotas": read(get_points_quotas, pb2.GetPointsQuotasResponse, needs="finance.read"),
        "ExpirePoints": write(expire_points, pb2.ExpirePointsResponse, needs="loyalty.expire"),
        "HoldPoints": write(hold_points, pb2.HoldPointsResponse, needs=HOLD, into="hold"),
        "CapturePoints": write(capture_points, pb2.CapturePointsResponse, needs=HOLD, into="hold"),
        "ReleasePoints": write(release_points, pb2.ReleasePointsResponse, needs=HOLD, into="hold"),
        "JoinPointsPool": write(join_points_pool, pb2.JoinPointsPoolResponse, needs=POOLS, into="pool"),
        "LeavePointsPool": write(leave_points_pool, pb2.LeavePointsPoolResponse, needs=POOLS, into="pool"),
        "SetPointsPoolRule": write(set_points_pool_rule, pb2.SetPointsPoolRuleResponse, needs=POOLS, into="pool"),
        "GetPointsPool": read(get_points_pool, pb2.GetPointsPoolResponse, needs=READ, into="pool"),
        "TransferPoints": write(transfer_points, pb2.TransferPointsResponse, needs=POOLS, into="transfer"),
        "AdjustPoints": write(adjust_points, pb2.AdjustPointsResponse, needs=ADJUST, into="adjustment"),
        "ReversePointsAdjustment": write(
            reverse_points_adjustment, pb2.ReversePointsAdjustmentResponse, needs=ADJUST, into="adjustment"
        ),
    },
)
