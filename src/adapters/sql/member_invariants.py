"""The invariants of the member file: cards, and the keys that lead to members."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

MEMBER_COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "MEM-cards": (
        Comparison(
            "member_cards",
            ("member_id",),
            (
                Pair("active", "active cards", "led", "active cards with their row of member_keys"),
                Pair("keyed", "rows of member_keys", "led", "active cards with their row of member_keys"),
                Pair("fits", "cards as their last event says", "cards", "cards with events"),
            ),
            """
        SELECT member_id, SUM(active) AS active, SUM(led) AS led, SUM(keyed) AS keyed, SUM(cards) AS cards,
            SUM(fits) AS fits
        FROM (
            SELECT c.member_id, CASE WHEN c.state = 'active' THEN 1 ELSE 0 END AS active,
                CASE WHEN c.state = 'active' AND k.member_id = c.member_id THEN 1 ELSE 0 END AS led, 0 AS keyed,
                CASE WHEN e.kind IS NULL THEN 0 ELSE 1 END AS cards,
                CASE e.kind WHEN 'blocked' THEN CASE WHEN c.state = 'blocked' THEN 1 ELSE 0 END
                    WHEN 'replaced' THEN CASE WHEN c.state = 'replaced' THEN 1 ELSE 0 END
                    WHEN 'issued' THEN CASE WHEN c.state = 'active' THEN 1 ELSE 0 END
                    WHEN 'unblocked' THEN CASE WHEN c.state = 'active' THEN 1 ELSE 0 END
                    ELSE 0 END AS fits
            FROM member_cards c
            LEFT JOIN member_keys k ON k.key_digest = c.card_digest AND k.kind = 'card'
            LEFT JOIN member_card_events e ON e.card_digest = c.card_digest AND e.event_id = (
                SELECT l.event_id FROM member_card_events l WHERE l.card_digest = c.card_digest
                ORDER BY l.at DESC, l.event_id DESC LIMIT 1
            )
            UNION ALL SELECT member_id, 0, 0, 1, 0, 0 FROM member_keys WHERE kind = 'card'
        ) AS parts GROUP BY member_id
        """,
        ),
        Comparison(
            "members",
            ("member_id",),
            (
                Pair("types", "types of active cards", "told", "segments of cards"),
                Pair("types", "types of active cards", "found", "segments of these types"),
            ),
            """
        SELECT m.member_id, COALESCE(t.types, 0) AS types, COALESCE(t.found, 0) AS found,
            (LENGTH(CAST(m.segments AS TEXT)) - LENGTH(REPLACE(CAST(m.segments AS TEXT), '"card:', ''))) / 6 AS told
        FROM members m LEFT JOIN (
            SELECT c.member_id, COUNT(*) AS types,
                SUM(CASE WHEN CAST(o.segments AS TEXT) LIKE '%"card:' || c.card_type || '"%' THEN 1 ELSE 0 END) AS found
            FROM (
                SELECT DISTINCT member_id, card_type FROM member_cards WHERE state = 'active' AND card_type <> ''
            ) AS c JOIN members o ON o.member_id = c.member_id GROUP BY c.member_id
        ) AS t ON t.member_id = m.member_id
        """,
        ),
    ),
}
