"""What the application needs of suppliers' invoices, what was paid of them, and what is not invoiced yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.purchasing.purchase_accrual import PurchaseAccrual
from domain.purchasing.supplier_invoice import (
    SupplierInvoice,
    SupplierInvoiceLine,
    SupplierInvoiceMatch,
    SupplierInvoiceState,
    SupplierPayment,
    SupplierPaymentLine,
)


@dataclass(frozen=True, slots=True)
class SupplierInvoiceFilter:
    """Which invoices a list holds; None and False filter nothing. `due_until` keeps open ones due by then."""

    store_ids: Sequence[int] | None
    supplier_id: int | None = None
    state: SupplierInvoiceState | None = None
    open_only: bool = False
    due_until: date | None = None


@dataclass(frozen=True, slots=True)
class OpenAmount:
    """What is owed to a supplier in a currency, due on a day."""

    supplier_id: int
    currency: str
    due_on: date
    open_minor: int


class SupplierInvoices(Protocol):
    """Invoices with their lines, matches and payments; an invoice is locked before accruals and stock."""

    def hold_supplier(self, supplier_id: int) -> None:
        """Lets nobody else record an invoice of this supplier before the end of the transaction."""

    def of_number(self, supplier_id: int, number: str) -> SupplierInvoice | None:
        """The supplier's invoice or credit note of that number which was not rejected."""

    def find(self, invoice_id: int) -> SupplierInvoice | None:
        """An invoice as it stands."""

    def lock(self, invoice_ids: Collection[int]) -> Mapping[int, SupplierInvoice]:
        """The invoices with these ids, locked in their order; what does not exist is absent."""

    def move(self, invoices: Sequence[SupplierInvoice]) -> None:
        """Writes where locked invoices stand."""

    def lines(self, invoice_id: int) -> Sequence[SupplierInvoiceLine]:
        """The lines of an invoice by number."""

    def move_lines(self, lines: Sequence[SupplierInvoiceLine]) -> None:
        """Writes what lines of a locked invoice were matched with."""

    def matches(self, invoice_id: int) -> Sequence[SupplierInvoiceMatch]:
        """What the lines of a posted invoice bill, by line and receipt."""

    def payments(self, invoice_id: int) -> Sequence[tuple[SupplierPaymentLine, SupplierPayment | None]]:
        """What has settled an invoice, the first first; without a payment where a credit note did."""

    def list_invoices(
        self, wanted: SupplierInvoiceFilter, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[SupplierInvoice]:
        """Up to `limit` invoices, newest first, those recorded before (recorded_at, invoice id)."""

    def list_due(
        self, wanted: SupplierInvoiceFilter, *, after: tuple[date, int] | None, limit: int
    ) -> Sequence[SupplierInvoice]:
        """Up to `limit` open invoices, the first due first, those after (due on, invoice id)."""

    def open_amounts(self, store_ids: Sequence[int] | None, *, supplier_id: int | None) -> Sequence[OpenAmount]:
        """What is open, by supplier, currency and day on which it is due."""

    def lock_accruals(self, *, order_ids: Collection[int], receipt_ids: Collection[int]) -> Sequence[PurchaseAccrual]:
        """All accruals of these orders, and of the orders of these receipts, locked by receipt and line."""

    def list_unbilled(
        self, store_ids: Sequence[int] | None, *, supplier_id: int | None, after: tuple[int, int] | None, limit: int
    ) -> Sequence[PurchaseAccrual]:
        """Up to `limit` accruals that are not invoiced in whole, by receipt and line, those after that key."""

    def unbilled_minor(self, store_ids: Sequence[int] | None, *, supplier_id: int | None) -> Mapping[str, int]:
        """What is received and not invoiced in all, by currency."""
