"""What must hold of approvals in SQL: no sale went further than another person let it, once and in time."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.count_invariants import APPROVED as APPROVED_OF_COUNTS
from adapters.sql.shift_invariants import APPROVED as APPROVED_AT_TILLS
from adapters.sql.stock_invariants import APPROVED as APPROVED_OF_STOCK

_APPROVED: Final = f"""
    SELECT sale_id AS document_id, store_id, request_id, terminal_id AS caller_id, cashier_id AS staff_id,
        sold_at AS done_at
    FROM sales
    UNION ALL
    SELECT adjustment_id, store_id, request_id, caller_id, staff_id, posted_at FROM points_adjustments
    UNION ALL
    SELECT merge_id, store_id, request_id, caller_id, staff_id, merged_at FROM member_merges
    UNION ALL
    SELECT undo_id, store_id, undone_request_id, undone_by_caller_id, undone_by_staff_id, undone_at FROM member_merges
    WHERE undo_id IS NOT NULL
    UNION ALL {APPROVED_AT_TILLS}
    UNION ALL {APPROVED_OF_STOCK}
    UNION ALL {APPROVED_OF_COUNTS}
"""
"""What may be approved: sales, adjustments of points, merges of members and their undoing, what tills count,
and adjustments of stock."""

APPROVALS: Final = (
    Comparison(
        "approval_uses",
        ("approval_id",),
        (
            Pair("found", "approvals", "expected", "expected"),
            Pair("fitting", "of the sale's store and request", "expected", "expected"),
            Pair("in_time", "sold while it held", "expected", "expected"),
            Pair("by_another", "approved by somebody else", "expected", "expected"),
        ),
        f"""
        SELECT u.approval_id, 1 AS expected, CASE WHEN a.approval_id IS NULL THEN 0 ELSE 1 END AS found,
            CASE WHEN a.store_id = s.store_id AND a.sale_request_id = s.request_id
                AND u.terminal_id = s.caller_id THEN 1 ELSE 0 END AS fitting,
            CASE WHEN s.done_at >= a.approved_at AND s.done_at < a.expires_at THEN 1 ELSE 0 END AS in_time,
            CASE WHEN s.staff_id = a.approver_id THEN 0 ELSE 1 END AS by_another
        FROM approval_uses u
        LEFT JOIN approvals a ON a.approval_id = u.approval_id
        LEFT JOIN ({_APPROVED}) s ON s.document_id = u.sale_id
        """,
    ),
    Comparison(
        "sales",
        ("sale_id", "action"),
        (Pair("used", "approvals of one action", "expected", "expected", "<="),),
        """
        SELECT u.sale_id, a.action, COUNT(*) AS used, 1 AS expected
        FROM approval_uses u JOIN approvals a ON a.approval_id = u.approval_id GROUP BY u.sale_id, a.action
        """,
    ),
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"B09": APPROVALS}
