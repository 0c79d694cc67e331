"""The invariants of activities that earn points in SQL, as those of invariants.py are."""

from collections.abc import Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.loyalty.ledger import PointsReason

ACTIVITIES: Final[Sequence[Comparison]] = (
    Comparison(
        "points_activities",
        ("activity_id",),
        (
            Pair("given", "given points", "recorded", "points of activity_records"),
            Pair("bounded", "given points of a budget", "budget", "budget", "<="),
        ),
        """
        SELECT a.activity_id, SUM(a.given) AS given, SUM(a.recorded) AS recorded, MAX(a.budget) AS budget,
            CASE WHEN MAX(a.budget) = 0 THEN 0 ELSE SUM(a.recorded) END AS bounded
        FROM (
            SELECT activity_id, given_points AS given, points_budget AS budget, 0 AS recorded FROM points_activities
            UNION ALL SELECT activity_id, 0, 0, points + new_member_points FROM activity_records
        ) a GROUP BY a.activity_id
        """,
    ),
    Comparison(
        "activity_records",
        ("record_id",),
        (
            Pair("points", "points", "given", "points of points_entries"),
            Pair("value", "value", "given_value", "value of points_entries"),
            Pair("found", "members, subjects and stores", "expected", "expected"),
        ),
        f"""
        SELECT r.record_id, r.points + r.new_member_points AS points, r.value_minor AS value,
            COALESCE(g.points, 0) AS given, COALESCE(g.value_minor, 0) AS given_value, 3 AS expected,
            CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END + CASE WHEN n.member_id IS NULL THEN 0 ELSE 1 END
                + CASE WHEN s.store_id IS NULL THEN 0 ELSE 1 END AS found
        FROM activity_records r
        LEFT JOIN members m ON m.member_id = r.member_id
        LEFT JOIN members n ON n.member_id = r.subject_id
        LEFT JOIN stores s ON s.store_id = r.store_id
        LEFT JOIN (
            SELECT sale_id, SUM(points) AS points, SUM(value_minor) AS value_minor FROM points_entries
            WHERE reason = '{PointsReason.AWARDED}' GROUP BY sale_id
        ) g ON g.sale_id = r.record_id
        """,
    ),
)
