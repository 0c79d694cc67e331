"""The invariant of alerts of stock in SQL: each is told as often as it was raised, and one is open at most."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

_TOLD: Final = Comparison(
    "stock_alerts",
    ("alert_id",),
    (
        Pair("low", "raised as low", "low_told", "StockLow"),
        Pair("out", "raised as out", "out_told", "StockOut"),
    ),
    """
    SELECT a.alert_id, CASE WHEN a.low_at IS NULL THEN 0 ELSE 1 END AS low,
        CASE WHEN a.out_at IS NULL THEN 0 ELSE 1 END AS out, COALESCE(e.low_told, 0) AS low_told,
        COALESCE(e.out_told, 0) AS out_told
    FROM stock_alerts a LEFT JOIN (
        SELECT subject_id, SUM(CASE WHEN topic = 'StockLow' THEN 1 ELSE 0 END) AS low_told,
            SUM(CASE WHEN topic = 'StockOut' THEN 1 ELSE 0 END) AS out_told
        FROM outbox WHERE topic IN ('StockLow', 'StockOut') GROUP BY subject_id
    ) e ON e.subject_id = a.alert_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"INV-alerts": (_TOLD,)}
