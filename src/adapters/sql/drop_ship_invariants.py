"""The invariants of drop-ship in SQL: what suppliers sent was received, and is under way, sold or recalled."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.inventory.set_aside import SetAsideStatus
from domain.purchasing.drop_ship import DropShipEntryKind
from domain.purchasing.purchase_order import PurchaseSource

DOCUMENTS: Final = f"""
    SELECT DISTINCT document_id, 'drop_ship_recall', store_id, business_date, currency, '', 'DropShipRecalled'
    FROM drop_ship_entries WHERE kind = '{DropShipEntryKind.RECALLED}'
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

_UNDER_WAY: Final = Comparison(
    "set_aside_levels",
    ("location_id", "sku_id"),
    (
        Pair("quantity", "dispatched", "entries", "entries of drop-ship"),
        Pair("worth", "value dispatched", "entries_value", "value of entries"),
    ),
    f"""
    SELECT location_id, sku_id, SUM(quantity) AS quantity, SUM(entries) AS entries, SUM(worth) AS worth,
        SUM(entries_value) AS entries_value
    FROM (
        SELECT location_id, sku_id, quantity_milli AS quantity, 0 AS entries, value_minor AS worth, 0 AS entries_value
        FROM set_aside_levels WHERE status = '{SetAsideStatus.DISPATCHED}'
        UNION ALL
        SELECT store_id, sku_id, 0, quantity_milli, 0, value_minor FROM drop_ship_entries
    ) parts GROUP BY location_id, sku_id
    """,
)

_SENT: Final = Comparison(
    "drop_ship_lines",
    ("purchase_order_id", "line_number"),
    (
        Pair("dispatched", "dispatched", "accepted", "accepted by receipts"),
        Pair("worth", "value dispatched", "cost", "cost of receipts"),
        Pair("dispatched", "dispatched", "quantity", "drawn for the customer", "<="),
        Pair("zero", "nothing", "under_way", "under way", "<="),
    ),
    f"""
    SELECT l.purchase_order_id, l.line_number, l.quantity_milli AS quantity, 0 AS zero,
        COALESCE(e.dispatched, 0) AS dispatched, COALESCE(e.worth, 0) AS worth, COALESCE(e.under_way, 0) AS under_way,
        COALESCE(r.accepted, 0) AS accepted, COALESCE(r.cost, 0) AS cost
    FROM drop_ship_lines l
    LEFT JOIN (
        SELECT purchase_order_id, line_number, SUM(quantity_milli) AS under_way,
            SUM(CASE WHEN kind = '{DropShipEntryKind.DISPATCHED}' THEN quantity_milli ELSE 0 END) AS dispatched,
            SUM(CASE WHEN kind = '{DropShipEntryKind.DISPATCHED}' THEN value_minor ELSE 0 END) AS worth
        FROM drop_ship_entries GROUP BY purchase_order_id, line_number
    ) e ON e.purchase_order_id = l.purchase_order_id AND e.line_number = l.line_number
    LEFT JOIN (
        SELECT order_id, line_number, SUM(accepted_milli) AS accepted, SUM(goods_minor + freight_minor) AS cost
        FROM purchase_receipt_lines GROUP BY order_id, line_number
    ) r ON r.order_id = l.purchase_order_id AND r.line_number = l.line_number
    """,
)

_ORDERS: Final = Comparison(
    "drop_ships",
    ("purchase_order_id",),
    (
        Pair("fitting", "purchase order of its kind and store", "expected", "expected"),
        Pair("under_way", "under way of an order that is over", "zero", "expected"),
        Pair("sold", "sold", "of_sale", "sold by the order's sale"),
    ),
    f"""
    SELECT d.purchase_order_id, 1 AS expected, 0 AS zero,
        CASE WHEN p.source = '{PurchaseSource.DROP_SHIP}' AND p.store_id = d.store_id AND o.store_id = d.store_id
            THEN 1 ELSE 0 END AS fitting,
        CASE WHEN o.sale_id IS NULL AND o.state <> 'cancelled' THEN 0 ELSE COALESCE(e.under_way, 0) END AS under_way,
        COALESCE(e.sold, 0) AS sold, COALESCE(e.of_sale, 0) AS of_sale
    FROM drop_ships d
    LEFT JOIN purchase_orders p ON p.order_id = d.purchase_order_id
    LEFT JOIN orders o ON o.order_id = d.order_id
    LEFT JOIN (
        SELECT n.purchase_order_id, SUM(n.quantity_milli) AS under_way,
            SUM(CASE WHEN n.kind = '{DropShipEntryKind.HANDED_OVER}' THEN n.value_minor ELSE 0 END) AS sold,
            SUM(CASE WHEN n.kind = '{DropShipEntryKind.HANDED_OVER}' AND n.document_id = c.sale_id
                THEN n.value_minor ELSE 0 END) AS of_sale
        FROM drop_ship_entries n LEFT JOIN orders c ON c.order_id = n.order_id GROUP BY n.purchase_order_id
    ) e ON e.purchase_order_id = d.purchase_order_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"PUR-drop-ships": (_UNDER_WAY, _SENT, _ORDERS)}
