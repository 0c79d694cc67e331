"""What must hold of members' life cycles in SQL: the state is where the history leads, and whom to watch follows it."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

LIFECYCLES: Final = (
    Comparison(
        "member_lifecycles",
        ("member_id",),
        (
            Pair("entries", "entries", "made", "rows of lifecycle_entries"),
            Pair("entries", "entries", "highest", "highest number"),
            Pair("agrees", "state and date as in the last entry", "expected", "expected"),
            Pair("watches", "watched as the state says", "expected", "expected"),
        ),
        # A file that was merged has no account; its state stays as it was. When that is undone it has a new one, which
        # the next run makes what it says here: a note names it.
        """
        SELECT l.member_id, l.entries, COALESCE(h.made, 0) AS made, COALESCE(h.highest, 0) AS highest, 1 AS expected,
            CASE WHEN l.state = e.to_state AND l.since_on = e.since_on THEN 1 ELSE 0 END AS agrees,
            CASE WHEN a.member_id IS NULL OR n.member_id IS NOT NULL OR a.watched = (l.state <> 'active')
                THEN 1 ELSE 0 END AS watches
        FROM member_lifecycles l
        LEFT JOIN (
            SELECT member_id, COUNT(*) AS made, MAX(number) AS highest FROM lifecycle_entries GROUP BY member_id
        ) h ON h.member_id = l.member_id
        LEFT JOIN lifecycle_entries e ON e.member_id = l.member_id AND e.number = l.entries
        LEFT JOIN points_accounts a ON a.member_id = l.member_id
        LEFT JOIN (SELECT DISTINCT member_id FROM lifecycle_notes) n ON n.member_id = l.member_id
        """,
    ),
    Comparison(
        "lifecycle_entries",
        ("member_id", "number"),
        (Pair("follows", "from the state before", "expected", "expected"),),
        """
        SELECT e.member_id, e.number, 1 AS expected,
            CASE WHEN e.from_state = COALESCE(p.to_state, '') AND e.from_state <> e.to_state THEN 1 ELSE 0 END
                AS follows
        FROM lifecycle_entries e
        LEFT JOIN lifecycle_entries p ON p.member_id = e.member_id AND p.number = e.number - 1
        """,
    ),
    Comparison(
        "members",
        ("member_id",),
        (Pair("noted", "decided about, or noted for the next run", "expected", "expected"),),
        """
        SELECT m.member_id, 1 AS expected,
            CASE WHEN l.member_id IS NULL AND n.member_id IS NULL THEN 0 ELSE 1 END AS noted
        FROM members m
        LEFT JOIN member_lifecycles l ON l.member_id = m.member_id
        LEFT JOIN (SELECT DISTINCT member_id FROM lifecycle_notes) n ON n.member_id = m.member_id
        WHERE m.merged_into IS NULL
        """,
    ),
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"MEM-lifecycle": LIFECYCLES}
