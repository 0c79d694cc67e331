"""The invariants of central purchasing in SQL: what came for stores is shared among them and in their transfers."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.purchasing.central import ShareState

_ASKED: Final = Comparison(
    "purchase_line_shares",
    ("order_id", "version", "line_number"),
    (Pair("shares", "shares of stores", "quantity", "quantity of the line", relation="<="),),
    """
    SELECT s.order_id, s.version, s.line_number, s.shares, COALESCE(l.quantity_milli, 0) AS quantity
    FROM (
        SELECT order_id, version, line_number, SUM(quantity_milli) AS shares FROM purchase_line_shares
        GROUP BY order_id, version, line_number
    ) s LEFT JOIN purchase_order_lines l
        ON l.order_id = s.order_id AND l.version = s.version AND l.line_number = s.line_number
    """,
)

_CAME: Final = Comparison(
    "purchase_allocations",
    ("order_id", "line_number", "location_id"),
    (Pair("received", "received for the store", "shares", "its shares of receipts"),),
    """
    SELECT a.order_id, a.line_number, a.location_id, a.received_milli AS received, COALESCE(s.shares, 0) AS shares
    FROM purchase_allocations a
    JOIN purchase_orders o ON o.order_id = a.order_id
    LEFT JOIN (
        SELECT order_id, line_number, location_id, SUM(quantity_milli) AS shares FROM purchase_receipt_shares
        GROUP BY order_id, line_number, location_id
    ) s ON s.order_id = a.order_id AND s.line_number = a.line_number AND s.location_id = a.location_id
    WHERE a.location_id <> o.store_id
    """,
)

_OF_RECEIPTS: Final = Comparison(
    "purchase_receipt_shares",
    ("receipt_id", "line_number"),
    (Pair("shares", "shares of stores", "accepted", "accepted by the receipt", relation="<="),),
    """
    SELECT s.receipt_id, s.line_number, s.shares, COALESCE(l.accepted_milli, 0) AS accepted
    FROM (
        SELECT receipt_id, line_number, SUM(quantity_milli) AS shares FROM purchase_receipt_shares
        GROUP BY receipt_id, line_number
    ) s LEFT JOIN purchase_receipt_lines l ON l.receipt_id = s.receipt_id AND l.line_number = s.line_number
    """,
)

_TRANSFERRED: Final = Comparison(
    "purchase_receipt_shares",
    ("receipt_id", "location_id", "sku_id", "transfer_id"),
    (
        Pair("shares", "shares in a transfer", "requested", "requested by it"),
        Pair("transferred", "in a transfer", "named", "that is named"),
    ),
    f"""
    SELECT s.receipt_id, s.location_id, s.sku_id, s.transfer_id, s.shares,
        CASE WHEN s.transferred = 0 THEN s.shares ELSE COALESCE(t.requested, 0) END AS requested,
        s.transferred, CASE WHEN s.transfer_id IS NULL THEN 0 ELSE 1 END AS named
    FROM (
        SELECT receipt_id, store_id, location_id, sku_id, transfer_id, SUM(quantity_milli) AS shares,
            CASE WHEN state = '{ShareState.TRANSFERRED}' THEN 1 ELSE 0 END AS transferred
        FROM purchase_receipt_shares
        GROUP BY receipt_id, store_id, location_id, sku_id, transfer_id,
            CASE WHEN state = '{ShareState.TRANSFERRED}' THEN 1 ELSE 0 END
    ) s LEFT JOIN (
        SELECT h.transfer_id, h.from_store_id, h.to_store_id, l.sku_id, SUM(l.requested_milli) AS requested
        FROM transfers h JOIN transfer_lines l ON l.transfer_id = h.transfer_id
        GROUP BY h.transfer_id, h.from_store_id, h.to_store_id, l.sku_id
    ) t ON t.transfer_id = s.transfer_id AND t.sku_id = s.sku_id AND t.from_store_id = s.store_id
        AND t.to_store_id = s.location_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"PUR-central": (_ASKED, _CAME, _OF_RECEIPTS, _TRANSFERRED)}
