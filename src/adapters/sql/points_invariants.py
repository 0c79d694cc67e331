"""The invariants of points that no sale moves, in SQL, as those of invariants.py are."""

from collections.abc import Sequence
from typing import Final

from adapters.sql import points_hold_invariants, points_pool_invariants
from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import BREAKAGE_REVENUE, PROMOTION_EXPENSE
from domain.loyalty.ledger import PointsReason

DOCUMENTS: Final = f"""
    SELECT x.expiry_id, 'points_expiry', x.store_id, x.business_date, s.currency, '', 'PointsExpired'
    FROM points_expiries x JOIN stores s ON s.store_id = x.store_id
    UNION ALL
    SELECT j.adjustment_id, 'points_adjustment', j.store_id, j.business_date, s.currency, '', 'PointsAdjusted'
    FROM points_adjustments j JOIN stores s ON s.store_id = j.store_id
    UNION ALL {points_hold_invariants.DOCUMENTS}
    UNION ALL {points_pool_invariants.DOCUMENTS}
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

POINTS: Final[Sequence[Comparison]] = (
    Comparison(
        "points_expiries",
        ("expiry_id",),
        (
            Pair("lots", "lots", "moved_lots", "rows of points_entries"),
            Pair("points", "points", "moved", "points of entries"),
            Pair("value", "value", "moved_value", "value of entries"),
            Pair("account", f"account {BREAKAGE_REVENUE.code}", "value", "value"),
        ),
        f"""
        SELECT expiry_id, SUM(lots) AS lots, SUM(moved_lots) AS moved_lots, SUM(points) AS points, SUM(moved) AS moved,
            SUM(value) AS value, SUM(moved_value) AS moved_value, SUM(account) AS account
        FROM (
            SELECT expiry_id, lots, 0 AS moved_lots, points, 0 AS moved, value_minor AS value, 0 AS moved_value,
                0 AS account
            FROM points_expiries
            UNION ALL
            SELECT sale_id, 0, 1, 0, -points, 0, -value_minor, 0 FROM points_entries
            WHERE reason = '{PointsReason.EXPIRED}'
            UNION ALL
            SELECT e.document_id, 0, 0, 0, 0, 0, 0, -p.amount_minor
            FROM journal_entries e JOIN postings p ON p.entry_id = e.entry_id
            WHERE e.document_kind = 'points_expiry' AND p.account_code = '{BREAKAGE_REVENUE.code}'
        ) AS parts GROUP BY expiry_id
        """,
    ),
    Comparison(
        "points_adjustments",
        ("adjustment_id",),
        (
            Pair("points", "points", "moved", "points of entries"),
            Pair("value", "value", "moved_value", "value of entries"),
            Pair("account", f"account {PROMOTION_EXPENSE.code}", "brought", "value less what repaid debts"),
        ),
        f"""
        SELECT adjustment_id, SUM(points) AS points, SUM(moved) AS moved, SUM(value) AS value,
            SUM(moved_value) AS moved_value, SUM(account) AS account, SUM(value) + SUM(repaid) AS brought
        FROM (
            SELECT adjustment_id, points, 0 AS moved, value_minor AS value, 0 AS moved_value, 0 AS account, 0 AS repaid
            FROM points_adjustments
            UNION ALL
            SELECT sale_id, 0, points, 0, value_minor, 0, 0 FROM points_entries
            WHERE reason = '{PointsReason.ADJUSTED}'
            UNION ALL
            SELECT sale_id, 0, 0, 0, 0, 0, value_minor FROM points_entries
            WHERE reason = '{PointsReason.REPAID}' AND sale_id IN (SELECT adjustment_id FROM points_adjustments)
            UNION ALL
            SELECT e.document_id, 0, 0, 0, 0, p.amount_minor, 0
            FROM journal_entries e JOIN postings p ON p.entry_id = e.entry_id
            WHERE e.document_kind = 'points_adjustment' AND p.account_code = '{PROMOTION_EXPENSE.code}'
        ) AS parts GROUP BY adjustment_id
        """,
    ),
    Comparison(
        "points_adjustments",
        ("adjustment_id",),
        (Pair("points", "points", "undone", "points that it undoes"),),
        """
        SELECT r.adjustment_id, r.points, -o.points AS undone
        FROM points_adjustments r
        LEFT JOIN points_adjustments o ON o.adjustment_id = r.reverses_id
        WHERE r.reverses_id <> 0
        """,
    ),
    Comparison(
        "points_entries",
        ("sale_id",),
        (
            Pair("moved", "points repaid less taken for it", "zero", "expected"),
            Pair("zero", "least allowed", "repaid", "debts repaid", "<="),
        ),
        # What repays a debt leaves a lot for it in the same document.
        f"""
        SELECT e.sale_id, SUM(e.points) AS moved, 0 AS zero,
            SUM(CASE WHEN l.lot_id IS NOT NULL AND e.points > 0 THEN 1 ELSE 0 END) AS repaid
        FROM points_entries e LEFT JOIN points_lots l ON l.lot_id = e.lot_id
        WHERE e.reason = '{PointsReason.REPAID}'
        GROUP BY e.sale_id
        """,
    ),
    Comparison(
        "points_entries",
        ("entry_id",),
        (Pair("found", "expired lots that were over", "expected", "expected"),),
        f"""
        SELECT e.entry_id, CASE WHEN l.expires_on <= e.business_date THEN 1 ELSE 0 END AS found, 1 AS expected
        FROM points_entries e LEFT JOIN points_lots l ON l.lot_id = e.lot_id
        WHERE e.reason = '{PointsReason.EXPIRED}'
        """,
    ),
    *points_hold_invariants.HOLDS,
    *points_pool_invariants.POOLS,
)
