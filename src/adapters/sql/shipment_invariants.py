"""The invariants of shipments in SQL: they stand where what was told of them leads, and their fees are in the books."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import CARRIERS_PAYABLE
from domain.logistics.shipment import ShipmentState, TrackingKind

DOCUMENTS: Final = """
    SELECT shipment_id, 'shipment', store_id, business_date, currency, '', 'ShipmentCreated' FROM shipments
    UNION ALL
    SELECT cancellation_id, 'shipment_cancellation', store_id, cancelled_on, currency, '', 'ShipmentCancelled'
    FROM shipments WHERE cancellation_id IS NOT NULL
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

_STANDING: Final = Comparison(
    "shipments",
    ("shipment_id",),
    (
        Pair("events", "events", "told", "rows of shipment_events"),
        Pair("leads", "stands where its events lead", "expected", "expected"),
        Pair("signed", "signed_at where it was signed for", "expected", "expected"),
        Pair("cancelled", "cancelled with a document", "expected", "expected"),
        Pair("goods", "an order or a transfer", "expected", "expected"),
    ),
    f"""
    SELECT s.shipment_id, s.events, COALESCE(e.told, 0) AS told, 1 AS expected,
        CASE WHEN s.state IN ('{ShipmentState.CREATED}', '{ShipmentState.CANCELLED}') OR k.found = 1
            THEN 1 ELSE 0 END AS leads,
        CASE WHEN (s.state = '{ShipmentState.SIGNED}') = (s.signed_at IS NOT NULL) THEN 1 ELSE 0 END AS signed,
        CASE WHEN (s.state = '{ShipmentState.CANCELLED}') = (s.cancellation_id IS NOT NULL) THEN 1 ELSE 0 END
            AS cancelled,
        CASE WHEN (s.order_id IS NULL) <> (s.transfer_id IS NULL) THEN 1 ELSE 0 END AS goods
    FROM shipments s
    LEFT JOIN (SELECT shipment_id, COUNT(*) AS told FROM shipment_events GROUP BY shipment_id) e
        ON e.shipment_id = s.shipment_id
    LEFT JOIN (
        SELECT DISTINCT shipment_id, kind, 1 AS found FROM shipment_events
        WHERE kind NOT IN ('{TrackingKind.ATTEMPT_FAILED}', '{TrackingKind.DAMAGED}')
    ) k ON k.shipment_id = s.shipment_id AND k.kind = s.state
    """,
)

_FEES: Final = Comparison(
    "stores",
    ("store_id", "currency"),
    (Pair("posted", f"fees in account {CARRIERS_PAYABLE.code}", "owed", "fees of shipments"),),
    f"""
    SELECT store_id, currency, SUM(posted) AS posted, SUM(owed) AS owed FROM (
        SELECT e.store_id, e.currency, -p.amount_minor AS posted, 0 AS owed
        FROM postings p JOIN journal_entries e ON e.entry_id = p.entry_id
        WHERE p.account_code = '{CARRIERS_PAYABLE.code}' AND e.document_kind IN ('shipment', 'shipment_cancellation')
        UNION ALL
        SELECT store_id, currency, 0, fee_minor FROM shipments WHERE cancellation_id IS NULL
    ) AS parts GROUP BY store_id, currency
    """,
)

_TOLD_ONCE: Final = Comparison(
    "shipments",
    ("shipment_id",),
    (Pair("told", "told of that it is late", "announced", "events of the outbox"),),
    """
    SELECT s.shipment_id, CASE WHEN s.late_told_at IS NULL THEN 0 ELSE 1 END AS told,
        COALESCE(o.announced, 0) AS announced
    FROM shipments s LEFT JOIN (
        SELECT subject_id, COUNT(*) AS announced FROM outbox WHERE topic = 'ShipmentLate' GROUP BY subject_id
    ) o ON o.subject_id = s.shipment_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"LOG-shipments": (_STANDING, _FEES, _TOLD_ONCE)}
