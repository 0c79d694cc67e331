"""The invariants of what is reserved in SQL: levels keep what open orders and reservations do, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.tables.orders import OPEN_ORDER
from domain.inventory.reservation import ReservationState

_LEVELS: Final = Comparison(
    "stock_levels",
    ("location_id", "sku_id"),
    (Pair("reserved", "reserved", "kept", "of stock_reservations"),),
    """
    SELECT location_id, sku_id, SUM(reserved) AS reserved, SUM(kept) AS kept FROM (
        SELECT location_id, sku_id, reserved_milli AS reserved, 0 AS kept FROM stock_levels WHERE reserved_milli <> 0
        UNION ALL SELECT location_id, sku_id, 0, quantity_milli FROM stock_reservations
    ) AS parts GROUP BY location_id, sku_id
    """,
)

_DOCUMENTS: Final = Comparison(
    "stock_reservations",
    ("document_id", "sku_id"),
    (
        Pair("found", "orders and reservations", "expected", "expected"),
        Pair("zero", "least allowed", "kept", "kept", "<="),
        Pair("kept_when_over", "kept of what is over", "zero", "expected"),
    ),
    f"""
    SELECT e.document_id, e.sku_id, e.kept, 0 AS zero, 1 AS expected, COALESCE(d.found, 0) AS found,
        CASE WHEN COALESCE(d.still_open, 0) = 0 THEN e.kept ELSE 0 END AS kept_when_over
    FROM (
        SELECT document_id, sku_id, SUM(quantity_milli) AS kept FROM stock_reservations GROUP BY document_id, sku_id
    ) e LEFT JOIN (
        SELECT order_id AS document_id, 1 AS found, CASE WHEN {OPEN_ORDER} THEN 1 ELSE 0 END AS still_open FROM orders
        UNION ALL
        SELECT reservation_id, 1, CASE WHEN state = '{ReservationState.OPEN}' THEN 1 ELSE 0 END FROM reservations
    ) d ON d.document_id = e.document_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"INV-reserved": (_LEVELS, _DOCUMENTS)}
