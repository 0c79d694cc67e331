"""The invariants of transfers between stores in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import INTER_STORE_CLEARING, INTER_STORE_PAYABLE, INTER_STORE_RECEIVABLE
from domain.inventory.set_aside import SetAsideStatus
from domain.inventory.stock import MovementReason
from domain.inventory.transfer import TransferDocumentKind, TransferEntryKind, TransferState

DOCUMENTS: Final = f"""
    SELECT document_id, kind, store_id, business_date, currency, '', CASE kind
        WHEN '{TransferDocumentKind.SHIPMENT}' THEN 'TransferShipped'
        WHEN '{TransferDocumentKind.TRANSIT}' THEN 'TransferOnItsWay' ELSE 'TransferReceived' END
    FROM transfer_documents
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

_SHIPPED, _RECEIVED, _MISSING, _OVER = (
    f"'{kind}'"
    for kind in (
        TransferEntryKind.SHIPPED, TransferEntryKind.RECEIVED, TransferEntryKind.MISSING, TransferEntryKind.OVER,
    )
)  # fmt: skip
_ON_ITS_WAY: Final = f"CASE kind WHEN {_SHIPPED} THEN 1 WHEN {_OVER} THEN 0 ELSE -1 END"

_IN_TRANSIT: Final = Comparison(
    "set_aside_levels",
    ("location_id", "sku_id"),
    (
        Pair("quantity", "in transit", "moved", "shipped and neither arrived nor missing"),
        Pair("value", "value in transit", "moved_value", "value of that"),
    ),
    f"""
    SELECT location_id, sku_id, SUM(quantity) AS quantity, SUM(value) AS value, SUM(moved) AS moved,
        SUM(moved_value) AS moved_value
    FROM (
        SELECT location_id, sku_id, quantity_milli AS quantity, value_minor AS value, 0 AS moved, 0 AS moved_value
        FROM set_aside_levels WHERE status = '{SetAsideStatus.IN_TRANSIT}'
        UNION ALL
        SELECT t.to_store_id, l.sku_id, 0, 0, e.quantity_milli * e.sign, e.value_minor * e.sign
        FROM (
            SELECT transfer_id, line_number, quantity_milli, value_minor, {_ON_ITS_WAY} AS sign FROM transfer_entries
        ) e
        JOIN transfers t ON t.transfer_id = e.transfer_id
        JOIN transfer_lines l ON l.transfer_id = e.transfer_id AND l.line_number = e.line_number
    ) parts GROUP BY location_id, sku_id
    """,
)

_SUMS: Final = f"""
    SELECT transfer_id, line_number,
        SUM(CASE WHEN kind = {_SHIPPED} THEN quantity_milli ELSE 0 END) AS shipped,
        SUM(CASE WHEN kind = {_SHIPPED} THEN value_minor ELSE 0 END) AS shipped_value,
        SUM(CASE WHEN kind IN ({_RECEIVED}, {_MISSING}) THEN quantity_milli ELSE 0 END) AS gone,
        SUM(CASE WHEN kind IN ({_RECEIVED}, {_MISSING}) THEN value_minor ELSE 0 END) AS gone_value
    FROM transfer_entries GROUP BY transfer_id, line_number
"""

_LINES: Final = Comparison(
    "transfer_lines",
    ("transfer_id", "line_number"),
    (
        Pair("shipped", "shipped", "requested", "requested", "<="),
        Pair("gone", "arrived and missing", "shipped", "shipped", "<="),
        Pair("gone_value", "value arrived and missing", "shipped_value", "value shipped", "<="),
        Pair("left_value", "value of nothing in transit", "zero", "nothing"),
    ),
    f"""
    SELECT l.transfer_id, l.line_number, l.requested_milli AS requested, COALESCE(s.shipped, 0) AS shipped,
        COALESCE(s.gone, 0) AS gone, COALESCE(s.shipped_value, 0) AS shipped_value,
        COALESCE(s.gone_value, 0) AS gone_value, 0 AS zero,
        CASE WHEN s.shipped = s.gone THEN s.shipped_value - s.gone_value ELSE 0 END AS left_value
    FROM transfer_lines l LEFT JOIN ({_SUMS}) s ON s.transfer_id = l.transfer_id AND s.line_number = l.line_number
    """,
)

