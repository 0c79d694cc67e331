"""The invariants of what is not invoiced yet and of goods that went back to suppliers, in SQL."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair, posted
from domain.finance.accounts import ACCOUNTS_PAYABLE, GOODS_RECEIVED_NOT_INVOICED, INPUT_TAX, PURCHASE_PRICE_VARIANCE
from domain.inventory.receipt import ReceiptLineKind
from domain.inventory.set_aside import SetAsideReason
from domain.inventory.stock import MovementReason
from domain.purchasing.purchase_accrual import FREIGHT_LINE
from domain.purchasing.purchase_receipt import RejectedTo

DOCUMENTS: Final = """
    SELECT return_id, 'supplier_return', store_id, business_date, currency, '', 'GoodsReturnedToSupplier'
    FROM supplier_returns
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

_KEPT: Final = f"CASE WHEN rejected_to = '{RejectedTo.QUARANTINE}' THEN rejected_milli ELSE 0 END"

_ACCRUALS: Final = Comparison(
    "purchase_accruals",
    ("receipt_id", "line_number"),
    (
        Pair("came", "received", "came_lines", "received by the receipt and its corrections"),
        Pair("cost", "cost", "cost_lines", "cost by the receipt, its corrections and landed costs"),
        Pair("back", "returned and credited", "back_lines", "quantity of return lines"),
        Pair("claimed", "claimed", "claimed_lines", "claims of return lines"),
        Pair("debited", "credited", "debited_lines", "debits of return lines"),
        Pair("left_milli", "open", "left_by", "received less returned and invoiced"),
        Pair("left_minor", "amount open", "left_minor_by", "received less returned and invoiced"),
        Pair("returnable", "returnable", "returnable_by", "received less returned and credited"),
    ),
    f"""
    SELECT receipt_id, line_number, SUM(came) AS came, SUM(came_lines) AS came_lines, SUM(cost) AS cost,
        SUM(cost_lines) AS cost_lines, SUM(back) AS back, SUM(back_lines) AS back_lines, SUM(claimed) AS claimed,
        SUM(claimed_lines) AS claimed_lines, SUM(debited) AS debited, SUM(debited_lines) AS debited_lines,
        SUM(left_milli) AS left_milli, SUM(left_by) AS left_by, SUM(left_minor) AS left_minor,
        SUM(left_minor_by) AS left_minor_by, SUM(returnable) AS returnable, SUM(returnable_by) AS returnable_by
    FROM (
        SELECT receipt_id, line_number, received_milli AS came, 0 AS came_lines, received_minor AS cost,
            0 AS cost_lines, returned_milli + credited_milli AS back, 0 AS back_lines,
            returned_minor + credited_minor AS claimed, 0 AS claimed_lines,
            credited_minor + credited_tax_minor AS debited, 0 AS debited_lines,
            open_milli AS left_milli, received_milli - returned_milli - invoiced_milli AS left_by,
            open_minor AS left_minor, received_minor - returned_minor - invoiced_minor AS left_minor_by,
            returnable_milli AS returnable, received_milli - returned_milli - credited_milli AS returnable_by
        FROM purchase_accruals
        UNION ALL
        SELECT receipt_id, line_number, 0, accepted_milli + {_KEPT}, 0, goods_minor + quarantine_minor, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0
        FROM purchase_receipt_lines
        UNION ALL
        SELECT receipt_id, 0, 0, 0, 0, freight_minor, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM purchase_receipts
        UNION ALL
        SELECT l.receipt_id,
            CASE WHEN l.kind = '{ReceiptLineKind.LANDED_COST}' THEN {FREIGHT_LINE} ELSE l.line_number END,
            0, l.quantity_milli, 0, l.cost_minor, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
        FROM goods_receipt_lines l JOIN purchase_receipts r ON r.receipt_id = l.receipt_id WHERE l.number > 0
        UNION ALL
        SELECT receipt_id, receipt_line_number, 0, 0, 0, 0, 0, quantity_milli, 0, claim_minor, 0,
            debit_minor + debit_tax_minor, 0, 0, 0, 0, 0, 0
        FROM supplier_return_lines
    ) parts GROUP BY receipt_id, line_number
    """,
)

