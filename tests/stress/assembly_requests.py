"""One valid request for every RPC of goods that are made of others; see valid_requests.py."""

from typing import Final

from liansuo.inventory.v1 import assembly_pb2
from tests.stress.chain import MADE
from tests.stress.requests import Valid

ASSEMBLIES: Final[dict[str, Valid]] = {
    "AssembleGoods": lambda key, _: assembly_pb2.AssembleGoodsRequest(
        request_id=key, store_code="S1", sku=MADE.sku, quantity_milli=1_000, reference="Order 7"
    ),
}
