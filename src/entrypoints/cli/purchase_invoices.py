"""`liansuo purchase invoice`, `unbilled`, `due` and what goes with them: what suppliers ask for until it is paid."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import BaseModel, ConfigDict

from application.paging import PAGE_SIZE_MAX
from application.purchasing.decide_supplier_invoice import (
    ApproveSupplierInvoice,
    MatchSupplierInvoice,
    RejectSupplierInvoice,
    approve_supplier_invoice,
    match_supplier_invoice,
    reject_supplier_invoice,
)
from application.purchasing.pay_supplier_invoices import InvoicePayment, PaySupplierInvoices, pay_supplier_invoices
from application.purchasing.record_supplier_invoice import (
    InvoicedLine,
    RecordSupplierInvoice,
    record_supplier_invoice,
)
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
from application.purchasing.supplier_invoice_views import SupplierInvoiceView
from domain.purchasing.supplier_invoice import SupplierInvoiceKind, SupplierInvoiceState
from entrypoints.cli.database import DatabaseOption, opened
from entrypoints.cli.documents import read_document
from entrypoints.cli.output import Column, Figures, Format, FormatOption, Kind, notes, rows_of, show
from entrypoints.cli.problems import Exit, Problem

FILE_BYTES_MAX: Final = 10_000_000

SupplierOption = Annotated[str, typer.Option("--supplier", help="Code of a supplier.")]
StoreOption = Annotated[str, typer.Option("--store", help="Code of a store.")]
ShownOption = Annotated[int, typer.Option("--shown", min=1, max=PAGE_SIZE_MAX, help="How many at most.")]
InvoiceArgument = Annotated[int, typer.Argument(metavar="INVOICE", help="Its id, as `purchase invoices` shows it.")]

INVOICES: Final = (
    Column("invoice_id", "Invoice"),
    Column("supplier_code", "Supplier"),
    Column("number", "Number"),
    Column("kind", "Kind"),
    Column("state", "State"),
    Column("store_code", "Store"),
    Column("invoice_date", "Dated"),
    Column("due_date", "Due"),
    Column("total_minor", "Total", Kind.COUNT),
    Column("open_minor", "Open", Kind.COUNT),
    Column("held_lines", "Lines held", Kind.COUNT),
)
LINES: Final = (
    Column("line_number", "Line", Kind.COUNT),
    Column("kind", "Kind"),
    Column("sku", "SKU"),
    Column("quantity_milli", "Billed", Kind.QUANTITY),
    Column("matched_milli", "Came", Kind.QUANTITY),
    Column("net_minor", "Net", Kind.COUNT),
    Column("accrued_minor", "At the order's price", Kind.COUNT),
    Column("price_difference_minor", "Dearer by", Kind.COUNT),
    Column("unmatched_milli", "Did not come", Kind.QUANTITY),
    Column("unmatched_minor", "Asked for that", Kind.COUNT),
    Column("difference", "Differs in"),
)
UNBILLED: Final = (
    Column("receipt_id", "Receipt"),
    Column("line_number", "Line", Kind.COUNT),
    Column("order_id", "Order"),
    Column("supplier_code", "Supplier"),
    Column("store_code", "Store"),
    Column("sku", "SKU"),
    Column("received_date", "Received"),
    Column("open_milli", "Not invoiced", Kind.QUANTITY),
    Column("open_minor", "Worth", Kind.COUNT),
)
AGING: Final = (
    Column("supplier_code", "Supplier"),
    Column("currency", "Currency"),
    Column("total_minor", "Owed", Kind.COUNT),
    Column("not_due_minor", "Not due", Kind.COUNT),
    Column("days_30_minor", "1–30 days", Kind.COUNT),
    Column("days_60_minor", "31–60", Kind.COUNT),
    Column("days_90_minor", "61–90", Kind.COUNT),
    Column("older_minor", "Older", Kind.COUNT),
)


class Decision(StrEnum):
    """What becomes of a held invoice."""

    MATCH = "match"
    APPROVE = "approve"
    REJECT = "reject"


class InvoiceFile(BaseModel):
    """What `purchase invoice` reads."""

    model_config = ConfigDict(extra="forbid")

    supplier_code: str
    number: str
    invoice_date: str
    total_minor: int
    tax_minor: int = 0
    lines: tuple[InvoicedLine, ...] = ()
    kind: SupplierInvoiceKind = SupplierInvoiceKind.INVOICE
    store_code: str = ""
    due_date: str = ""
    return_id: int = 0
    note: str = ""


def invoice(
    file: Annotated[Path, typer.Argument(help="YAML or JSON with an invoice.", exists=True, dir_okay=False)],
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Record a supplier's invoice or credit note: owed where it fits what came, otherwise held."""
    read = read_document(file, InvoiceFile, bytes_max=FILE_BYTES_MAX)
    command = RecordSupplierInvoice(**{name: getattr(read, name) for name in InvoiceFile.model_fields})
    with opened(database) as chain:
        done = chain.write(record_supplier_invoice, command)
    _show_one(done, form)


