"""The RPCs of suppliers' invoices."""

from typing import Final

from application.purchasing.decide_supplier_invoice import (
    approve_supplier_invoice,
    match_supplier_invoice,
    reject_supplier_invoice,
)
from application.purchasing.pay_supplier_invoices import pay_supplier_invoices
from application.purchasing.record_supplier_invoice import record_supplier_invoice
from application.purchasing.supplier_invoice_queries import (
    get_payables_aging,
    get_supplier_invoice,
    list_supplier_invoices,
    list_unbilled_receipts,
)
from entrypoints.grpc.rpc import Service, read, write
from liansuo.purchasing.v1 import supplier_invoice_pb2 as pb2

INVOICE: Final = "purchasing.invoice"
READ: Final = "purchasing.read"

SERVICE: Final = Service(
    pb2.DESCRIPTOR.services_by_name["SupplierInvoiceService"],
    {
        "RecordSupplierInvoice": write(
            record_supplier_invoice, pb2.RecordSupplierInvoiceResponse, into="invoice", needs=INVOICE
        ),
        "MatchSupplierInvoice": write(
            match_supplier_invoice, pb2.MatchSupplierInvoiceResponse, into="invoice", needs=INVOICE
        ),
        "ApproveSupplierInvoice": write(
            approve_supplier_invoice,
            pb2.ApproveSupplierInvoiceResponse,
            into="invoice",
            needs="purchasing.approve_invoice",
        ),
        "RejectSupplierInvoice": write(
            reject_supplier_invoice, pb2.RejectSupplierInvoiceResponse, into="invoice", needs=INVOICE
        ),
        "PaySupplierInvoices": write(pay_supplier_invoices, pb2.PaySupplierInvoicesResponse, needs="purchasing.pay"),
        "GetSupplierInvoice": read(get_supplier_invoice, pb2.GetSupplierInvoiceResponse, into="invoice", needs=READ),
        "ListSupplierInvoices": read(list_supplier_invoices, pb2.ListSupplierInvoicesResponse, needs=READ),
        "ListUnbilledReceipts": read(list_unbilled_receipts, pb2.ListUnbilledReceiptsResponse, needs=READ),
        "GetPayablesAging": read(get_payables_aging, pb2.GetPayablesAgingResponse, needs=READ),
    },
)