# Open while something is left to ship, unless shipping has ended, or in transit.
_STATES: Final = Comparison(
    "transfers",
    ("transfer_id",),
    (Pair("state", "stands", "led_to", "its lines lead"),),
    f"""
    SELECT t.transfer_id,
        CASE t.state WHEN '{TransferState.SHIPPED}' THEN 1 WHEN '{TransferState.RECEIVED}' THEN 2 ELSE 0 END AS state,
        CASE WHEN p.shipped = 0 THEN 0 WHEN p.in_transit > 0 OR (p.to_ship > 0 AND NOT t.ended) THEN 1 ELSE 2 END
            AS led_to
    FROM transfers t
    JOIN (
        SELECT l.transfer_id, SUM(COALESCE(s.shipped, 0)) AS shipped,
            SUM(COALESCE(s.shipped - s.gone, 0)) AS in_transit,
            SUM(l.requested_milli - COALESCE(s.shipped, 0)) AS to_ship
        FROM transfer_lines l LEFT JOIN ({_SUMS}) s ON s.transfer_id = l.transfer_id AND s.line_number = l.line_number
        GROUP BY l.transfer_id
    ) p ON p.transfer_id = t.transfer_id
    """,
)

# What goods in transit are worth is compared with their account by SAL-returns, as of everything set aside.
_DOCUMENTS_MOVE: Final = Comparison(
    "transfer_documents",
    ("document_id",),
    (
        Pair("value", "value", "entered", "value of its entries"),
        Pair("value", "value", "moved", "value that it moved"),
    ),
    f"""
    SELECT d.document_id, d.value_minor AS value,
        CASE WHEN d.kind = '{TransferDocumentKind.TRANSIT}' THEN COALESCE(a.value, 0) ELSE COALESCE(e.value, 0) END
            AS entered,
        CASE WHEN d.kind = '{TransferDocumentKind.TRANSIT}' THEN COALESCE(a.value, 0) ELSE COALESCE(m.value, 0) END
            AS moved
    FROM transfer_documents d
    LEFT JOIN (
        SELECT document_id, SUM(CASE WHEN kind = {_MISSING} THEN 0 ELSE value_minor END) AS value
        FROM transfer_entries GROUP BY document_id
    ) e ON e.document_id = d.document_id
    LEFT JOIN (
        SELECT document_id,
            SUM(CASE WHEN reason = '{MovementReason.TRANSFER_OUT}' THEN -value_minor ELSE value_minor END) AS value
        FROM stock_movements WHERE reason IN (
            '{MovementReason.TRANSFER_OUT}', '{MovementReason.TRANSFER_IN}', '{MovementReason.TRANSFER_OVER}'
        ) GROUP BY document_id
    ) m ON m.document_id = d.document_id
    LEFT JOIN (
        SELECT document_id, SUM(value_minor) AS value FROM set_aside_entries GROUP BY document_id
    ) a ON a.document_id = d.document_id
    """,
)

_OWED: Final = Comparison(
    "transfers",
    ("transfer_id",),
    (
        Pair("clearing", f"account {INTER_STORE_CLEARING.code}", "zero", "nothing"),
        Pair("receivable", f"account {INTER_STORE_RECEIVABLE.code}", "payable", f"account {INTER_STORE_PAYABLE.code}"),
        Pair("owed", "cleared and receivable in the source", "shipped", "value shipped"),
    ),
    f"""
    SELECT t.transfer_id, 0 AS zero, COALESCE(p.clearing, 0) AS clearing, COALESCE(p.receivable, 0) AS receivable,
        COALESCE(p.payable, 0) AS payable, COALESCE(p.owed, 0) AS owed, COALESCE(s.shipped, 0) AS shipped
    FROM transfers t
    LEFT JOIN (
        SELECT d.transfer_id,
            SUM(CASE WHEN p.account_code = '{INTER_STORE_CLEARING.code}' THEN p.amount_minor ELSE 0 END) AS clearing,
            SUM(CASE WHEN p.account_code = '{INTER_STORE_RECEIVABLE.code}' THEN p.amount_minor ELSE 0 END)
                AS receivable,
            -SUM(CASE WHEN p.account_code = '{INTER_STORE_PAYABLE.code}' THEN p.amount_minor ELSE 0 END) AS payable,
            SUM(CASE WHEN d.kind = '{TransferDocumentKind.SHIPMENT}' AND p.amount_minor > 0 THEN p.amount_minor
                ELSE 0 END) AS owed
        FROM transfer_documents d
        JOIN journal_entries e ON e.document_id = d.document_id JOIN postings p ON p.entry_id = e.entry_id
        GROUP BY d.transfer_id
    ) p ON p.transfer_id = t.transfer_id
    LEFT JOIN (
        SELECT transfer_id, SUM(value_minor) AS shipped FROM transfer_entries WHERE kind = {_SHIPPED}
        GROUP BY transfer_id
    ) s ON s.transfer_id = t.transfer_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "INV-transfers": (_IN_TRANSIT, _LINES, _STATES, _DOCUMENTS_MOVE, _OWED)
}
