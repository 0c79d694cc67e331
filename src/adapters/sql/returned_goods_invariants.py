"""The invariants of goods that came back and of goods that are set aside, in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.statements import listed
from domain.finance.accounts import SET_ASIDE_ACCOUNTS
from domain.inventory.set_aside import SetAsideReason
from domain.inventory.stock import MovementReason
from domain.sales.returned import Condition
from domain.sales.sale import SaleKind

_LINES: Final = Comparison(
    "returned_lines",
    ("sale_id", "line_number"),
    (
        Pair("quantity", "quantity", "line_quantity", "quantity of the line"),
        Pair("total", "total", "line_total", "total of the line"),
        Pair("cost", "cost", "line_cost", "cost of the line"),
        Pair("fitting", "lines of a refund of that store, date and product", "expected", "expected"),
    ),
    f"""
    SELECT r.sale_id, r.line_number, r.quantity_milli AS quantity, -l.quantity_milli AS line_quantity,
        r.total_minor AS total, -l.total_minor AS line_total, r.cost_minor AS cost, -l.cost_minor AS line_cost,
        1 AS expected,
        CASE WHEN s.kind = '{SaleKind.REFUND}' AND s.store_id = r.store_id AND s.business_date = r.business_date
            AND l.sku_id = r.sku_id THEN 1 ELSE 0 END AS fitting
    FROM returned_lines r
    LEFT JOIN sales s ON s.sale_id = r.sale_id
    LEFT JOIN sale_lines l ON l.sale_id = r.sale_id AND l.line_number = r.line_number
    """,
)

_LEVELS: Final = Comparison(
    "set_aside_levels",
    ("location_id", "sku_id", "status"),
    (Pair("quantity", "quantity", "moved", "entries"), Pair("value", "value", "moved_value", "value of entries")),
    """
    SELECT location_id, sku_id, status, SUM(quantity) AS quantity, SUM(moved) AS moved, SUM(value) AS value,
        SUM(moved_value) AS moved_value
    FROM (
        SELECT location_id, sku_id, status, quantity_milli AS quantity, value_minor AS value, 0 AS moved,
            0 AS moved_value
        FROM set_aside_levels
        UNION ALL
        SELECT location_id, sku_id, status, 0, 0, quantity_milli, value_minor FROM set_aside_entries
    ) parts GROUP BY location_id, sku_id, status
    """,
)

_CODES: Final = listed(account.code for account in SET_ASIDE_ACCOUNTS.values())
_BY_STATUS: Final = " ".join(f"WHEN '{status}' THEN '{account.code}'" for status, account in SET_ASIDE_ACCOUNTS.items())

# By document, and so by store as well: entries and postings bear the store of their document.
_BOOKS: Final = Comparison(
    "documents",
    ("store_id", "document_id", "account_code"),
    (Pair("account", "account", "ledger", "value of set_aside_entries"),),
    f"""
    SELECT store_id, document_id, account_code, SUM(account) AS account, SUM(ledger) AS ledger
    FROM (
        SELECT e.store_id, e.document_id, p.account_code, p.amount_minor AS account, 0 AS ledger
        FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
        WHERE p.account_code IN ({_CODES})
        UNION ALL
        SELECT location_id, document_id, CASE status {_BY_STATUS} ELSE 'none' END, 0, value_minor
        FROM set_aside_entries
    ) parts GROUP BY store_id, document_id, account_code
    """,
)

_MOVED: Final = Comparison(
    "documents",
    ("location_id", "document_id"),
    (
        Pair("left_quantity", "taken out of stock", "came", "set aside"),
        Pair("left_value", "value taken out of stock", "came_value", "value set aside"),
    ),
    f"""
    SELECT location_id, document_id, SUM(left_quantity) AS left_quantity, SUM(came) AS came,
        SUM(left_value) AS left_value, SUM(came_value) AS came_value
    FROM (
        SELECT location_id, document_id, -quantity_milli AS left_quantity, 0 AS came, -value_minor AS left_value,
            0 AS came_value
        FROM stock_movements WHERE reason = '{MovementReason.SET_ASIDE}'
        UNION ALL
        SELECT location_id, document_id, 0, quantity_milli, 0, value_minor FROM set_aside_entries
        WHERE reason IN ('{SetAsideReason.RETURNED}', '{SetAsideReason.MOVED}')
    ) parts GROUP BY location_id, document_id
    """,
)

_CONDITIONS: Final = Comparison(
    "returned_lines",
    ("document_id", "line_number"),
    (
        Pair("aside", "set aside", "named", "came back to be set aside"),
        Pair("aside_value", "cost set aside", "named_value", "cost of the line"),
    ),
    f"""
    SELECT document_id, line_number, SUM(aside) AS aside, SUM(named) AS named, SUM(aside_value) AS aside_value,
        SUM(named_value) AS named_value
    FROM (
        SELECT document_id, line_number, quantity_milli AS aside, 0 AS named, value_minor AS aside_value,
            0 AS named_value
        FROM set_aside_entries WHERE reason = '{SetAsideReason.RETURNED}'
        UNION ALL
        SELECT sale_id, line_number, 0, quantity_milli, 0, cost_minor FROM returned_lines
        WHERE condition = '{Condition.TO_SUPPLIER}'
    ) parts GROUP BY document_id, line_number
    """,
)

_UNRECEIPTED: Final = Comparison(
    "sales",
    ("sale_id",),
    (Pair("approved", "approvals without a receipt", "expected", "expected"),),
    f"""
    SELECT s.sale_id, COALESCE(a.approved, 0) AS approved, 1 AS expected
    FROM sales s LEFT JOIN (
        SELECT u.sale_id, COUNT(*) AS approved
        FROM approval_uses u JOIN approvals a ON a.approval_id = u.approval_id
        WHERE a.action = 'sales.refund_without_receipt' GROUP BY u.sale_id
    ) a ON a.sale_id = s.sale_id
    WHERE s.kind = '{SaleKind.REFUND}' AND s.original_sale_id IS NULL
    """,
)

# Voids bring back what had left; refunds by a receipt that came later may take back as much again.
_NO_MORE_THAN_SOLD: Final = Comparison(
    "sale_lines",
    ("store_id", "sku_id"),
    (Pair("back", "came back without a receipt", "sold", "sold", "<="),),
    f"""
    SELECT b.store_id, b.sku_id, b.back, COALESCE(m.sold, 0) AS sold
    FROM (
        SELECT s.store_id, l.sku_id, -SUM(l.quantity_milli) AS back
        FROM sales s JOIN sale_lines l ON l.sale_id = s.sale_id
        WHERE s.kind = '{SaleKind.REFUND}' AND s.original_sale_id IS NULL GROUP BY s.store_id, l.sku_id
    ) b LEFT JOIN (
        SELECT location_id, sku_id, -SUM(quantity_milli) AS sold FROM stock_movements
        WHERE reason IN ('{MovementReason.SALE}', '{MovementReason.VOID}') GROUP BY location_id, sku_id
    ) m ON m.location_id = b.store_id AND m.sku_id = b.sku_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "SAL-returns": (_LINES, _LEVELS, _BOOKS, _MOVED, _CONDITIONS, _UNRECEIPTED, _NO_MORE_THAN_SOLD)
}
