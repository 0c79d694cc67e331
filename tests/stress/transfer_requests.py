"""One valid request for every RPC of transfers between stores, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.inventory.create_transfers import CreateTransfers, NewTransfer, TransferItem, create_transfers
from application.inventory.ship_transfer import ShipTransfer, ship_transfer
from liansuo.inventory.v1 import transfer_pb2 as pb2
from tests.stress.chain import GOODS, Chain
from tests.stress.requests import Valid

SKU: Final = min(GOODS)
STEPS: Final = ("DecideTransfer", "ShipTransfer", "ReceiveTransfer", "CancelTransfer")


def name_transfer(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests for a step of a transfer name another one that can take it once."""
    if rpc not in STEPS:
        return
    new = NewTransfer("S1", "S2", (TransferItem(SKU, 2_000),))
    [made] = chain.do(create_transfers, CreateTransfers((new,), approve=rpc != "DecideTransfer")).transfers
    if rpc == "ReceiveTransfer":
        chain.do(ship_transfer, ShipTransfer(made.transfer_id))
    for request in requests:
        request.transfer_id = made.transfer_id


TRANSFERS: Final[dict[str, Valid]] = {
    "CreateTransfers": lambda key, _: pb2.CreateTransfersRequest(
        request_id=key,
        transfers=[
            pb2.NewTransfer(
                from_store_code="S1",
                to_store_code="S2",
                lines=[pb2.TransferItem(sku=SKU, quantity_milli=1_000)],
                reference="P-7",
            )
        ],
        skip_refused=True,
    ),
    "DecideTransfer": lambda key, _: pb2.DecideTransferRequest(
        request_id=key, transfer_id=1, decision=pb2.TRANSFER_DECISION_APPROVE, note="Go"
    ),
    "ShipTransfer": lambda key, _: pb2.ShipTransferRequest(
        request_id=key, transfer_id=1, lines=[pb2.TransferItem(sku=SKU, quantity_milli=2_000)], note="Parcel 7"
    ),
    "ReceiveTransfer": lambda key, _: pb2.ReceiveTransferRequest(
        request_id=key,
        transfer_id=1,
        lines=[
            pb2.ArrivedItem(sku=SKU, received_milli=1_000, missing_milli=1_000, reason=pb2.DIFFERENCE_REASON_DAMAGED)
        ],
    ),
    "CancelTransfer": lambda key, _: pb2.CancelTransferRequest(request_id=key, transfer_id=1, note="No van"),
    "ProposeTransfers": lambda key, _: pb2.ProposeTransfersRequest(
        targets=[pb2.StockTarget(store_code=store, sku=SKU, min_milli=1_000, max_milli=2_000) for store in ("S1", "S2")]
    ),
    "GetTransfer": lambda key, _: pb2.GetTransferRequest(transfer_id=1),
    "ListTransfers": lambda key, _: pb2.ListTransfersRequest(
        store_code="S1", side=pb2.TRANSFER_SIDE_SOURCE, open_only=True, page_size=3
    ),
}
