"""The invariants of points that are held, in SQL, as those of invariants.py are."""

from collections.abc import Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.finance.accounts import POINTS_CLEARING
from domain.loyalty.ledger import PointsReason

DOCUMENTS: Final = """
    SELECT c.end_id, 'points_capture', c.store_id, c.business_date, s.currency, '', 'PointsCaptured'
    FROM points_hold_ends c JOIN stores s ON s.store_id = c.store_id WHERE c.points > 0
"""
"""What of holds has a journal entry."""

HOLDS: Final[Sequence[Comparison]] = (
    Comparison(
        "points_holds",
        ("hold_id",),
        (
            Pair("points", "points", "held", "points of its lots"),
            Pair("moved", "points moved in all", "zero", "expected"),
            Pair("moved_value", "value moved in all", "zero", "expected"),
        ),
        f"""
        SELECT hold_id, SUM(points) AS points, SUM(held) AS held, SUM(moved) AS moved, SUM(value) AS moved_value,
            0 AS zero
        FROM (
            SELECT hold_id, points, 0 AS held, 0 AS moved, 0 AS value FROM points_holds
            UNION ALL
            SELECT sale_id, 0, CASE WHEN points > 0 THEN points ELSE 0 END, points, value_minor FROM points_entries
            WHERE reason = '{PointsReason.HELD}'
        ) AS parts GROUP BY hold_id
        """,
    ),
    Comparison(
        "points_hold_ends",
        ("end_id",),
        (
            Pair("points", "points", "captured", "points captured by entries"),
            Pair("value", "value", "captured_value", "value captured by entries"),
            Pair("released", "points released in all", "zero", "expected"),
            Pair("released_value", "value released in all", "zero", "expected"),
            Pair("held", "points held", "gone", "captured and put back"),
            Pair("paid", "paid", "account", f"account {POINTS_CLEARING.code}"),
        ),
        f"""
        SELECT end_id, SUM(points) AS points, SUM(value) AS value, SUM(captured) AS captured,
            SUM(captured_value) AS captured_value, SUM(released) AS released, SUM(released_value) AS released_value,
            SUM(held) AS held, SUM(captured) + SUM(back) AS gone, SUM(paid) AS paid, SUM(account) AS account, 0 AS zero
        FROM (
            SELECT e.end_id, e.points, e.value_minor AS value, 0 AS captured, 0 AS captured_value, 0 AS released,
                0 AS released_value, COALESCE(h.points, -1) AS held, 0 AS back, e.paid_minor AS paid, 0 AS account
            FROM points_hold_ends e LEFT JOIN points_holds h ON h.hold_id = e.hold_id
            UNION ALL
            SELECT sale_id, 0, 0, -points, -value_minor, 0, 0, 0, 0, 0, 0 FROM points_entries
            WHERE reason = '{PointsReason.CAPTURED}'
            UNION ALL
            SELECT sale_id, 0, 0, 0, 0, points, value_minor, 0, CASE WHEN points > 0 THEN points ELSE 0 END, 0, 0
            FROM points_entries WHERE reason = '{PointsReason.RELEASED}'
            UNION ALL
            SELECT e.document_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, -p.amount_minor
            FROM journal_entries e JOIN postings p ON p.entry_id = e.entry_id
            WHERE e.document_kind = 'points_capture' AND p.account_code = '{POINTS_CLEARING.code}'
        ) AS parts GROUP BY end_id
        """,
    ),
    Comparison(
        "points_entries",
        ("entry_id",),
        (Pair("found", "lots held at that moment", "expected", "expected"),),
        f"""
        SELECT e.entry_id, CASE WHEN l.held_until > e.posted_at THEN 1 ELSE 0 END AS found, 1 AS expected
        FROM points_entries e LEFT JOIN points_lots l ON l.lot_id = e.lot_id
        WHERE e.reason = '{PointsReason.CAPTURED}'
        """,
    ),
    Comparison(
        "points_lots",
        ("lot_id",),
        (Pair("found", "lots of this sale that it came from", "expected", "expected"),),
        """
        SELECT l.lot_id, CASE WHEN s.lot_id IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
        FROM points_lots l LEFT JOIN points_lots s
            ON s.lot_id = l.held_from AND s.sale_id = l.sale_id
        WHERE l.held_from IS NOT NULL
        """,
    ),
)
