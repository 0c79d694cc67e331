"""The RPCs of what stock is worth, and of lots."""

from typing import Final

from application.inventory.lots import list_expiring, trace_lot, write_off_expired
from application.inventory.put_costing import apply_costing, put_costing, set_standard_costs
from entrypoints.grpc.rpc import Service, read, write
from liansuo.inventory.v1 import costing_pb2 as pb2

COSTING: Final = "inventory.costing"
READ: Final = "inventory.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["CostingService"],
    {
        "PutCosting": write(put_costing, pb2.PutCostingResponse, needs=COSTING),
        "ApplyCosting": write(apply_costing, pb2.ApplyCostingResponse, needs=COSTING),
        "SetStandardCosts": write(set_standard_costs, pb2.SetStandardCostsResponse, needs=COSTING),
        "ListExpiring": read(list_expiring, pb2.ListExpiringResponse, needs=READ),
        "TraceLot": read(trace_lot, pb2.TraceLotResponse, needs=READ),
        "WriteOffExpired": write(write_off_expired, pb2.WriteOffExpiredResponse, needs="inventory.adjust"),
    },
)