_HEADERS: Final = Comparison(
    "supplier_returns",
    ("return_id",),
    (
        Pair("counted", "lines", "made", "of supplier_return_lines"),
        Pair("cost", "cost", "lines_cost", "cost of lines"),
        Pair("claim", "claim", "lines_claim", "claim of lines"),
        Pair("debit", "debit", "lines_debit", "debit of lines"),
        Pair("tax", "tax", "lines_tax", "tax of lines"),
    ),
    """
    SELECT r.return_id, r.line_count AS counted, COUNT(l.line_number) AS made, r.cost_minor AS cost,
        COALESCE(SUM(l.cost_minor), 0) AS lines_cost, r.claim_minor AS claim,
        COALESCE(SUM(l.claim_minor), 0) AS lines_claim, r.debit_minor AS debit,
        COALESCE(SUM(l.debit_minor), 0) AS lines_debit, r.debit_tax_minor AS tax,
        COALESCE(SUM(l.debit_tax_minor), 0) AS lines_tax
    FROM supplier_returns r LEFT JOIN supplier_return_lines l ON l.return_id = r.return_id
    GROUP BY r.return_id, r.line_count, r.cost_minor, r.claim_minor, r.debit_minor, r.debit_tax_minor
    """,
)

_MOVED: Final = Comparison(
    "supplier_return_lines",
    ("return_id", "sku_id", "place"),
    (
        Pair("lines", "quantity of lines", "moved", "quantity that left"),
        Pair("cost", "cost of lines", "moved_value", "value that left"),
    ),
    f"""
    SELECT return_id, sku_id, place, SUM(lines) AS lines, SUM(moved) AS moved, SUM(cost) AS cost,
        SUM(moved_value) AS moved_value
    FROM (
        SELECT return_id, sku_id, returned_from AS place, quantity_milli AS lines, 0 AS moved, cost_minor AS cost,
            0 AS moved_value
        FROM supplier_return_lines
        UNION ALL
        SELECT document_id, sku_id, 'for_sale', 0, -quantity_milli, 0, -value_minor FROM stock_movements
        WHERE reason = '{MovementReason.SUPPLIER_RETURN}'
        UNION ALL
        SELECT document_id, sku_id, status, 0, -quantity_milli, 0, -value_minor FROM set_aside_entries
        WHERE reason = '{SetAsideReason.SENT_BACK}'
    ) parts GROUP BY return_id, sku_id, place
    """,
)


_BOOKS: Final = Comparison(
    "supplier_returns",
    ("return_id",),
    (
        Pair("accrued", f"account {GOODS_RECEIVED_NOT_INVOICED.code}", "uninvoiced", "claim less debit"),
        Pair("payable", f"account {ACCOUNTS_PAYABLE.code}", "debit", "debit and its tax"),
        Pair("taxed", f"account {INPUT_TAX.code}", "tax", "tax of the debit"),
        Pair("varied", f"account {PURCHASE_PRICE_VARIANCE.code}", "variance", "cost less claim"),
    ),
    f"""
    SELECT r.return_id, r.claim_minor - r.debit_minor AS uninvoiced, r.debit_minor + r.debit_tax_minor AS debit,
        r.debit_tax_minor AS tax, r.cost_minor - r.claim_minor AS variance,
        {posted(GOODS_RECEIVED_NOT_INVOICED.code)} AS accrued, {posted(ACCOUNTS_PAYABLE.code)} AS payable,
        -{posted(INPUT_TAX.code)} AS taxed, {posted(PURCHASE_PRICE_VARIANCE.code)} AS varied
    FROM supplier_returns r LEFT JOIN journal_entries e ON e.document_id = r.return_id
    LEFT JOIN postings p ON p.entry_id = e.entry_id
    GROUP BY r.return_id, r.claim_minor, r.debit_minor, r.debit_tax_minor, r.cost_minor
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"PUR-returns": (_ACCRUALS, _HEADERS, _MOVED, _BOOKS)}
