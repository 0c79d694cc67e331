"""What must hold of follow-ups in SQL: each is where its entries lead, and was opened for a member."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

FOLLOW_UPS: Final = (
    Comparison(
        "follow_ups",
        ("follow_up_id",),
        (
            Pair("entries", "entries", "made", "rows of follow_up_entries"),
            Pair("entries", "entries", "highest", "highest number"),
            Pair("agrees", "as its last entry says", "expected", "expected"),
            Pair("known", "members", "expected", "expected"),
        ),
        """
        SELECT f.follow_up_id, f.entries, COALESCE(n.made, 0) AS made, COALESCE(n.highest, 0) AS highest, 1 AS expected,
            CASE WHEN (f.state = 'closed') = (e.kind = 'closed') AND (f.state = 'closed') = (f.closed_at IS NOT NULL)
                AND (f.state = 'closed') = (f.outcome <> '') AND (e.kind <> 'claimed' OR f.staff_id IS NOT NULL)
                THEN 1 ELSE 0 END AS agrees,
            CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END AS known
        FROM follow_ups f
        LEFT JOIN (
            SELECT follow_up_id, COUNT(*) AS made, MAX(number) AS highest FROM follow_up_entries GROUP BY follow_up_id
        ) AS n ON n.follow_up_id = f.follow_up_id
        LEFT JOIN follow_up_entries e ON e.follow_up_id = f.follow_up_id AND e.number = f.entries
        LEFT JOIN members m ON m.member_id = f.member_id
        """,
    ),
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"CARE-follow-ups": FOLLOW_UPS}
