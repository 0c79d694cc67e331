"""One valid request for every RPC of costing and lots; see valid_requests.py."""

from typing import Final

from liansuo.inventory.v1 import costing_pb2 as pb2
from tests.stress.requests import Valid

COSTINGS: Final[dict[str, Valid]] = {
    "PutCosting": lambda key, _: pb2.PutCostingRequest(
        request_id=key,
        categories=[pb2.CategoryCosting(category_code="FOOD", method=pb2.COSTING_METHOD_MOVING_AVERAGE)],
        products=[pb2.LotTracking(sku="K02", shelf_life_days=30)],
    ),
    "ApplyCosting": lambda key, _: pb2.ApplyCostingRequest(request_id=key, store_code="S1"),
    "SetStandardCosts": lambda key, _: pb2.SetStandardCostsRequest(
        request_id=key,
        store_code="S1",
        lines=[pb2.StandardCost(sku="K03", standard_minor=300, quantity_milli=1_000)],
        reference="2027",
    ),
    "ListExpiring": lambda *_: pb2.ListExpiringRequest(days=15, store_code="S1", page_size=3),
    "TraceLot": lambda *_: pb2.TraceLotRequest(sku="K02", lot_code="L1", limit=3),
    "WriteOffExpired": lambda key, _: pb2.WriteOffExpiredRequest(request_id=key, store_code="S1"),
}
