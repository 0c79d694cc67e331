"""What must hold of staff purchases in SQL: they are those of their documents, none beyond its limit unmarked."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.pricing.promotion_use import UNBOUNDED, Subject
from domain.sales.sale import SaleKind

PURCHASE_ENTRIES: Final = (
    f"SELECT '{Subject.STAFF_PURCHASES}', 0, month, CAST(staff_id AS VARCHAR) || ':' || currency, 0, 0, 0,"
    " bought_minor, 0, 0 FROM staff_purchases WHERE bought_minor <> 0"
)
"""The counters that the entries move, in the shape of those of promotions: their sums are compared together."""

_ENTRIES: Final = Comparison(
    "staff_purchases",
    ("document_id",),
    (
        Pair("bought", "bought", "total", "total of the document"),
        Pair("same", "of the buyer and month of its sale", "expected", "expected"),
    ),
    f"""
    SELECT p.document_id, p.bought_minor AS bought, s.total_minor AS total, 1 AS expected,
        CASE WHEN s.kind = '{SaleKind.SALE}'
            OR (o.staff_id = p.staff_id AND o.month = p.month AND o.currency = p.currency) THEN 1 ELSE 0 END AS same
    FROM staff_purchases p
    LEFT JOIN sales s ON s.sale_id = p.document_id
    LEFT JOIN staff_purchases o ON o.document_id = s.original_sale_id
    """,
)

_LIMITED: Final = Comparison(
    "staff_purchases",
    ("staff_id", "currency", "month"),
    (Pair("bought", "bought", "most", "the limit and what is marked", "<="),),
    f"""
    SELECT staff_id, currency, month, SUM(bought_minor) AS bought,
        MAX(CASE WHEN bought_minor <= 0 THEN 0 WHEN limit_minor = 0 THEN {UNBOUNDED} ELSE limit_minor END)
        + SUM(CASE WHEN beyond THEN bought_minor ELSE 0 END) AS most
    FROM staff_purchases GROUP BY staff_id, currency, month
    """,
)

_BACK: Final = Comparison(
    "sales",
    ("sale_id",),
    (Pair("entries", "entries of what came back", "expected", "expected"),),
    """
    SELECT s.sale_id, COUNT(p.document_id) AS entries, 1 AS expected
    FROM staff_purchases o JOIN sales s ON s.original_sale_id = o.document_id
    LEFT JOIN staff_purchases p ON p.document_id = s.sale_id
    GROUP BY s.sale_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"SAL-staff": (_ENTRIES, _LIMITED, _BACK)}
