"""Goods that go back to suppliers through the contract, from message to message."""

from entrypoints.grpc.supplier_returns import SERVICE
from liansuo.purchasing.v1 import supplier_return_pb2 as pb2
from tests.application.purchasing.buying import bought, with_supplier
from tests.entrypoints.purchasing.contract import Contract
from tests.entrypoints.table_calls import permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "ReturnToSupplier": "purchasing.return",
        "GetSupplierReturn": "purchasing.read",
        "ListSupplierReturns": "purchasing.read",
    }


def test_goods_go_back_and_are_read_again(world):
    contract = Contract(with_supplier(world), SERVICE)
    receipt = bought(world, "TEA", 50, 8_000)
    entry = pb2.SupplierReturnEntry(
        sku="TEA", quantity_milli=10_000, reason=pb2.SUPPLIER_RETURN_REASON_WRONG_GOODS, returned_from=0
    )
    asked = pb2.ReturnToSupplierRequest(receipt_id=receipt.receipt_id, lines=[entry], reference="RMA-7")
    back = contract.call("ReturnToSupplier", asked).supplier_return
    # 150 at an average of 66.666… each.
    assert (back.claim_minor, back.cost_minor, back.price_variance_minor) == (80_000, 66_667, -13_333)
    found = contract.call("GetSupplierReturn", pb2.GetSupplierReturnRequest(return_id=back.return_id)).supplier_return
    assert found == back
    assert list(found.lines) == [
        pb2.SupplierReturnLine(
            line_number=1, sku="TEA", receipt_id=receipt.receipt_id, receipt_line_number=1,
            returned_from=pb2.RETURNED_FROM_FOR_SALE, reason=pb2.SUPPLIER_RETURN_REASON_WRONG_GOODS,
            quantity_milli=10_000, cost_minor=66_667, claim_minor=80_000,
        )
    ]  # fmt: skip
    listed = contract.call("ListSupplierReturns", pb2.ListSupplierReturnsRequest(store_code="S1"))
    assert [one.return_id for one in listed.returns] == [back.return_id]
