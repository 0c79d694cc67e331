from entrypoints.grpc.costings import SERVICE
from liansuo.inventory.v1 import costing_pb2 as pb2
from liansuo.inventory.v1 import inventory_pb2
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "PutCosting": "inventory.costing",
        "ApplyCosting": "inventory.costing",
        "SetStandardCosts": "inventory.costing",
        "ListExpiring": "inventory.read",
        "TraceLot": "inventory.read",
        "WriteOffExpired": "inventory.adjust",
    }


def test_a_lot_is_received_listed_and_traced(stocked):
    from entrypoints.grpc.inventory import SERVICE as INVENTORY

    tracked = pb2.LotTracking(sku="TEA", lot_tracked=True)
    assert call(stocked, SERVICE, "PutCosting", pb2.PutCostingRequest(products=[tracked])).products == 1
    line = inventory_pb2.ReceiptLine(
        sku="TEA", quantity_milli=2_000, cost_minor=200, lot_code="L1", expiry_date="2025-06-10"
    )
    receipt = call(
        stocked, INVENTORY, "ReceiveGoods", inventory_pb2.ReceiveGoodsRequest(store_code="S01", lines=[line])
    )
    [found] = call(stocked, SERVICE, "ListExpiring", pb2.ListExpiringRequest(days=15)).lots
    assert found == pb2.ExpiringLot(
        store_code="S01", sku="TEA", lot_code="L1", expiry_date="2025-06-10", days_left=9, quantity_milli=2_000,
        value_minor=200, markdown_bp=1_500,
    )  # fmt: skip
    [step] = call(stocked, SERVICE, "TraceLot", pb2.TraceLotRequest(sku="TEA", lot_code="L1")).steps
    assert (step.document_id, step.reason, step.quantity_milli) == (receipt.receipt_id, "receipt", 2_000)
