"""The RPCs of goods receipts after the goods have come."""

from typing import Final

from application.inventory.add_landed_cost import add_landed_cost
from application.inventory.goods_receipt_queries import get_goods_receipt, list_goods_receipts
from application.purchasing.correct_receipt import correct_receipt
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.inventory.v1 import goods_receipt_pb2 as pb2

READ: Final = "inventory.read"
CHANGE: Final = "inventory.receipts"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["GoodsReceiptService"],
    {
        "ListGoodsReceipts": read(list_goods_receipts, pb2.ListGoodsReceiptsResponse, needs=READ),
        "GetGoodsReceipt": read(get_goods_receipt, pb2.GetGoodsReceiptResponse, needs=READ),
        "AddLandedCost": write(
            add_landed_cost, pb2.AddLandedCostResponse, needs=CHANGE, bytes_max=BULK_REQUEST_BYTES_MAX
        ),
        "CorrectReceipt": write(correct_receipt, pb2.CorrectReceiptResponse, needs=CHANGE),
    },
)
