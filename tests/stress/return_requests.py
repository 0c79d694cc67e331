"""One valid request for every RPC of returns; see valid_requests.py."""

from typing import Final

from liansuo.sales.v1 import sales_pb2
from tests.stress.requests import Valid

RETURNS: Final[dict[str, Valid]] = {
    "FindReturnable": lambda _, sold: sales_pb2.FindReturnableRequest(sale_id=sold),
}
