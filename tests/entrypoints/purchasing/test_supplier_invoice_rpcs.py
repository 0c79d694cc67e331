"""Suppliers' invoices through the contract, from message to message."""

from entrypoints.grpc.supplier_invoices import SERVICE
from liansuo.purchasing.v1 import supplier_invoice_pb2 as pb2
from tests.application.purchasing.buying import at_price, came, sent, with_supplier
from tests.entrypoints.purchasing.contract import Contract
from tests.entrypoints.table_calls import permissions


def test_names_a_permission_for_every_rpc():
    assert permissions(SERVICE) == {
        "RecordSupplierInvoice": "purchasing.invoice",
        "MatchSupplierInvoice": "purchasing.invoice",
        "ApproveSupplierInvoice": "purchasing.approve_invoice",
        "RejectSupplierInvoice": "purchasing.invoice",
        "PaySupplierInvoices": "purchasing.pay",
        "GetSupplierInvoice": "purchasing.read",
        "ListSupplierInvoices": "purchasing.read",
        "ListUnbilledReceipts": "purchasing.read",
        "GetPayablesAging": "purchasing.read",
    }


def test_an_invoice_goes_from_the_match_to_the_bank(world):
    contract = Contract(with_supplier(world, payment_days=30), SERVICE)
    order_id = sent(world, at_price("TEA", 50, 8_000))
    receipt = came(world, order_id, 50)
    waiting = contract.call("ListUnbilledReceipts", pb2.ListUnbilledReceiptsRequest(store_code="S1"))
    assert [(one.receipt_id, one.sku, one.open_minor) for one in waiting.lines] == [
        (receipt.receipt_id, "TEA", 400_000)
    ]
    line = pb2.InvoicedLine(order_id=order_id, line_number=1, quantity_milli=60_000, net_minor=480_000)
    asked = pb2.RecordSupplierInvoiceRequest(
        supplier_code="MILL", number="R-1", invoice_date="2026-11-22", total_minor=542_400, tax_minor=62_400,
        lines=[line],
    )  # fmt: skip
    held = contract.call("RecordSupplierInvoice", asked).invoice
    assert (held.state, held.lines[0].difference) == (
        pb2.SUPPLIER_INVOICE_STATE_HELD, pb2.INVOICE_DIFFERENCE_QUANTITY,
    )  # fmt: skip
    again = contract.call("MatchSupplierInvoice", pb2.MatchSupplierInvoiceRequest(invoice_id=held.invoice_id)).invoice
    assert again.state == pb2.SUPPLIER_INVOICE_STATE_HELD
    approval = pb2.ApproveSupplierInvoiceRequest(invoice_id=held.invoice_id, reason="Came, and was not entered")
    owed = contract.call("ApproveSupplierInvoice", approval, world.s1).invoice
    assert (owed.state, owed.open_minor, owed.accrued_minor, owed.variance_minor) == (
        pb2.SUPPLIER_INVOICE_STATE_POSTED, 542_400, 400_000, 80_000,
    )  # fmt: skip
    aged = contract.call("GetPayablesAging", pb2.GetPayablesAgingRequest())
    assert list(aged.suppliers) == [
        pb2.SupplierAging(supplier_code="MILL", currency="CNY", total_minor=542_400, not_due_minor=542_400)
    ]
    payment = pb2.InvoicePayment(invoice_id=held.invoice_id, amount_minor=42_400)
    paid = contract.call("PaySupplierInvoices", pb2.PaySupplierInvoicesRequest(lines=[payment], reference="T-1"))
    assert [(one.amount_minor, one.invoices) for one in paid.payments] == [(42_400, 1)]
    due = contract.call("ListSupplierInvoices", pb2.ListSupplierInvoicesRequest(due_until="2026-12-22"))
    assert [(one.number, one.open_minor) for one in due.invoices] == [("R-1", 500_000)]
    found = contract.call("GetSupplierInvoice", pb2.GetSupplierInvoiceRequest(invoice_id=held.invoice_id)).invoice
    assert [(one.amount_minor, one.reference) for one in found.settlements] == [(42_400, "T-1")]


def test_a_held_invoice_is_rejected(world):
    contract = Contract(with_supplier(world), SERVICE)
    line = pb2.InvoicedLine(kind=pb2.INVOICE_LINE_KIND_FREIGHT, net_minor=100)
    asked = pb2.RecordSupplierInvoiceRequest(
        supplier_code="MILL", number="F-1", invoice_date="2026-11-22", total_minor=100, lines=[line], store_code="S1"
    )
    held = contract.call("RecordSupplierInvoice", asked).invoice
    rejection = pb2.RejectSupplierInvoiceRequest(invoice_id=held.invoice_id, reason="Not ours")
    rejected = contract.call("RejectSupplierInvoice", rejection).invoice
    assert (rejected.state, rejected.decision_reason) == (pb2.SUPPLIER_INVOICE_STATE_REJECTED, "Not ours")
