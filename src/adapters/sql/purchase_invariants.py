"""The invariants of purchase orders in SQL: where they stand, what came of them, and what that cost."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.statements import listed
from domain.finance.accounts import GOODS_RECEIVED_NOT_INVOICED
from domain.inventory.receipt import ReceiptLineKind
from domain.purchasing.purchase_order import OPEN, PurchaseOrderState

_OPEN: Final = listed(sorted(OPEN))

_IN_FORCE: Final = Comparison(
    "purchase_orders",
    ("order_id",),
    (
        Pair("net", "worth", "version_net", "worth of the version in force"),
        Pair("net", "worth", "lines_net", "worth of its lines"),
        Pair("newest", "newest version", "versions", "versions"),
        Pair("events", "events", "timeline", "events of the timeline"),
    ),
    """
    SELECT o.order_id, o.net_minor AS net, v.net_minor AS version_net, COALESCE(l.net, 0) AS lines_net,
        o.newest_version AS newest, COALESCE(c.versions, 0) AS versions, o.events, COALESCE(e.events, 0) AS timeline
    FROM purchase_orders o
    LEFT JOIN purchase_order_versions v ON v.order_id = o.order_id AND v.version = o.version
    LEFT JOIN (
        SELECT order_id, version, SUM(net_minor) AS net FROM purchase_order_lines GROUP BY order_id, version
    ) l ON l.order_id = o.order_id AND l.version = o.version
    LEFT JOIN (SELECT order_id, COUNT(*) AS versions FROM purchase_order_versions GROUP BY order_id) c
        ON c.order_id = o.order_id
    LEFT JOIN (SELECT order_id, COUNT(*) AS events FROM purchase_order_events GROUP BY order_id) e
        ON e.order_id = o.order_id
    """,
)

_LINES: Final = Comparison(
    "purchase_allocations",
    ("order_id", "line_number"),
    (
        Pair("ordered", "ordered", "asked", "quantity of the version in force"),
        Pair("received", "received", "accepted", "accepted by receipts as they were corrected"),
        Pair("open_", "open", "left_", "ordered and not received of an order that is open"),
    ),
    f"""
    SELECT a.order_id, a.line_number, a.ordered, COALESCE(l.quantity_milli, 0) AS asked, a.received,
        COALESCE(r.accepted, 0) AS accepted, a.open_,
        CASE WHEN o.state IN ({_OPEN}) AND a.ordered > a.received THEN a.ordered - a.received ELSE 0 END AS left_
    FROM (
        SELECT order_id, line_number, SUM(ordered_milli) AS ordered, SUM(received_milli) AS received,
            SUM(open_milli) AS open_
        FROM purchase_allocations GROUP BY order_id, line_number
    ) a
    JOIN purchase_orders o ON o.order_id = a.order_id
    LEFT JOIN purchase_order_lines l
        ON l.order_id = a.order_id AND l.version = o.version AND l.line_number = a.line_number
    LEFT JOIN (
        SELECT order_id, line_number, SUM(accepted) AS accepted FROM (
            SELECT order_id, line_number, accepted_milli AS accepted FROM purchase_receipt_lines
            UNION ALL
            SELECT p.order_id, c.line_number, c.quantity_milli
            FROM goods_receipt_lines c JOIN purchase_receipts p ON p.receipt_id = c.receipt_id
            WHERE c.kind = '{ReceiptLineKind.CORRECTION}'
        ) parts GROUP BY order_id, line_number
    ) r ON r.order_id = a.order_id AND r.line_number = a.line_number
    """,
)

_STATES: Final = Comparison(
    "purchase_orders",
    ("order_id",),
    (
        Pair("received", "received in whole", "nothing_open", "nothing is open of what came"),
        Pair("came", "receipts of an order of which something came", "receipts", "receipts"),
    ),
    f"""
    SELECT o.order_id, CASE WHEN o.state = '{PurchaseOrderState.RECEIVED}' THEN 1 ELSE 0 END AS received,
        CASE WHEN o.state = '{PurchaseOrderState.RECEIVED}' AND COALESCE(a.open_milli, 0) = 0 THEN 1 ELSE 0 END
            AS nothing_open,
        CASE WHEN o.state IN ('{PurchaseOrderState.PARTLY_RECEIVED}', '{PurchaseOrderState.RECEIVED}')
            THEN CASE WHEN COALESCE(r.receipts, 0) = 0 THEN -1 ELSE r.receipts END
            ELSE COALESCE(r.receipts, 0) END AS came,
        COALESCE(r.receipts, 0) AS receipts
    FROM purchase_orders o
    LEFT JOIN (SELECT order_id, SUM(open_milli) AS open_milli FROM purchase_allocations GROUP BY order_id) a
        ON a.order_id = o.order_id
    LEFT JOIN (SELECT order_id, COUNT(*) AS receipts FROM purchase_receipts GROUP BY order_id) r
        ON r.order_id = o.order_id
    """,
)

_RECEIPTS: Final = Comparison(
    "purchase_receipts",
    ("receipt_id",),
    (
        Pair("goods", "cost of goods", "lines_goods", "cost of its lines"),
        Pair("freight", "freight", "lines_freight", "freight of its lines"),
        Pair("quarantine", "in quarantine", "lines_quarantine", "in quarantine by its lines"),
        Pair("cost", "cost", "goods_receipt", "cost of the goods receipt"),
        Pair("cost", "cost", "owed", f"account {GOODS_RECEIVED_NOT_INVOICED.code}"),
    ),
    f"""
    SELECT p.receipt_id, p.goods_minor AS goods, p.freight_minor AS freight, p.quarantine_minor AS quarantine,
        p.goods_minor + p.freight_minor + p.quarantine_minor AS cost,
        COALESCE(l.goods, 0) AS lines_goods, COALESCE(l.freight, 0) AS lines_freight,
        COALESCE(l.quarantine, 0) AS lines_quarantine, g.cost_minor AS goods_receipt, COALESCE(b.owed, 0) AS owed
    FROM purchase_receipts p
    LEFT JOIN (
        SELECT receipt_id, SUM(goods_minor) AS goods, SUM(freight_minor) AS freight,
            SUM(quarantine_minor) AS quarantine
        FROM purchase_receipt_lines GROUP BY receipt_id
    ) l ON l.receipt_id = p.receipt_id
    LEFT JOIN goods_receipts g ON g.receipt_id = p.receipt_id
    LEFT JOIN (
        SELECT e.document_id, -SUM(q.amount_minor) AS owed
        FROM journal_entries e JOIN postings q ON q.entry_id = e.entry_id
        WHERE q.account_code = '{GOODS_RECEIVED_NOT_INVOICED.code}' GROUP BY e.document_id
    ) b ON b.document_id = p.receipt_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"PUR-orders": (_IN_FORCE, _LINES, _STATES, _RECEIPTS)}
