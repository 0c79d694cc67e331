"""Returns and invoices cost what they are about: no statement of them walks through what ever came or was billed."""

from sqlalchemy import event

from application.purchasing.pay_supplier_invoices import InvoicePayment, PaySupplierInvoices, pay_supplier_invoices
from application.purchasing.supplier_invoice_queries import (
    GetPayablesAging,
    GetSupplierInvoice,
    ListSupplierInvoices,
    ListUnbilledReceipts,
    get_payables_aging,
    get_supplier_invoice,
    list_supplier_invoices,
    list_unbilled_receipts,
)
from application.purchasing.supplier_return_views import ListSupplierReturns, list_supplier_returns
from tests.application.purchasing.buying import billed, bought, goes_back, invoice, recorded, returned, with_supplier
from tests.world import opened as world_of

HISTORY = (
    "purchase_accruals", "supplier_returns", "supplier_return_lines", "supplier_invoices", "supplier_invoice_lines",
    "supplier_invoice_matches", "supplier_payment_lines",
)  # fmt: skip


def test_finds_what_is_open_by_indexes(sqlite_chain: str) -> None:
    with world_of(sqlite_chain, furnished=True) as world:
        with_supplier(world)
        receipt = bought(world, "TEA", 10, 8_000)
        asked: list[tuple[str, object]] = []

        def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            if statement.startswith("SELECT") and any(f"FROM {table}" in statement for table in HISTORY):
                asked.append((statement, parameters))

        event.listen(world.engine, "before_cursor_execute", note)
        returned(world, goes_back("TEA", 2))
        done = recorded(world, invoice("R-1", billed(8, 8_000, receipt_id=receipt.receipt_id)))
        returned(world, goes_back("TEA", 1), receipt_id=receipt.receipt_id)
        world.do(pay_supplier_invoices, PaySupplierInvoices((InvoicePayment(done.invoice_id, 100),)))
        for query, command in (
            (get_supplier_invoice, GetSupplierInvoice(done.invoice_id)),
            (list_supplier_invoices, ListSupplierInvoices("S1", "MILL")),
            (list_supplier_invoices, ListSupplierInvoices("S1", "MILL", open_only=True)),
            (list_unbilled_receipts, ListUnbilledReceipts("S1", "MILL")),
            (get_payables_aging, GetPayablesAging("S1")),
            (list_supplier_returns, ListSupplierReturns("S1", "MILL")),
        ):
            world.ask(query, command)
        event.remove(world.engine, "before_cursor_execute", note)
        assert len(asked) == 16
        with world.engine.connect() as connection:
            steps = [
                row[3]
                for statement, parameters in asked
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
        # What is open has an index of its own, which is read from one place on or in whole: it holds nothing else.
        scanned = [step for step in steps if step.startswith("SCAN") and step.split()[1] in HISTORY]
        assert sorted({step.split(" USING ")[-1] for step in scanned}) == [
            "INDEX ix_purchase_accruals_open", "INDEX ix_supplier_invoices_open",
        ]  # fmt: skip
