from entrypoints.grpc.goods_receipts import SERVICE
from entrypoints.grpc.inventory import SERVICE as INVENTORY
from liansuo.inventory.v1 import goods_receipt_pb2 as pb2
from liansuo.inventory.v1 import inventory_pb2
from tests.entrypoints.table_calls import call, permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "ListGoodsReceipts": "inventory.read",
        "GetGoodsReceipt": "inventory.read",
        "AddLandedCost": "inventory.receipts",
        "CorrectReceipt": "inventory.receipts",
    }


def test_a_receipt_bears_its_duty_and_is_corrected(stocked):
    line = inventory_pb2.ReceiptLine(sku="TEA", quantity_milli=50_000, cost_minor=40_000)
    asked = inventory_pb2.ReceiveGoodsRequest(store_code="S01", lines=[line])
    receipt_id = call(stocked, INVENTORY, "ReceiveGoods", asked).receipt_id
    charge = pb2.Charge(amount_minor=300, kind=pb2.CHARGE_KIND_DUTY, basis=pb2.SPREAD_BASIS_WEIGHT)
    landed = call(
        stocked,
        SERVICE,
        "AddLandedCost",
        pb2.AddLandedCostRequest(
            receipt_ids=[receipt_id], charges=[charge], weights=[pb2.UnitWeight(sku="TEA", weight_grams=250)]
        ),
    )
    assert (landed.cost_minor, landed.stock_minor, landed.cost_correction_minor) == (300, 300, 0)
    right = pb2.LineCorrection(
        line_number=1, old_quantity_milli=50_000, old_cost_minor=40_000, quantity_milli=40_000, cost_minor=32_000
    )
    asked = pb2.CorrectReceiptRequest(receipt_id=receipt_id, lines=[right], reason="Counted again")
    corrected = call(stocked, SERVICE, "CorrectReceipt", asked)
    # What ten at 8.06 took of the duty is that of the forty that are there.
    assert (corrected.cost_minor, corrected.stock_minor) == (-8_000, -8_000)
    page = call(stocked, SERVICE, "GetGoodsReceipt", pb2.GetGoodsReceiptRequest(receipt_id=receipt_id))
    [found] = page.lines
    assert (found.sku, found.quantity_milli, found.cost_minor, found.landed_minor) == ("TEA", 40_000, 32_000, 300)
    assert [(one.number, one.kind, one.cost_minor) for one in page.changes] == [
        (1, pb2.RECEIPT_LINE_KIND_LANDED_COST, 300), (2, pb2.RECEIPT_LINE_KIND_CORRECTION, -8_000),
    ]  # fmt: skip
    [charged] = page.changes[0].charges
    assert (charged.kind, charged.basis, charged.amount_minor) == (
        pb2.CHARGE_KIND_DUTY, pb2.SPREAD_BASIS_WEIGHT, 300,
    )  # fmt: skip
    [listed] = call(stocked, SERVICE, "ListGoodsReceipts", pb2.ListGoodsReceiptsRequest(store_code="S01")).receipts
    assert (listed.receipt_id, listed.lines, listed.cost_minor) == (receipt_id, 1, 40_000)
