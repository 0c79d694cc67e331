"""What must hold of service cases in SQL: each is where its entries lead."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

CASES: Final = (
    Comparison(
        "service_cases",
        ("case_id",),
        (
            Pair("entries", "entries", "made", "rows of case_entries"),
            Pair("entries", "entries", "highest", "highest number"),
            Pair("agrees", "as its last entry says", "expected", "expected"),
        ),
        """
        SELECT c.case_id, c.entries, COALESCE(n.made, 0) AS made, COALESCE(n.highest, 0) AS highest, 1 AS expected,
            CASE WHEN (c.state = 'open' AND e.kind = 'opened' OR c.state <> 'open' AND c.state = e.kind)
                AND (c.state = 'closed') = (c.closed_at IS NOT NULL)
                AND (c.state = 'open') = (c.first_answered_at IS NULL) THEN 1 ELSE 0 END AS agrees
        FROM service_cases c
        LEFT JOIN (
            SELECT case_id, COUNT(*) AS made, MAX(number) AS highest FROM case_entries GROUP BY case_id
        ) AS n ON n.case_id = c.case_id
        LEFT JOIN case_entries e ON e.case_id = c.case_id AND e.number = c.entries
        """,
    ),
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"CARE": CASES}
