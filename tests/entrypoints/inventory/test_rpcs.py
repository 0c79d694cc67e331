from entrypoints.grpc.inventory import SERVICE
from liansuo.inventory.v1 import inventory_pb2 as pb2
from tests.application.small_chain import NOON
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "ReceiveGoods": "inventory.receive",
        "GetStock": "inventory.read",
        "ListMovements": "inventory.read",
    }


def test_carries_a_receipt_from_the_request_to_the_stock(stocked):
    request = pb2.ReceiveGoodsRequest(
        store_code="S01",
        reference="DN-7",
        lines=[pb2.ReceiptLine(sku="HAM", quantity_milli=2_500, cost_minor=12_345)],
    )
    received = call(stocked, SERVICE, "ReceiveGoods", request)
    assert received == pb2.ReceiveGoodsResponse(
        receipt_id=received.receipt_id, business_date="2025-06-01", cost_minor=12_345, lines=1
    )
    stock = call(stocked, SERVICE, "GetStock", pb2.GetStockRequest(store_code="S01", skus=["HAM"]))
    assert stock.levels == [
        pb2.StockLevel(store_code="S01", sku="HAM", on_hand_milli=2_500, available_milli=2_500, value_minor=12_345)
    ]
    [movement] = call(
        stocked, SERVICE, "ListMovements", pb2.ListMovementsRequest(store_code="S01", sku="HAM")
    ).movements
    assert movement == pb2.Movement(
        movement_id=movement.movement_id,
        quantity_milli=2_500,
        value_minor=12_345,
        reason=pb2.MOVEMENT_REASON_RECEIPT,
        document_id=received.receipt_id,
        business_date="2025-06-01",
        moved_at=NOON,
        on_hand_milli=2_500,
        stock_value_minor=12_345,
    )
