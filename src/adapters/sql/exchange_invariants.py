"""What must hold of exchanges in SQL."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import EXCHANGE_CLEARING
from domain.sales.exchange import INTO_EXCHANGE
from domain.sales.sale import SaleKind, TenderKind

_EXCHANGES: Final = Comparison(
    "exchanges",
    ("refund_id",),
    (
        Pair("fitting", "refunds and sales of one store that belong together", "expected", "expected"),
        Pair("carried", "carried by the sale", "given", "given by the refund"),
        Pair("carried", "carried by the sale", "exchanged", "exchanged", "<="),
        Pair("posted", f"left on account {EXCHANGE_CLEARING.code}", "zero", "expected"),
    ),
    f"""
    SELECT x.refund_id, 1 AS expected, 0 AS zero, x.exchanged_minor AS exchanged,
        CASE WHEN r.kind = '{SaleKind.REFUND}' AND s.kind = '{SaleKind.SALE}' AND r.store_id = s.store_id
            AND r.currency = s.currency AND r.original_sale_id = x.returned_sale_id
            AND r.terminal_id = s.terminal_id THEN 1 ELSE 0 END AS fitting,
        (SELECT COALESCE(SUM(t.amount_minor), 0) FROM sale_tenders t
            WHERE t.sale_id = x.sale_id AND t.kind = '{TenderKind.EXCHANGE}') AS carried,
        (SELECT COALESCE(-SUM(t.amount_minor), 0) FROM sale_tenders t
            WHERE t.sale_id = x.refund_id AND t.kind = '{TenderKind.EXCHANGE}') AS given,
        (SELECT COALESCE(SUM(p.amount_minor), 0) FROM journal_entries e JOIN postings p ON p.entry_id = e.entry_id
            WHERE e.document_id IN (x.refund_id, x.sale_id) AND p.account_code = '{EXCHANGE_CLEARING.code}') AS posted
    FROM exchanges x
    LEFT JOIN sales r ON r.sale_id = x.refund_id
    LEFT JOIN sales s ON s.sale_id = x.sale_id
    """,
)

# A deposit is paid back as it was paid in, so that its tender does not say what that was.
_TENDERS: Final = Comparison(
    "sale_tenders",
    ("sale_id", "tender_number"),
    (Pair("found", "exchanges and payments behind it", "expected", "expected"),),
    f"""
    SELECT t.sale_id, t.tender_number, 1 AS expected,
        CASE WHEN s.kind = '{SaleKind.REFUND}' AND r.refund_id IS NOT NULL AND t.amount_minor < 0
                AND t.tender_number > {INTO_EXCHANGE} THEN 1
            WHEN s.kind = '{SaleKind.SALE}' AND x.sale_id IS NOT NULL AND t.amount_minor > 0
                AND o.kind IN (t.paid_kind, '{TenderKind.DEPOSIT}') AND o.reference = t.reference THEN 1
            ELSE 0 END AS found
    FROM sale_tenders t
    LEFT JOIN sales s ON s.sale_id = t.sale_id
    LEFT JOIN exchanges r ON r.refund_id = t.sale_id
    LEFT JOIN exchanges x ON x.sale_id = t.sale_id
    LEFT JOIN exchange_tenders p ON p.sale_id = t.sale_id AND p.tender_number = t.tender_number
    LEFT JOIN sale_tenders o ON o.sale_id = p.paid_sale_id AND o.tender_number = p.paid_tender_number
    WHERE t.kind = '{TenderKind.EXCHANGE}'
    """,
)

# Whatever goods have passed it on to, no tender gives back more than it had paid; cash does, by what rounding adds.
_PAID_BACK: Final = Comparison(
    "sale_tenders",
    ("sale_id", "tender_number"),
    (Pair("back", "paid back, exchanged goods too", "paid", "paid", "<="),),
    f"""
    SELECT p.paid_sale_id AS sale_id, p.paid_tender_number AS tender_number, o.amount_minor AS paid,
        (SELECT COALESCE(-SUM(b.amount_minor), 0) FROM sales r JOIN sale_tenders b ON b.sale_id = r.sale_id
            WHERE r.original_sale_id = p.paid_sale_id AND b.tender_number = p.paid_tender_number
                AND b.kind <> '{TenderKind.POINTS_SHORTFALL}')
        + SUM((SELECT COALESCE(-SUM(b.amount_minor), 0) FROM sales r JOIN sale_tenders b ON b.sale_id = r.sale_id
            WHERE r.original_sale_id = p.sale_id AND b.tender_number = p.tender_number
                AND b.kind <> '{TenderKind.POINTS_SHORTFALL}')) AS back
    FROM exchange_tenders p
    LEFT JOIN sale_tenders o ON o.sale_id = p.paid_sale_id AND o.tender_number = p.paid_tender_number
    WHERE o.kind <> '{TenderKind.CASH}'
    GROUP BY p.paid_sale_id, p.paid_tender_number, o.amount_minor
    """,
)

EXCHANGE_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"SAL-exchanges": (_EXCHANGES, _TENDERS, _PAID_BACK)}
