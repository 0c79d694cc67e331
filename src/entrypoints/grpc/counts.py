"""The RPCs of counts."""

from typing import Final

from application.inventory.counting import (
    close_count,
    enter_count,
    get_count,
    list_counts,
    open_count,
    plan_counts,
)
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.inventory.v1 import count_pb2 as pb2

ENTER: Final = "counts.enter"
MANAGE: Final = "counts.manage"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["CountService"],
    {
        "OpenCount": write(open_count, pb2.OpenCountResponse, needs=MANAGE, bytes_max=BULK_REQUEST_BYTES_MAX),
        "EnterCount": write(enter_count, pb2.EnterCountResponse, needs=ENTER, bytes_max=BULK_REQUEST_BYTES_MAX),
        "GetCount": read(get_count, pb2.GetCountResponse, needs=ENTER),
        "ListCounts": read(list_counts, pb2.ListCountsResponse, needs=ENTER),
        "CloseCount": write(close_count, pb2.CloseCountResponse, needs=MANAGE),
        "PlanCounts": read(plan_counts, pb2.PlanCountsResponse, needs=ENTER),
    },
)
