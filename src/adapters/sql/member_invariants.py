"""The invariants of the member file: cards, and the keys that lead to members."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.loyalty.ledger import PointsReason

LED: Final = """
    WITH RECURSIVE led(file_id, leader_id) AS (
        SELECT merged_id, survivor_id FROM member_merges WHERE undone_at IS NULL
        UNION ALL
        SELECT led.file_id, m.survivor_id FROM led JOIN member_merges m
            ON m.merged_id = led.leader_id AND m.undone_at IS NULL
    )
    SELECT file_id, leader_id FROM led
"""
"""Every file that is merged, with each of the members that it leads to: what it did counts for them."""

EVER_LED: Final = """
    WITH RECURSIVE led(file_id, leader_id) AS (
        SELECT merged_id, survivor_id FROM member_merges
        UNION
        SELECT led.file_id, m.survivor_id FROM led JOIN member_merges m ON m.merged_id = led.leader_id
    )
    SELECT file_id, leader_id FROM led
"""
"""As LED, merges that were undone included: what was done meanwhile stays where it was done."""

DOCUMENTS: Final = f"""
    SELECT DISTINCT m.document_id, 'member_merge', e.store_id, e.business_date, s.currency, '', m.topic
    FROM (
        SELECT merge_id AS document_id, 'MembersMerged' AS topic FROM member_merges
        UNION ALL SELECT undo_id, 'MemberMergeUndone' FROM member_merges WHERE undo_id IS NOT NULL
    ) m
    JOIN points_entries e ON e.sale_id = m.document_id
    JOIN stores s ON s.store_id = e.store_id
    WHERE e.reason IN ('{PointsReason.REPAID}', '{PointsReason.REPAY_REVERSED}')
