"""The invariants of goods receipts in SQL: their lines are what came and what it cost, then and with every change."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.statements import listed
from domain.finance.accounts import GOODS_RECEIVED_NOT_INVOICED
from domain.inventory.cost_document import OF_RECEIPTS, CostDocumentKind
from domain.inventory.receipt import ReceiptLineKind

_OF_RECEIPTS: Final = listed(sorted(OF_RECEIPTS))

# What was rejected into quarantine is part of a purchase's cost, and of no line; so is what went to customers at once.
_CAME: Final = Comparison(
    "goods_receipts",
    ("receipt_id",),
    (
        Pair("cost", "cost of what went into stock", "lines", "cost of its lines"),
        Pair("changes", "newest change of its lines", "documents", "documents that changed it"),
    ),
    """
    SELECT r.receipt_id, COALESCE(l.cost, 0) AS lines,
        CASE WHEN d.purchase_order_id IS NULL THEN r.cost_minor - COALESCE(p.quarantine_minor, 0) ELSE 0 END AS cost,
        COALESCE(l.newest, 0) AS changes, COALESCE(l.documents, 0) AS documents
    FROM goods_receipts r
    LEFT JOIN purchase_receipts p ON p.receipt_id = r.receipt_id
    LEFT JOIN drop_ships d ON d.purchase_order_id = p.order_id
    LEFT JOIN (
        SELECT receipt_id, SUM(CASE WHEN number = 0 THEN cost_minor ELSE 0 END) AS cost, MAX(number) AS newest,
            COUNT(DISTINCT CASE WHEN number > 0 THEN document_id END) AS documents
        FROM goods_receipt_lines GROUP BY receipt_id
    ) l ON l.receipt_id = r.receipt_id
    """,
)

_MOVED: Final = Comparison(
    "goods_receipt_lines",
    ("document_id", "sku_id"),
    (Pair("quantity", "quantity of lines", "moved", "quantity moved"),),
    f"""
    SELECT document_id, sku_id, SUM(quantity) AS quantity, SUM(moved) AS moved FROM (
        SELECT document_id, sku_id, quantity_milli AS quantity, 0 AS moved FROM goods_receipt_lines
        UNION ALL
        SELECT m.document_id, m.sku_id, 0, m.quantity_milli
        FROM stock_movements m JOIN goods_receipts r ON r.receipt_id = m.document_id
        UNION ALL
        SELECT m.document_id, m.sku_id, 0, m.quantity_milli
        FROM stock_movements m JOIN cost_documents d ON d.document_id = m.document_id AND d.kind IN ({_OF_RECEIPTS})
    ) parts GROUP BY document_id, sku_id
    """,
)

_STANDING: Final = Comparison(
    "goods_receipt_lines",
    ("receipt_id", "line_number"),
    (
        Pair("zero", "least possible", "quantity", "quantity", "<="),
        Pair("zero", "least possible", "cost", "cost", "<="),
        Pair("zero", "least possible", "landed", "landed cost", "<="),
        Pair("first", "lines that came", "one", "expected"),
        Pair("skus", "products", "one", "expected"),
    ),
    f"""
    SELECT receipt_id, line_number, 0 AS zero, 1 AS one, SUM(quantity_milli) AS quantity,
        SUM(CASE WHEN kind = '{ReceiptLineKind.LANDED_COST}' THEN 0 ELSE cost_minor END) AS cost,
        SUM(CASE WHEN kind = '{ReceiptLineKind.LANDED_COST}' THEN cost_minor ELSE 0 END) AS landed,
        COUNT(CASE WHEN number = 0 THEN 1 END) AS first, COUNT(DISTINCT sku_id) AS skus
    FROM goods_receipt_lines GROUP BY receipt_id, line_number
    """,
)

_OWED: Final = Comparison(
    "cost_documents",
    ("document_id",),
    (
        Pair("lines", "cost of lines", "owed", f"account {GOODS_RECEIVED_NOT_INVOICED.code}"),
        Pair("lines", "cost of lines", "charged", "charges, or the same"),
    ),
    f"""
    SELECT d.document_id, COALESCE(l.cost, 0) AS lines, COALESCE(b.owed, 0) AS owed,
        CASE WHEN d.kind = '{CostDocumentKind.LANDED_COST}' THEN COALESCE(c.amount, 0) ELSE COALESCE(l.cost, 0) END
            AS charged
    FROM cost_documents d
    LEFT JOIN (SELECT document_id, SUM(cost_minor) AS cost FROM goods_receipt_lines GROUP BY document_id) l
        ON l.document_id = d.document_id
    LEFT JOIN (SELECT document_id, SUM(amount_minor) AS amount FROM landed_charges GROUP BY document_id) c
        ON c.document_id = d.document_id
    LEFT JOIN (
        SELECT e.document_id, -SUM(p.amount_minor) AS owed
        FROM journal_entries e JOIN postings p ON p.entry_id = e.entry_id
        WHERE p.account_code = '{GOODS_RECEIVED_NOT_INVOICED.code}' GROUP BY e.document_id
    ) b ON b.document_id = d.document_id
    WHERE d.kind IN ({_OF_RECEIPTS})
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"INV-receipts": (_CAME, _MOVED, _STANDING, _OWED)}
