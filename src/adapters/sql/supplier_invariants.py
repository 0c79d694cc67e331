"""The invariants of suppliers in SQL: score cards are what was delivered, and notices name what came of them."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.statements import listed
from domain.purchasing.delivery_notice import NoticeState
from domain.purchasing.supplier_return import REJECTING, ReturnedFrom

_DELIVERIES: Final = Comparison(
    "purchase_receipt_lines",
    ("receipt_id", "line_number"),
    (
        Pair("accepted", "accepted", "kept_accepted", "accepted of the delivery"),
        Pair("rejected", "rejected", "kept_rejected", "rejected of the delivery"),
        Pair("paid", "cost of goods", "kept_paid", "paid of the delivery"),
    ),
    """
    SELECT l.receipt_id, l.line_number, l.accepted_milli AS accepted, COALESCE(d.accepted_milli, -1) AS kept_accepted,
        l.rejected_milli AS rejected, COALESCE(d.rejected_milli, -1) AS kept_rejected,
        l.goods_minor AS paid, COALESCE(d.paid_minor, -1) AS kept_paid
    FROM purchase_receipt_lines l
    JOIN purchase_receipts r ON r.receipt_id = l.receipt_id
    LEFT JOIN supplier_deliveries d ON d.supplier_id = l.supplier_id AND d.received_on = r.business_date
        AND d.receipt_id = l.receipt_id AND d.line_number = l.line_number
    """,
)

_SUMMED: Final = (
    ("deliveries", "COUNT(*)"),
    ("on_time", "SUM(CASE WHEN received_on <= promised_on THEN 1 ELSE 0 END)"),
    ("in_full", "SUM(CASE WHEN accepted_milli >= due_milli THEN 1 ELSE 0 END)"),
    ("accepted_milli", "SUM(accepted_milli)"),
    ("rejected_milli", "SUM(rejected_milli)"),
    ("paid_minor", "SUM(paid_minor)"),
    ("last_paid_minor", "SUM(CASE WHEN last_minor IS NOT NULL THEN paid_minor ELSE 0 END)"),
    ("last_minor", "SUM(COALESCE(last_minor, 0))"),
    ("list_paid_minor", "SUM(CASE WHEN list_minor IS NOT NULL THEN paid_minor ELSE 0 END)"),
    ("list_minor", "SUM(COALESCE(list_minor, 0))"),
    ("lead_days", "SUM(lead_days)"),
    ("lead_squares", "SUM(lead_days * lead_days)"),
)
_MONTH: Final = "SUBSTR(CAST({day} AS VARCHAR(10)), 1, 7)"
"""Year and month of a date, on both engines."""

_REJECTING: Final = listed(sorted(REJECTING))

_CARDS: Final = Comparison(
    "supplier_score_cards",
    ("supplier_id", "month"),
    (
        *[Pair(f"card_{name}", name, f"sum_{name}", f"{name} of deliveries") for name, _ in _SUMMED],
        Pair("card_returned", "returned_milli", "sum_returned", "quantity of return lines"),
    ),
    f"""
    SELECT c.supplier_id, c.month, c.returned_milli AS card_returned, COALESCE(b.returned, 0) AS sum_returned,
        {", ".join(f"c.{name} AS card_{name}, COALESCE(d.sum_{name}, 0) AS sum_{name}" for name, _ in _SUMMED)}
    FROM supplier_score_cards c LEFT JOIN (
        SELECT supplier_id, {_MONTH.format(day="received_on")} AS month,
            {", ".join(f"{total} AS sum_{name}" for name, total in _SUMMED)}
        FROM supplier_deliveries GROUP BY supplier_id, {_MONTH.format(day="received_on")}
    ) d ON d.supplier_id = c.supplier_id AND d.month = {_MONTH.format(day="c.month")}
    LEFT JOIN (
        SELECT supplier_id, {_MONTH.format(day="business_date")} AS month, SUM(quantity_milli) AS returned
        FROM supplier_return_lines WHERE reason IN ({_REJECTING}) AND returned_from <> '{ReturnedFrom.QUARANTINE}'
        GROUP BY supplier_id, {_MONTH.format(day="business_date")}
    ) b ON b.supplier_id = c.supplier_id AND b.month = {_MONTH.format(day="c.month")}
    """,
)
_NOTICES: Final = Comparison(
    "delivery_notices",
    ("notice_id",),
    (
        Pair("lines", "lines", "listed", "lines listed"),
        Pair("own", "of the order's supplier and store", "expected", "expected"),
        Pair("received", "received", "receipts", "receipts of the order"),
    ),
    f"""
    SELECT n.notice_id, n.line_count AS lines, COALESCE(l.listed, 0) AS listed,
        CASE WHEN o.supplier_id = n.supplier_id AND o.store_id = n.store_id THEN 1 ELSE 0 END AS own, 1 AS expected,
        CASE WHEN n.state = '{NoticeState.RECEIVED}' THEN 1 ELSE 0 END AS received,
        CASE WHEN r.receipt_id IS NOT NULL THEN 1 WHEN n.receipt_id IS NOT NULL THEN -1 ELSE 0 END AS receipts
    FROM delivery_notices n
    LEFT JOIN purchase_orders o ON o.order_id = n.order_id
    LEFT JOIN purchase_receipts r ON r.receipt_id = n.receipt_id AND r.order_id = n.order_id
    LEFT JOIN (SELECT notice_id, COUNT(*) AS listed FROM delivery_notice_lines GROUP BY notice_id) l
        ON l.notice_id = n.notice_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "PUR-scores": (_DELIVERIES, _CARDS),
    "PUR-notices": (_NOTICES,),
}
