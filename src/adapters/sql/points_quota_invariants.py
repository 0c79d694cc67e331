"""The invariants of quotas of points in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from application.points_quotas import SUBJECTS
from domain.sales.sale import SaleKind

_SUBJECT: Final = (
    "CASE place " + " ".join(f"WHEN '{place}' THEN '{subject}'" for place, subject in SUBJECTS.items()) + " END"
)
QUOTA_ENTRIES: Final = (
    f"SELECT {_SUBJECT}, 0, month, code, 0, 0, 0, points, 0, 0 FROM points_quota_uses WHERE points <> 0"
)
"""The counters that the entries move, in the shape of those of promotions: their sums are compared together."""

POINTS_QUOTA_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "PTS-quotas": (
        Comparison(
            "points_quota_uses",
            ("place", "code", "month"),
            (Pair("issued", "points issued", "most", "the quota and what is marked", "<="),),
            """
            SELECT place, code, month, SUM(points) AS issued,
                MAX(CASE WHEN points > 0 THEN quota_points ELSE 0 END)
                + SUM(CASE WHEN beyond THEN points ELSE 0 END) AS most
            FROM points_quota_uses GROUP BY place, code, month
            """,
        ),
        Comparison(
            "points_quota_uses",
            ("sale_id", "place"),
            (Pair("issued", "points issued", "earned", "points of the sale and its returns"),),
            f"""
            SELECT o.sale_id, o.place, SUM(u.points) AS issued, SUM(s.points_earned) AS earned
            FROM points_quota_uses o
            JOIN sales sold ON sold.sale_id = o.sale_id AND sold.kind = '{SaleKind.SALE}'
            JOIN sales s ON s.sale_id = sold.sale_id OR s.original_sale_id = sold.sale_id
            LEFT JOIN points_quota_uses u ON u.sale_id = s.sale_id AND u.place = o.place
            GROUP BY o.sale_id, o.place
            """,
        ),
    ),
}
