"""The invariants of counts in SQL: results are what was entered, and what differed has moved and is in the books."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.inventory.stock import MovementReason
from domain.inventory.stock_count import CountState

DOCUMENTS: Final = f"""
    SELECT c.count_id, 'stock_count', c.store_id, c.business_date, s.currency, '', 'StockCounted'
    FROM stock_counts c JOIN stores s ON s.store_id = c.store_id WHERE c.state = '{CountState.CLOSED}'
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

APPROVED: Final = f"""
    SELECT count_id, store_id, closed_request_id, closed_caller_id, closed_staff_id, closed_at FROM stock_counts
    WHERE state = '{CountState.CLOSED}'
"""
"""Counts whose differences a second person may approve."""

_RESULTS: Final = Comparison(
    "stock_count_results",
    ("count_id", "sku_id"),
    (
        Pair("difference", "counted less expected", "moved", "quantity moved"),
        Pair("value", "value", "moved_value", "value moved"),
    ),
    f"""
    SELECT r.count_id, r.sku_id, r.counted_milli - r.expected_milli AS difference, r.value_minor AS value,
        COALESCE(m.moved, 0) AS moved, COALESCE(m.moved_value, 0) AS moved_value
    FROM stock_count_results r LEFT JOIN (
        SELECT document_id, location_id, sku_id, SUM(quantity_milli) AS moved, SUM(value_minor) AS moved_value
        FROM stock_movements WHERE reason = '{MovementReason.COUNT}' GROUP BY document_id, location_id, sku_id
    ) m ON m.document_id = r.count_id AND m.location_id = r.store_id AND m.sku_id = r.sku_id
    """,
)

_COUNTS: Final = Comparison(
    "stock_counts",
    ("count_id",),
    (
        Pair("skus", "SKUs", "listed", "SKUs listed"),
        Pair("balance", "found less lost", "results", "value of results"),
    ),
    """
    SELECT c.count_id, c.skus, COALESCE(k.listed, 0) AS listed, c.found_minor - c.lost_minor AS balance,
        COALESCE(r.results, 0) AS results
    FROM stock_counts c
    LEFT JOIN (SELECT count_id, COUNT(*) AS listed FROM stock_count_skus GROUP BY count_id) k
        ON k.count_id = c.count_id
    LEFT JOIN (SELECT count_id, SUM(value_minor) AS results FROM stock_count_results GROUP BY count_id) r
        ON r.count_id = c.count_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"INV-counts": (_RESULTS, _COUNTS)}
