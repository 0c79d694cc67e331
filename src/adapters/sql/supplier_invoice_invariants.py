"""The invariants of suppliers' invoices in SQL: they are what their lines bill, what is open is owed in the books."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair, posted
from domain.finance.accounts import (
    ACCOUNTS_PAYABLE,
    BANK,
    COST_OF_GOODS_SOLD,
    GOODS_RECEIVED_NOT_INVOICED,
    INPUT_TAX,
    INVENTORY,
    PURCHASE_DISCOUNTS,
    PURCHASE_PRICE_VARIANCE,
)
from domain.purchasing.invoice_matching import InvoiceDifference
from domain.purchasing.supplier_invoice import SupplierInvoiceKind, SupplierInvoiceState

_POSTED: Final = f"state = '{SupplierInvoiceState.POSTED}'"
_ASKED: Final = f"kind <> '{SupplierInvoiceKind.DEBIT_NOTE}'"

DOCUMENTS: Final = f"""
    SELECT invoice_id, 'supplier_invoice', store_id, business_date, currency, '', 'SupplierInvoicePosted'
    FROM supplier_invoices WHERE {_POSTED} AND {_ASKED}
    UNION ALL
    SELECT payment_id, 'supplier_payment', store_id, business_date, currency, '', 'SupplierPaid' FROM supplier_payments
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

_HEADERS: Final = Comparison(
    "supplier_invoices",
    ("invoice_id",),
    (
        Pair("counted", "lines", "made", "of supplier_invoice_lines"),
        Pair("held", "held lines", "differing", "lines that differ"),
        Pair("net", "net", "lines_net", "net of lines"),
        Pair("tax", "tax", "lines_tax", "tax of lines"),
        Pair("total", "total", "parts", "net and tax"),
        Pair("accrued", "accrued", "matched", "accrued by matches"),
    ),
    f"""
    SELECT i.invoice_id, i.line_count AS counted, COALESCE(l.made, 0) AS made, i.held_lines AS held,
        COALESCE(l.differing, 0) AS differing, i.net_minor AS net, COALESCE(l.net, 0) AS lines_net,
        i.tax_minor AS tax, COALESCE(l.tax, 0) AS lines_tax, i.total_minor AS total,
        i.net_minor + i.tax_minor AS parts, i.accrued_minor AS accrued, COALESCE(m.accrued, 0) AS matched
    FROM supplier_invoices i
    LEFT JOIN (
        SELECT invoice_id, COUNT(*) AS made, SUM(net_minor) AS net, SUM(tax_minor) AS tax,
            SUM(CASE WHEN difference = '{InvoiceDifference.NONE}' THEN 0 ELSE 1 END) AS differing
        FROM supplier_invoice_lines GROUP BY invoice_id
    ) l ON l.invoice_id = i.invoice_id
    LEFT JOIN (SELECT invoice_id, SUM(accrued_minor) AS accrued FROM supplier_invoice_matches GROUP BY invoice_id) m
        ON m.invoice_id = i.invoice_id
    WHERE i.{_ASKED}
    """,
)

_BILLED: Final = Comparison(
    "purchase_accruals",
    ("receipt_id", "line_number"),
    (
        Pair("invoiced_milli", "invoiced", "quantity", "quantity of matches"),
        Pair("invoiced", "amount invoiced", "cleared", "accrued by matches"),
        Pair("billed", "billed", "asked", "net of matches"),
        Pair("taxed", "tax billed", "tax", "tax of matches"),
    ),
    """
    SELECT receipt_id, line_number, SUM(invoiced_milli) AS invoiced_milli, SUM(quantity) AS quantity,
        SUM(invoiced) AS invoiced, SUM(cleared) AS cleared, SUM(billed) AS billed, SUM(asked) AS asked,
        SUM(taxed) AS taxed, SUM(tax) AS tax
    FROM (
        SELECT receipt_id, line_number, invoiced_milli, 0 AS quantity, invoiced_minor AS invoiced, 0 AS cleared,
            billed_minor AS billed, 0 AS asked, billed_tax_minor AS taxed, 0 AS tax
        FROM purchase_accruals
        UNION ALL
        SELECT receipt_id, receipt_line_number, 0, quantity_milli, 0, accrued_minor, 0, net_minor, 0, tax_minor
        FROM supplier_invoice_matches
    ) parts GROUP BY receipt_id, line_number
    """,
)

_OPEN: Final = Comparison(
    "supplier_invoices",
    ("invoice_id",),
    (Pair("open_", "open", "left_", "total of what is posted less what has settled it"),),
    f"""
    SELECT i.invoice_id, i.open_minor AS open_,
        CASE WHEN i.{_POSTED} THEN i.total_minor ELSE 0 END - COALESCE(p.settled, 0) AS left_
    FROM supplier_invoices i LEFT JOIN (
        SELECT invoice_id, SUM(amount_minor + discount_minor) AS settled FROM supplier_payment_lines GROUP BY invoice_id
    ) p ON p.invoice_id = i.invoice_id
    """,
)

