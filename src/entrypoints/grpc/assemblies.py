"""The RPCs of goods that a store makes out of others."""

from typing import Final

from application.inventory.assemble_goods import assemble_goods
from entrypoints.grpc.rpc import Service, write
from liansuo.inventory.v1 import assembly_pb2 as pb2

ASSEMBLE: Final = "inventory.assemble"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["AssemblyService"],
    {"AssembleGoods": write(assemble_goods, pb2.AssembleGoodsResponse, needs=ASSEMBLE)},
)
