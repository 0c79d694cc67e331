"""What must hold of tips in SQL: they are those of sales and cash movements, and what is owed is in the books."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import TIPS_PAYABLE
from domain.pricing.promotion_use import Subject
from domain.sales.sale import SaleKind

TIP_ENTRIES: Final = (
    f"SELECT '{Subject.TIPS}', 0, '', CAST(store_id AS VARCHAR), 0, 0, 0, given_minor, paid_out_minor, 0"
    " FROM tip_entries"
)
"""The counters that the entries move, in the shape of those of promotions: their sums are compared together."""

_ENTRIES: Final = Comparison(
    "tip_entries",
    ("document_id",),
    (
        Pair("given", "given by entries", "tip", "tip of the sale"),
        Pair("paid_out", "paid out by entries", "moved", "cash moved to the account"),
    ),
    f"""
    SELECT document_id, SUM(given) AS given, SUM(paid_out) AS paid_out, SUM(tip) AS tip, SUM(moved) AS moved FROM (
        SELECT document_id, given_minor AS given, paid_out_minor AS paid_out, 0 AS tip, 0 AS moved FROM tip_entries
        UNION ALL SELECT sale_id, 0, 0, tip_minor, 0 FROM sales WHERE tip_minor IS NOT NULL
        UNION ALL
        SELECT entry_id, 0, 0, 0, -amount_minor FROM shift_entries WHERE account_code = '{TIPS_PAYABLE.code}'
    ) AS parts GROUP BY document_id
    """,
)

_OWED: Final = Comparison(
    "stores",
    ("store_id", "currency"),
    (Pair("posted", f"account {TIPS_PAYABLE.code}", "owed", "tips less what was paid out"),),
    f"""
    SELECT store_id, currency, SUM(posted) AS posted, SUM(owed) AS owed FROM (
        SELECT e.store_id, e.currency, -p.amount_minor AS posted, 0 AS owed
        FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
        WHERE p.account_code = '{TIPS_PAYABLE.code}'
        UNION ALL SELECT store_id, currency, 0, given_minor - paid_out_minor FROM tip_entries
    ) AS parts GROUP BY store_id, currency
    """,
)

_BACK: Final = Comparison(
    "sales",
    ("sale_id",),
    (Pair("tip", "tip", "fitting", "that of the sale, or none"),),
    f"""
    SELECT s.sale_id, COALESCE(s.tip_minor, 0) AS tip,
        CASE WHEN s.kind = '{SaleKind.VOID}' THEN -COALESCE(o.tip_minor, 0) ELSE 0 END AS fitting
    FROM sales s JOIN sales o ON o.sale_id = s.original_sale_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"SAL-tips": (_ENTRIES, _OWED, _BACK)}
