"""What suppliers have invoiced, what is due, and what is not invoiced yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from application.fields import optional_date
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.ports.supplier_invoices import SupplierInvoiceFilter
from application.purchasing.invoice_ledger import UnknownSupplierInvoice
from application.purchasing.supplier_invoice_views import (
    SupplierInvoiceView,
    supplier_invoice_view,
    whole_supplier_invoice,
)
from application.purchasing.supplier_return_views import named_supplier
from application.scope import chain_day, store_in_scope, trading_day
from domain.purchasing.supplier_invoice import AGING_DAYS, SupplierInvoiceState, bucket_of


@dataclass(frozen=True, slots=True)
class GetSupplierInvoice:
    invoice_id: int


@dataclass(frozen=True, slots=True)
class ListSupplierInvoices:
    """`open_only` and `due_until` keep what is not paid, the first due first; otherwise the newest come first."""

    store_code: str = ""
    supplier_code: str = ""
    state: SupplierInvoiceState | None = None
    open_only: bool = False
    due_until: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SupplierInvoicesPage:
    invoices: Sequence[SupplierInvoiceView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListUnbilledReceipts:
    store_code: str = ""
    supplier_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class UnbilledLine:
    """What of a line of a receipt is not invoiced yet; its freight is line 0 and has no SKU."""

    receipt_id: int
    line_number: int
    order_id: int
    store_code: str
    supplier_code: str
    sku: str
    received_date: str
    received_milli: int
    open_milli: int
    open_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class MoneyOf:
    """An amount in a currency."""

    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class UnbilledPage:
    """`totals` are of all lines that were asked for, not of the page."""

    lines: Sequence[UnbilledLine]
    next_page_token: str
    totals: Sequence[MoneyOf]


@dataclass(frozen=True, slots=True)
class GetPayablesAging:
    store_code: str = ""
    supplier_code: str = ""


@dataclass(frozen=True, slots=True)
class SupplierAging:
    """What is owed to a supplier: not due yet, and overdue by up to 30, 60 and 90 days and longer."""

    supplier_code: str
    currency: str
    total_minor: int
    not_due_minor: int
    days_30_minor: int
    days_60_minor: int
    days_90_minor: int
    older_minor: int


@dataclass(frozen=True, slots=True)
class PayablesAging:
    on_date: str
    suppliers: Sequence[SupplierAging]


@dataclass(frozen=True, slots=True)
class _Scope:
    store_ids: Sequence[int] | None
    supplier_id: int | None
    today: date


def get_supplier_invoice(uow: UnitOfWork, query: GetSupplierInvoice) -> SupplierInvoiceView:
    """One invoice with its lines and what has settled it; raises UnknownSupplierInvoice."""
    uow.refresh()
    found = uow.supplier_invoices.find(query.invoice_id)
    if found is None or not uow.caller.sees(found.store_id):
        raise UnknownSupplierInvoice("invoice_id", invoice_id=query.invoice_id)
    return whole_supplier_invoice(uow, found)


def list_supplier_invoices(uow: UnitOfWork, query: ListSupplierInvoices) -> SupplierInvoicesPage:
    """Invoices of the stores in scope; raises UnknownStore, UnknownSupplier and InvalidDate."""
    until = optional_date(query.due_until, field="due_until")
    due = query.open_only or until is not None
    asked = page(query.page_size, query.page_token, key=(date if due else datetime, int))
    scope = _scope(uow, query.store_code, query.supplier_code)
    wanted = SupplierInvoiceFilter(scope.store_ids, scope.supplier_id, query.state, query.open_only, until)
    after = (asked.after[0], asked.after[1]) if asked.after else None
    chosen = uow.supplier_invoices.list_due if due else uow.supplier_invoices.list_invoices
    found = chosen(wanted, after=after, limit=asked.limit + 1)
    shown = found[: asked.limit]
    suppliers = uow.suppliers.by_ids({one.supplier_id for one in shown})
    return SupplierInvoicesPage(
        [supplier_invoice_view(uow, one, suppliers[one.supplier_id].code) for one in shown],
        next_token(found, asked.limit, lambda one: (one.due_on if due else one.recorded_at, one.invoice_id)),
    )


def list_unbilled_receipts(uow: UnitOfWork, query: ListUnbilledReceipts) -> UnbilledPage:
    """What was received and is not invoiced yet, by receipt; raises UnknownStore and UnknownSupplier."""
    asked = page(query.page_size, query.page_token, key=(int, int))
    scope = _scope(uow, query.store_code, query.supplier_code)
    stored = uow.supplier_invoices
    found = stored.list_unbilled(
        scope.store_ids,
        supplier_id=scope.supplier_id,
        after=(asked.after[0], asked.after[1]) if asked.after else None,
        limit=asked.limit + 1,
    )
    shown = found[: asked.limit]
    suppliers = uow.suppliers.by_ids({one.supplier_id for one in shown})
    skus = uow.catalog.skus({one.sku_id for one in shown if one.sku_id})
    totals = stored.unbilled_minor(scope.store_ids, supplier_id=scope.supplier_id)
    return UnbilledPage(
        [
            UnbilledLine(
                one.receipt_id, one.line_number, one.order_id, uow.chain.stores[one.store_id].code,
                suppliers[one.supplier_id].code, skus.get(one.sku_id or 0, ""), one.received_on.isoformat(),
                one.received_milli, one.open_milli, one.open_minor, one.currency,
            )
            for one in shown
        ],
        next_token(found, asked.limit, lambda one: (one.receipt_id, one.line_number)),
        [MoneyOf(currency, amount) for currency, amount in totals.items()],
    )  # fmt: skip


def get_payables_aging(uow: UnitOfWork, query: GetPayablesAging) -> PayablesAging:
    """What is owed to each supplier by how long it is due; raises UnknownStore and UnknownSupplier."""
    scope = _scope(uow, query.store_code, query.supplier_code)
    buckets: dict[tuple[int, str], list[int]] = {}
    for one in uow.supplier_invoices.open_amounts(scope.store_ids, supplier_id=scope.supplier_id):
        found = buckets.setdefault((one.supplier_id, one.currency), [0] * (len(AGING_DAYS) + 1))
        found[bucket_of(one.due_on, on=scope.today)] += one.open_minor
    suppliers = uow.suppliers.by_ids({supplier_id for supplier_id, _ in buckets})
    rows = [
        SupplierAging(suppliers[supplier_id].code, currency, sum(found), *found)
        for (supplier_id, currency), found in buckets.items()
    ]
    return PayablesAging(scope.today.isoformat(), sorted(rows, key=lambda row: (row.supplier_code, row.currency)))


def _scope(uow: UnitOfWork, store_code: str, supplier_code: str) -> _Scope:
    uow.refresh()
    store_ids, today = uow.caller.store_ids, chain_day(uow)
    if store_code:
        store = store_in_scope(uow, store_code)
        store_ids, today = frozenset({store.store_id}), trading_day(uow, store)
    supplier_id = named_supplier(uow, supplier_code).supplier_id if supplier_code else None
    return _Scope(None if store_ids is None else sorted(store_ids), supplier_id, today)
