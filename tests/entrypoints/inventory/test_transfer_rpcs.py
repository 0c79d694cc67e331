from entrypoints.grpc.inventory import SERVICE as INVENTORY
from entrypoints.grpc.transfers import SERVICE
from liansuo.inventory.v1 import inventory_pb2
from liansuo.inventory.v1 import transfer_pb2 as pb2
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "CreateTransfers": "transfers.request",
        "DecideTransfer": "transfers.approve",
        "ShipTransfer": "transfers.ship",
        "ReceiveTransfer": "transfers.receive",
        "CancelTransfer": "transfers.request",
        "ProposeTransfers": "transfers.request",
        "GetTransfer": "inventory.read",
        "ListTransfers": "inventory.read",
    }


def test_carries_a_transfer_from_the_request_to_the_shelf(stocked):
    lines = [inventory_pb2.ReceiptLine(sku="TEA", quantity_milli=20_000, cost_minor=2_000)]
    call(stocked, INVENTORY, "ReceiveGoods", inventory_pb2.ReceiveGoodsRequest(store_code="S01", lines=lines))
    new = pb2.NewTransfer(
        from_store_code="S01", to_store_code="S02", lines=[pb2.TransferItem(sku="TEA", quantity_milli=20_000)]
    )
    [made] = call(stocked, SERVICE, "CreateTransfers", pb2.CreateTransfersRequest(transfers=[new])).transfers
    assert made.state == pb2.TRANSFER_STATE_REQUESTED
    decision = pb2.DecideTransferRequest(transfer_id=made.transfer_id, decision=pb2.TRANSFER_DECISION_APPROVE)
    call(stocked, SERVICE, "DecideTransfer", decision)
    call(stocked, SERVICE, "ShipTransfer", pb2.ShipTransferRequest(transfer_id=made.transfer_id))
    short = pb2.ArrivedItem(sku="TEA", received_milli=19_000, missing_milli=1_000, reason=pb2.DIFFERENCE_REASON_SHORT)
    received = call(
        stocked, SERVICE, "ReceiveTransfer", pb2.ReceiveTransferRequest(transfer_id=made.transfer_id, lines=[short])
    ).transfer
    assert received.state == pb2.TRANSFER_STATE_RECEIVED
    assert received.lines == [
        pb2.TransferLine(
            sku="TEA", requested_milli=20_000, shipped_milli=20_000, received_milli=19_000, missing_milli=1_000,
            shipped_minor=2_000, missing_minor=100,
        )
    ]  # fmt: skip
    assert [event.step for event in received.timeline] == [1, 2, 4, 5]