"""
"""Merges that repaid what was owed: what has a journal entry. All else is owed by the same stores after a merge."""

_KNOWN: Final = "COALESCE({}) IS NOT NULL OR m.sex <> ''".format(
    ", ".join(
        f"m.{name}"
        for name in (
            "name_cipher", "phone_cipher", "birthday_cipher", "occupation_cipher", "email_cipher", "birthday_digest",
            "email_digest", "person_digest",
        )
    )
)  # fmt: skip

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
    "MEM-merges": (
        # A file stands for itself and has an account, or leads to one that does and holds nothing.
        Comparison(
            "members",
            ("member_id",),
            (
                Pair("accounts", "accounts", "standing", "1 unless it is merged"),
                Pair("merges", "merges that hold", "led", "1 where it is merged"),
                Pair(
                    "held",
                    "keys, cards, lots, coupons, accounts, times cards and pools of a merged file",
                    "zero",
                    "expected",
                ),
                Pair("onward", "merged files that it leads to", "zero", "expected"),
            ),
            """
        SELECT m.member_id, CASE WHEN a.member_id IS NULL THEN 0 ELSE 1 END AS accounts,
            CASE WHEN m.merged_into IS NULL THEN 1 ELSE 0 END AS standing,
            CASE WHEN m.merged_into IS NULL THEN 0 ELSE 1 END AS led, COALESCE(h.merges, 0) AS merges,
            CASE WHEN o.merged_into IS NULL THEN 0 ELSE 1 END AS onward, COALESCE(k.held, 0) AS held, 0 AS zero
        FROM members m
        LEFT JOIN points_accounts a ON a.member_id = m.member_id
        LEFT JOIN members o ON o.member_id = m.merged_into
        LEFT JOIN (
            SELECT merged_id, COUNT(*) AS merges FROM member_merges WHERE undone_at IS NULL GROUP BY merged_id
        ) h ON h.merged_id = m.member_id
        LEFT JOIN (
            SELECT member_id, COUNT(*) AS held FROM (
                SELECT member_id FROM member_keys UNION ALL SELECT member_id FROM member_cards
                UNION ALL SELECT member_id FROM points_lots WHERE points <> 0
                UNION ALL SELECT member_id FROM stored_value_accounts
                UNION ALL SELECT member_id FROM times_cards WHERE uses_left > 0
                UNION ALL SELECT member_id FROM credit_accounts WHERE owed_minor <> 0 OR limit_minor <> 0
                UNION ALL SELECT member_id FROM points_pool_members
                UNION ALL SELECT member_id FROM coupons WHERE ended = 0 AND member_id <> 0
            ) AS parts GROUP BY member_id
        ) k ON k.member_id = m.member_id AND m.merged_into IS NOT NULL
        """,
        ),
        # What a merge or its undoing moves leaves one member and comes to the other, in the same store.
        Comparison(
            "member_merges",
            ("document_id", "store_id"),
            (
                Pair("found", "merges", "expected", "expected"),
                Pair("points", "points", "zero", "expected"),
                Pair("value", "value of points", "zero", "expected"),
                Pair("principal", "principal", "zero", "expected"),
                Pair("bonus", "bonus", "zero", "expected"),
                Pair("owed", "owed on account", "zero", "expected"),
            ),
            """
        SELECT e.document_id, e.store_id, 1 AS expected, 0 AS zero, SUM(e.points) AS points, SUM(e.value) AS value,
            SUM(e.principal) AS principal, SUM(e.bonus) AS bonus, SUM(e.owed) AS owed,
            MAX(CASE WHEN d.store_id = e.store_id THEN 1 ELSE 0 END) AS found
        FROM (
            SELECT sale_id AS document_id, store_id, points, value_minor AS value, 0 AS principal, 0 AS bonus, 0 AS owed
            FROM points_entries WHERE reason IN ('merged_out', 'merged_in')
            UNION ALL
            SELECT document_id, store_id, 0, 0, principal_minor, bonus_minor, 0
            FROM stored_value_entries WHERE reason IN ('merged_out', 'merged_in')
            UNION ALL
            SELECT document_id, store_id, 0, 0, 0, 0, owed_minor
            FROM credit_entries WHERE reason IN ('merged_out', 'merged_in')
        ) e
        LEFT JOIN (
            SELECT merge_id AS document_id, store_id FROM member_merges
            UNION ALL SELECT undo_id, store_id FROM member_merges WHERE undo_id IS NOT NULL
        ) d ON d.document_id = e.document_id
        GROUP BY e.document_id, e.store_id
        """,
        ),
    ),
    "MEM-consents": (
        Comparison(
            "consents",
            ("member_id", "purpose"),
            (
                Pair("number", "number of the state", "entries", "entries"),
                Pair("number", "number of the state", "last", "number of the last entry"),
                Pair("given", "given", "said", "given by the last entry"),
            ),
            """
        SELECT k.member_id, k.purpose, COALESCE(c.number, 0) AS number, COALESCE(e.entries, 0) AS entries,
            COALESCE(e.last, 0) AS last, CASE WHEN c.given THEN 1 ELSE 0 END AS given,
            CASE WHEN l.given THEN 1 ELSE 0 END AS said
        FROM (
            SELECT member_id, purpose FROM consents UNION SELECT member_id, purpose FROM consent_entries
        ) AS k
        LEFT JOIN consents c ON c.member_id = k.member_id AND c.purpose = k.purpose
        LEFT JOIN (
            SELECT member_id, purpose, COUNT(*) AS entries, MAX(number) AS last FROM consent_entries
            GROUP BY member_id, purpose
        ) e ON e.member_id = k.member_id AND e.purpose = k.purpose
        LEFT JOIN consent_entries l ON l.member_id = k.member_id AND l.purpose = k.purpose AND l.number = e.last
        """,
        ),
    ),
    # Of an erased file there is a record, and nothing else that tells who it was or leads to it.
    "MEM-erased": (
        Comparison(
            "members",
            ("member_id",),
            (
                Pair("recorded", "records of the erasure", "expected", "expected"),
                Pair("keys", "data keys, keys, cards, attributes and addresses", "zero", "expected"),
                Pair("known", "fields of the person and digests", "zero", "expected"),
            ),
            f"""
        SELECT m.member_id, 1 AS expected, 0 AS zero, CASE WHEN e.member_id IS NULL THEN 0 ELSE 1 END AS recorded,
            COALESCE(k.found, 0) AS keys, CASE WHEN {_KNOWN} THEN 1 ELSE 0 END AS known
        FROM members m
        LEFT JOIN member_erasures e ON e.member_id = m.member_id
        LEFT JOIN (
            SELECT member_id, COUNT(*) AS found FROM (
                SELECT member_id FROM member_data_keys UNION ALL SELECT member_id FROM member_keys
                UNION ALL SELECT member_id FROM member_cards UNION ALL SELECT member_id FROM member_attribute_values
                UNION ALL SELECT member_id FROM order_addresses
                WHERE member_id IS NOT NULL AND LENGTH(address_cipher) > 0
                UNION ALL SELECT member_id FROM shipments
                WHERE member_id IS NOT NULL AND LENGTH(address_cipher) + LENGTH(label_cipher) > 0
            ) AS parts GROUP BY member_id
        ) k ON k.member_id = m.member_id
        WHERE m.erased_at IS NOT NULL
        """,
        ),
    ),
}
