"""The invariants of receipts in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

_NUMBERED: Final = Comparison(
    "receipt_prints",
    ("sale_id",),
    (Pair("last", "last number", "prints", "prints"), Pair("found", "documents", "expected", "expected")),
    """
    SELECT p.sale_id, MAX(p.number) AS last, COUNT(*) AS prints, 1 AS expected,
        MAX(CASE WHEN s.sale_id IS NULL THEN 0 ELSE 1 END) AS found
    FROM receipt_prints p LEFT JOIN sales s ON s.sale_id = p.sale_id GROUP BY p.sale_id
    """,
)

RECEIPT_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"SAL-receipts": (_NUMBERED,)}
