"""A valid request for every RPC about suppliers' invoices, and what leads up to it; see valid_requests.py."""

from collections.abc import Sequence
from typing import Any, Final

from application.purchasing.receive_purchase import ReceivedLine, ReceivePurchase, receive_purchase
from application.purchasing.record_supplier_invoice import (
    InvoicedLine,
    RecordSupplierInvoice,
    record_supplier_invoice,
)
from liansuo.purchasing.v1 import supplier_invoice_pb2 as pb2
from tests.stress.chain import SUPPLIER, Chain
from tests.stress.purchase_requests import sent_order
from tests.stress.requests import Valid

DATED: Final = "2026-01-31"
PAID_AT_ONCE: Final = 6
"""36.00 are owed, and every request pays 6.00 of it."""


def name_supplier_invoice(chain: Chain, rpc: str, requests: Sequence[Any]) -> None:
    """Lets requests about invoices bill an order that came, or name an invoice of their own."""
    if rpc == "RecordSupplierInvoice":
        order_id = _came(chain)
        for request in requests:
            request.lines[0].order_id = order_id
    elif rpc in ("MatchSupplierInvoice", "ApproveSupplierInvoice", "RejectSupplierInvoice", "PaySupplierInvoices"):
        # What bills more than came is held; it may be matched, which changes nothing, as often as it is asked.
        pieces = 12 if rpc == "PaySupplierInvoices" else 13
        line = InvoicedLine(order_id=_came(chain), line_number=1, quantity_milli=pieces * 1_000, net_minor=300 * pieces)
        number = f"OF-{requests[0].request_id}"
        command = RecordSupplierInvoice(SUPPLIER, number, DATED, 300 * pieces, (line,))
        made = chain.do(record_supplier_invoice, command)
        for request in requests:
            if rpc == "PaySupplierInvoices":
                request.lines[0].invoice_id = made.invoice_id
            else:
                request.invoice_id = made.invoice_id


def _came(chain: Chain) -> int:
    """An order for twelve pieces at 3.00, all of which have come."""
    order_id = sent_order(chain)
    chain.do(receive_purchase, ReceivePurchase(order_id, (ReceivedLine(1, 12_000),)))
    return order_id


SUPPLIER_INVOICES: Final[dict[str, Valid]] = {
    "RecordSupplierInvoice": lambda key, _: pb2.RecordSupplierInvoiceRequest(
        request_id=key,
        supplier_code=SUPPLIER,
        number=key,
        invoice_date=DATED,
        total_minor=4_118,
        tax_minor=468,
        lines=[
            pb2.InvoicedLine(order_id=1, line_number=1, quantity_milli=12_000, net_minor=3_600),
            pb2.InvoicedLine(kind=pb2.INVOICE_LINE_KIND_FREIGHT, net_minor=50),
        ],
        kind=pb2.SUPPLIER_INVOICE_KIND_INVOICE,
        store_code="S1",
        due_date="2026-03-31",
        note="By mail",
    ),
    "MatchSupplierInvoice": lambda key, _: pb2.MatchSupplierInvoiceRequest(request_id=key, invoice_id=1),
    "ApproveSupplierInvoice": lambda key, _: pb2.ApproveSupplierInvoiceRequest(
        request_id=key, invoice_id=1, reason="Agreed"
    ),
    "RejectSupplierInvoice": lambda key, _: pb2.RejectSupplierInvoiceRequest(
        request_id=key, invoice_id=1, reason="Not ours"
    ),
    "PaySupplierInvoices": lambda key, _: pb2.PaySupplierInvoicesRequest(
        request_id=key, lines=[pb2.InvoicePayment(invoice_id=1, amount_minor=600)], reference="T-1"
    ),
    "GetSupplierInvoice": lambda *_: pb2.GetSupplierInvoiceRequest(invoice_id=1),
    "ListSupplierInvoices": lambda *_: pb2.ListSupplierInvoicesRequest(
        store_code="S1", open_only=True, due_until="2026-12-31", page_size=3
    ),
    "ListUnbilledReceipts": lambda *_: pb2.ListUnbilledReceiptsRequest(store_code="S1", page_size=3),
    "GetPayablesAging": lambda *_: pb2.GetPayablesAgingRequest(store_code="S1", supplier_code=SUPPLIER),
}