_PAYMENTS: Final = Comparison(
    "supplier_payments",
    ("payment_id",),
    (
        Pair("amount", "amount", "lines_amount", "amount of lines"),
        Pair("discount", "discount", "lines_discount", "discount of lines"),
        Pair("amount", "amount", "banked", f"account {BANK.code}"),
        Pair("discount", "discount", "kept", f"account {PURCHASE_DISCOUNTS.code}"),
    ),
    f"""
    SELECT y.payment_id, y.amount_minor AS amount, y.discount_minor AS discount,
        COALESCE(l.amount, 0) AS lines_amount, COALESCE(l.discount, 0) AS lines_discount,
        COALESCE(b.banked, 0) AS banked, COALESCE(b.kept, 0) AS kept
    FROM supplier_payments y
    LEFT JOIN (
        SELECT payment_id, SUM(amount_minor) AS amount, SUM(discount_minor) AS discount FROM supplier_payment_lines
        GROUP BY payment_id
    ) l ON l.payment_id = y.payment_id
    LEFT JOIN (
        SELECT e.document_id, -{posted(BANK.code)} AS banked, -{posted(PURCHASE_DISCOUNTS.code)} AS kept
        FROM journal_entries e JOIN postings p ON p.entry_id = e.entry_id GROUP BY e.document_id
    ) b ON b.document_id = y.payment_id
    """,
)

# A debit note is posted by its return, and settled by a payment or by the credit note that answers it.
_PAYABLE: Final = Comparison(
    "documents",
    ("document_id",),
    (Pair("payable", f"account {ACCOUNTS_PAYABLE.code}", "owed", "owed by invoices less settled"),),
    f"""
    SELECT document_id, SUM(payable) AS payable, SUM(owed) AS owed FROM (
        SELECT e.document_id, p.amount_minor AS payable, 0 AS owed
        FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
        WHERE p.account_code = '{ACCOUNTS_PAYABLE.code}'
        UNION ALL SELECT invoice_id, 0, -total_minor FROM supplier_invoices WHERE {_POSTED}
        UNION ALL SELECT payment_id, 0, amount_minor + discount_minor FROM supplier_payment_lines
    ) parts GROUP BY document_id
    """,
)

_STORES: Final = Comparison(
    "stores",
    ("store_id",),
    (Pair("payable", f"account {ACCOUNTS_PAYABLE.code}", "open_", "open of supplier_invoices"),),
    f"""
    SELECT store_id, SUM(payable) AS payable, SUM(open_) AS open_ FROM (
        SELECT e.store_id, -p.amount_minor AS payable, 0 AS open_
        FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
        WHERE p.account_code = '{ACCOUNTS_PAYABLE.code}'
        UNION ALL SELECT store_id, 0, open_minor FROM supplier_invoices
    ) parts GROUP BY store_id
    """,
)

_BOOKS: Final = Comparison(
    "supplier_invoices",
    ("invoice_id",),
    (
        Pair("owed", f"account {GOODS_RECEIVED_NOT_INVOICED.code}", "accrued", "accrued"),
        Pair("taxed", f"account {INPUT_TAX.code}", "tax", "tax beyond that of the return answered"),
        Pair("valued", f"account {INVENTORY.code}", "stock", "into stock"),
        Pair("sold", f"account {COST_OF_GOODS_SOLD.code}", "cost", "to cost of goods sold"),
        Pair("varied", f"account {PURCHASE_PRICE_VARIANCE.code}", "variance", "variance"),
    ),
    f"""
    SELECT i.invoice_id, i.accrued_minor AS accrued, i.tax_minor - COALESCE(d.tax_minor, 0) AS tax,
        i.stock_minor AS stock, i.cost_minor AS cost, i.variance_minor AS variance, COALESCE(b.owed, 0) AS owed,
        COALESCE(b.taxed, 0) AS taxed, COALESCE(b.valued, 0) AS valued, COALESCE(b.sold, 0) AS sold,
        COALESCE(b.varied, 0) AS varied
    FROM supplier_invoices i
    LEFT JOIN supplier_invoices d ON d.invoice_id = i.return_id
    LEFT JOIN (
        SELECT e.document_id, {posted(GOODS_RECEIVED_NOT_INVOICED.code)} AS owed, {posted(INPUT_TAX.code)} AS taxed,
            {posted(INVENTORY.code)} AS valued, {posted(COST_OF_GOODS_SOLD.code)} AS sold,
            {posted(PURCHASE_PRICE_VARIANCE.code)} AS varied
        FROM journal_entries e JOIN postings p ON p.entry_id = e.entry_id GROUP BY e.document_id
    ) b ON b.document_id = i.invoice_id
    WHERE i.{_POSTED} AND i.{_ASKED}
    """,
)

_CLAIMS: Final = Comparison(
    "supplier_returns",
    ("return_id",),
    (
        Pair("debit", "debit", "claimed", "net of its debit note"),
        Pair("tax", "tax of the debit", "claimed_tax", "tax of its debit note"),
    ),
    f"""
    SELECT r.return_id, r.debit_minor AS debit, COALESCE(-i.net_minor, 0) AS claimed, r.debit_tax_minor AS tax,
        COALESCE(-i.tax_minor, 0) AS claimed_tax
    FROM supplier_returns r LEFT JOIN supplier_invoices i
        ON i.invoice_id = r.return_id AND i.kind = '{SupplierInvoiceKind.DEBIT_NOTE}' AND i.{_POSTED}
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "PUR-invoices": (_HEADERS, _BILLED, _OPEN, _PAYMENTS, _PAYABLE, _STORES, _BOOKS, _CLAIMS)
}
