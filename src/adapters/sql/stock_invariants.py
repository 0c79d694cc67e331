"""The invariants of balances carried forward and of adjustments in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.statements import listed
from domain.inventory.adjustment import StockPlace
from domain.inventory.set_aside import SetAsideStatus
from domain.inventory.stock import COST_CHANGES

DOCUMENTS: Final = """
    SELECT a.adjustment_id, 'stock_adjustment', a.store_id, a.business_date, s.currency, '', 'StockAdjusted'
    FROM stock_adjustments a JOIN stores s ON s.store_id = a.store_id
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

APPROVED: Final = """
    SELECT adjustment_id, store_id, request_id, caller_id, staff_id, posted_at FROM stock_adjustments
"""
"""Documents of stock that a second person may approve."""

_CARRIED: Final = Comparison(
    "stock_balances",
    ("location_id", "sku_id", "as_of"),
    (
        Pair("on_hand", "on hand", "moved", "moved until then"),
        Pair("worth", "value", "moved_value", "value moved until then"),
    ),
    """
    SELECT b.location_id, b.sku_id, b.as_of, b.on_hand_milli AS on_hand, b.value_minor AS worth,
        COALESCE(SUM(m.quantity_milli), 0) AS moved, COALESCE(SUM(m.value_minor), 0) AS moved_value
    FROM stock_balances b LEFT JOIN stock_movements m
        ON m.location_id = b.location_id AND m.sku_id = b.sku_id AND m.moved_at <= b.as_of
    GROUP BY b.location_id, b.sku_id, b.as_of, b.on_hand_milli, b.value_minor
    """,
)

_NUMBERED: Final = Comparison(
    "stores",
    ("store_id",),
    (Pair("made", "adjustments", "highest", "highest number"),),
    "SELECT store_id, COUNT(*) AS made, MAX(number) AS highest FROM stock_adjustments GROUP BY store_id",
)

_HEADERS: Final = Comparison(
    "stock_adjustments",
    ("adjustment_id",),
    (
        Pair("counted", "lines", "made", "of stock_adjustment_lines"),
        Pair("lost", "lost", "lost_lines", "lost of lines"),
        Pair("found", "found", "found_lines", "found of lines"),
    ),
    f"""
    SELECT a.adjustment_id, a.line_count AS counted, COUNT(l.line_number) AS made, a.lost_minor AS lost,
        a.found_minor AS found,
        SUM(CASE WHEN l.to_place = '{StockPlace.NOWHERE}' THEN l.value_minor ELSE 0 END) AS lost_lines,
        SUM(CASE WHEN l.from_place = '{StockPlace.NOWHERE}' THEN l.value_minor ELSE 0 END) AS found_lines
    FROM stock_adjustments a LEFT JOIN stock_adjustment_lines l ON l.adjustment_id = a.adjustment_id
    GROUP BY a.adjustment_id, a.line_count, a.lost_minor, a.found_minor
    """,
)

_OF_ADJUSTMENTS: Final = "document_id IN (SELECT adjustment_id FROM stock_adjustments)"

# What is taken over from consignment leaves it at nothing, and comes for sale at its cost.
_PLACES: Final = Comparison(
    "stock_adjustment_lines",
    ("document_id", "sku_id", "place"),
    (
        Pair("lines", "quantity of lines", "moved", "quantity moved"),
        Pair("worth", "value of lines", "moved_value", "value moved"),
    ),
    f"""
    SELECT document_id, sku_id, place, SUM(lines) AS lines, SUM(moved) AS moved,
        SUM(CASE WHEN place = '{SetAsideStatus.CONSIGNMENT}' THEN 0 ELSE worth END) AS worth,
        SUM(moved_value) AS moved_value
    FROM (
        SELECT adjustment_id AS document_id, sku_id, to_place AS place, quantity_milli AS lines, value_minor AS worth,
            0 AS moved, 0 AS moved_value
        FROM stock_adjustment_lines
        UNION ALL
        SELECT adjustment_id, sku_id, from_place, -quantity_milli, -value_minor, 0, 0 FROM stock_adjustment_lines
        UNION ALL
        SELECT document_id, sku_id, '{StockPlace.FOR_SALE}', 0, 0, quantity_milli, value_minor FROM stock_movements
        WHERE reason NOT IN ({listed(COST_CHANGES)}) AND {_OF_ADJUSTMENTS}
        UNION ALL
        SELECT document_id, sku_id, status, 0, 0, quantity_milli, value_minor FROM set_aside_entries
        WHERE {_OF_ADJUSTMENTS}
    ) parts WHERE place NOT IN ('{StockPlace.NOWHERE}', '{StockPlace.SUPPLIER}') GROUP BY document_id, sku_id, place
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"INV-stock": (_CARRIED, _NUMBERED, _HEADERS, _PLACES)}