def invoices(
    supplier: SupplierOption = "",
    store: StoreOption = "",
    state: Annotated[SupplierInvoiceState | None, typer.Option("--state", help=", ".join(SupplierInvoiceState))] = None,
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List suppliers' invoices, newest first; amounts in minor units."""
    with opened(database) as chain:
        found = chain.read(list_supplier_invoices, ListSupplierInvoices(store, supplier, state, page_size=shown))
    show(Figures("Supplier invoices", INVOICES, rows_of(INVOICES, found.invoices)), form)


def due(
    until: Annotated[str, typer.Option("--until", help="YYYY-MM-DD; all that is open without.")] = "",
    supplier: SupplierOption = "",
    store: StoreOption = "",
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what is not paid, the first due first."""
    query = ListSupplierInvoices(store, supplier, open_only=True, due_until=until, page_size=shown)
    with opened(database) as chain:
        found = chain.read(list_supplier_invoices, query)
    show(Figures("Due", INVOICES, rows_of(INVOICES, found.invoices)), form)


def invoice_lines(
    invoice_id: InvoiceArgument, database: DatabaseOption = None, form: FormatOption = Format.TABLE
) -> None:
    """Show the lines of an invoice, and in what they differ."""
    with opened(database) as chain:
        _show_one(chain.read(get_supplier_invoice, GetSupplierInvoice(invoice_id)), form)


def decide(
    invoice_id: InvoiceArgument,
    what: Annotated[Decision, typer.Argument(metavar="DECISION", help=", ".join(Decision))],
    reason: Annotated[str, typer.Option("--reason", help="Needed to approve and to reject.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Match a held invoice again, let it pass, or reject it."""
    with opened(database) as chain:
        if what is Decision.MATCH:
            done = chain.write(match_supplier_invoice, MatchSupplierInvoice(invoice_id))
        elif what is Decision.APPROVE:
            done = chain.write(approve_supplier_invoice, ApproveSupplierInvoice(invoice_id, reason))
        else:
            done = chain.write(reject_supplier_invoice, RejectSupplierInvoice(invoice_id, reason))
    _tell(done)


def pay(
    paid: Annotated[
        list[str], typer.Argument(metavar="INVOICE[=AMOUNT]…", help="Minor units; all that is open without.")
    ],
    reference: Annotated[str, typer.Option("--reference", help="Of the transfer, for instance.")] = "",
    database: DatabaseOption = None,
) -> None:
    """Record what suppliers were paid out of the bank, one payment for each supplier and store."""
    with opened(database) as chain:
        done = chain.write(pay_supplier_invoices, PaySupplierInvoices(tuple(map(_payment, paid)), reference))
    for one in done.payments:
        notes.print(
            f"Payment {one.payment_id} to {one.supplier_code}: {one.amount_minor}, discount {one.discount_minor}.",
            markup=False,
        )


def unbilled(
    supplier: SupplierOption = "",
    store: StoreOption = "",
    shown: ShownOption = 50,
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """List what was received and is not invoiced yet."""
    with opened(database) as chain:
        found = chain.read(list_unbilled_receipts, ListUnbilledReceipts(store, supplier, shown))
    totals = ", ".join(f"{one.amount_minor} {one.currency}" for one in found.totals) or "nothing"
    show(Figures(f"Received and not invoiced: {totals}", UNBILLED, rows_of(UNBILLED, found.lines)), form)


def aging(
    supplier: SupplierOption = "",
    store: StoreOption = "",
    database: DatabaseOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Show what is owed to each supplier, by how long it is due."""
    with opened(database) as chain:
        found = chain.read(get_payables_aging, GetPayablesAging(store, supplier))
    show(Figures(f"Payables on {found.on_date}", AGING, rows_of(AGING, found.suppliers)), form)


def _payment(text: str) -> InvoicePayment:
    number, sign, amount = text.partition("=")
    if not all(part.isascii() and part.isdigit() for part in ([number, amount] if sign else [number])):
        raise Problem(f"“{text}” is no INVOICE or INVOICE=AMOUNT.", advice="Write it as 7=30000.", code=Exit.USAGE)
    return InvoicePayment(int(number), int(amount or 0))


def _show_one(done: SupplierInvoiceView, form: Format) -> None:
    show(Figures(f"{done.supplier_code} {done.number}: {done.state}", LINES, rows_of(LINES, done.lines)), form)
    _tell(done)


def _tell(done: SupplierInvoiceView) -> None:
    notes.print(
        f"Invoice {done.invoice_id} is {done.state}: total {done.total_minor}, open {done.open_minor},"
        f" due {done.due_date}, {done.held_lines} lines differ.",
        markup=False,
    )
