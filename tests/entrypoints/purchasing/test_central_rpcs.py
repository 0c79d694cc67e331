"""Central purchasing through the contract, from message to message."""

import pytest

from application.purchasing.put_suppliers import PutSuppliers, SupplierEntry, put_suppliers
from entrypoints.grpc.central_purchasing import SERVICE
from entrypoints.grpc.purchase_orders import SERVICE as ORDERS
from liansuo.purchasing.v1 import central_purchasing_pb2 as pb2
from liansuo.purchasing.v1 import purchase_order_pb2 as order_pb2
from tests.application.small_chain import S01, terminal
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "DistributeReceipt": "transfers.request",
        "ListReceiptShares": "purchasing.read",
        "ListReceiptsToDistribute": "purchasing.read",
    }


@pytest.mark.capability("PUR-06")
def test_an_order_for_two_stores_is_split_when_it_has_come(stocked):
    stocked.write(put_suppliers, PutSuppliers((SupplierEntry("MILL", "Tea mill", "CNY"),)))
    line = order_pb2.PurchaseLine(
        sku="TEA", quantity_milli=30_000, price_minor=800, price_quantity_milli=1_000,
        shares=[order_pb2.StoreShare(store_code="S02", quantity_milli=20_000)],
    )  # fmt: skip
    entry = order_pb2.PurchaseOrderEntry(
        supplier_code="MILL", lines=[line], source=order_pb2.PURCHASE_SOURCE_MANUAL, store_code="S01"
    )
    asked = order_pb2.CreatePurchaseOrdersRequest(orders=[entry])
    [order] = call(stocked, ORDERS, "CreatePurchaseOrders", asked).orders
    shown = call(stocked, ORDERS, "GetPurchaseOrder", order_pb2.GetPurchaseOrderRequest(order_id=order.order_id)).order
    assert [(one.store_code, one.quantity_milli) for one in shown.versions[0].lines[0].shares] == [("S02", 20_000)]
    assert [(one.store_code, one.open_milli) for one in shown.progress[0].shares] == [("S01", 10_000), ("S02", 20_000)]
    receipt_id = _received(stocked, order.order_id)
    [waiting] = call(
        stocked, SERVICE, "ListReceiptsToDistribute", pb2.ListReceiptsToDistributeRequest(store_code="S01")
    ).receipts
    assert (waiting.receipt_id, waiting.stores, waiting.lines) == (receipt_id, 1, 1)
    done = call(stocked, SERVICE, "DistributeReceipt", pb2.DistributeReceiptRequest(receipt_id=receipt_id))
    assert (done.made, len(done.transfer_ids), done.more) == (1, 1, False)
    found = call(stocked, SERVICE, "ListReceiptShares", pb2.ListReceiptSharesRequest(receipt_id=receipt_id))
    assert [(one.store_code, one.quantity_milli, one.state, one.transfer_id) for one in found.shares] == [
        ("S02", 20_000, pb2.SHARE_STATE_TRANSFERRED, done.transfer_ids[0])
    ]


def _received(stocked, order_id):
    """The receipt of all of the order, which another place has approved."""
    for step in (order_pb2.PURCHASE_STEP_SUBMIT, None, order_pb2.PURCHASE_STEP_SEND):
        if step is None:
            review = order_pb2.ReviewPurchaseOrderRequest(order_id=order_id, version=1, approved=True)
            call(stocked, ORDERS, "ReviewPurchaseOrder", review, caller=terminal(S01))
        else:
            asked = order_pb2.AdvancePurchaseOrderRequest(order_id=order_id, step=step, version=1)
            call(stocked, ORDERS, "AdvancePurchaseOrder", asked)
    came = order_pb2.ReceivePurchaseRequest(
        order_id=order_id, lines=[order_pb2.ReceivedLine(line_number=1, accepted_milli=30_000)]
    )
    received = call(stocked, ORDERS, "ReceivePurchase", came)
    assert received.stores_waiting == 1
    return received.receipt_id
