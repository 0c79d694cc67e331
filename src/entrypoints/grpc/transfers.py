"""The RPCs of transfers between stores."""

from typing import Final

from application.inventory.create_transfers import create_transfers
from application.inventory.decide_transfer import cancel_transfer, decide_transfer
from application.inventory.propose_transfers import propose_transfers
from application.inventory.receive_transfer import receive_transfer
from application.inventory.ship_transfer import ship_transfer
from application.inventory.transfer_queries import get_transfer, list_transfers
from entrypoints.grpc.limits import BULK_REQUEST_BYTES_MAX
from entrypoints.grpc.rpc import Service, read, write
from liansuo.inventory.v1 import transfer_pb2 as pb2

READ: Final = "inventory.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["TransferService"],
    {
        "CreateTransfers": write(
            create_transfers, pb2.CreateTransfersResponse, needs="transfers.request", bytes_max=BULK_REQUEST_BYTES_MAX
        ),
        "DecideTransfer": write(
            decide_transfer, pb2.DecideTransferResponse, into="transfer", needs="transfers.approve"
        ),
        "ShipTransfer": write(ship_transfer, pb2.ShipTransferResponse, into="transfer", needs="transfers.ship"),
        "ReceiveTransfer": write(
            receive_transfer, pb2.ReceiveTransferResponse, into="transfer", needs="transfers.receive"
        ),
        "CancelTransfer": write(
            cancel_transfer, pb2.CancelTransferResponse, into="transfer", needs="transfers.request"
        ),
        "ProposeTransfers": read(propose_transfers, pb2.ProposeTransfersResponse, needs="transfers.request"),
        "GetTransfer": read(get_transfer, pb2.GetTransferResponse, into="transfer", needs=READ),
        "ListTransfers": read(list_transfers, pb2.ListTransfersResponse, needs=READ),
    },
)
