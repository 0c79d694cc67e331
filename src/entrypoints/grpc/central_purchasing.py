"""The RPCs of central purchasing."""

from typing import Final

from application.purchasing.distribute_receipt import (
    distribute_receipt,
    list_receipt_shares,
    list_receipts_to_distribute,
)
from entrypoints.grpc.rpc import Service, read, write
from liansuo.purchasing.v1 import central_purchasing_pb2 as pb2

READ: Final = "purchasing.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["CentralPurchasingService"],
    {
        "DistributeReceipt": write(distribute_receipt, pb2.DistributeReceiptResponse, needs="transfers.request"),
        "ListReceiptShares": read(list_receipt_shares, pb2.ListReceiptSharesResponse, needs=READ),
        "ListReceiptsToDistribute": read(list_receipts_to_distribute, pb2.ListReceiptsToDistributeResponse, needs=READ),
    },
)
