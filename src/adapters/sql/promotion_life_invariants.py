"""The invariants of promotions: what sells, and what their lives say of it."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

_LAST_STEP: Final = """
    SELECT code, number, kind FROM promotion_steps s
    WHERE kind IN ('published', 'put', 'paused', 'resumed', 'ended') AND number = (
        SELECT MAX(number) FROM promotion_steps o
        WHERE o.code = s.code AND o.kind IN ('published', 'put', 'paused', 'resumed', 'ended')
    )
"""

PROMOTION_LIFE_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "PRM-life": (
        Comparison(
            "promotion_lives",
            ("code",),
            (
                Pair("sells", "gives", "published", "published"),
                Pair("steps", "steps", "counted", "rows of promotion_steps"),
                Pair("fits", "standing as its last step says", "expected", "expected"),
            ),
            # Terms that are not paused leave the word out; those that are published may have been put as paused ones.
            f"""
        SELECT l.code, l.steps, COALESCE(c.counted, 0) AS counted, 1 AS expected,
            CASE WHEN p.code IS NOT NULL AND (p.terms ->> 'paused') IS NULL THEN 1 ELSE 0 END AS sells,
            CASE WHEN l.standing = 'published' THEN 1 ELSE 0 END AS published,
            CASE COALESCE(k.kind, 'drafted')
                WHEN 'drafted' THEN CASE WHEN l.standing = 'unpublished' THEN 1 ELSE 0 END
                WHEN 'ended' THEN CASE WHEN l.standing = 'ended' THEN 1 ELSE 0 END
                WHEN 'paused' THEN CASE WHEN l.standing = 'paused' THEN 1 ELSE 0 END
                WHEN 'resumed' THEN CASE WHEN l.standing = 'published' THEN 1 ELSE 0 END
                ELSE CASE WHEN l.standing IN ('published', 'paused') THEN 1 ELSE 0 END
            END AS fits
        FROM promotion_lives l
        LEFT JOIN promotions p ON p.code = l.code
        LEFT JOIN ({_LAST_STEP}) k ON k.code = l.code
        LEFT JOIN (SELECT code, COUNT(*) AS counted FROM promotion_steps GROUP BY code) c ON c.code = l.code
        """,
        ),
        Comparison(
            "promotions",
            ("code",),
            (Pair("found", "rows of promotion_lives", "expected", "expected"),),
            """
        SELECT p.code, CASE WHEN l.code IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
        FROM promotions p LEFT JOIN promotion_lives l ON l.code = p.code
        """,
        ),
    ),
}
