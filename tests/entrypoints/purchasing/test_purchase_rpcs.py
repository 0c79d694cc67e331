"""Purchase orders through the contract, from message to message."""

from entrypoints.grpc.purchase_orders import SERVICE
from tests.entrypoints.table_calls import permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "CreatePurchaseOrders": "purchasing.order",
        "ChangePurchaseOrder": "purchasing.order",
        "AdvancePurchaseOrder": "purchasing.order",
        "ReviewPurchaseOrder": "purchasing.approve",
        "ConfirmPurchaseOrder": "purchasing.order",
        "ReceivePurchase": "purchasing.receive",
        "GetPurchaseOrder": "purchasing.read",
        "ListPurchaseOrders": "purchasing.read",
    }
