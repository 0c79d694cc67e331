"""What must hold of tiers in SQL: a member's tier is where its history leads."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.member_invariants import LED

TIERS: Final = (
    Comparison(
        "members",
        ("member_id",),
        (
            Pair("tier_entries", "tier_entries", "made", "rows of tier_entries"),
            Pair("tier_entries", "tier_entries", "highest", "highest number"),
            Pair("agrees", "tier and end as in the last entry", "expected", "expected"),
        ),
        """
        SELECT m.member_id, m.tier_entries, COALESCE(h.made, 0) AS made, COALESCE(h.highest, 0) AS highest,
            CASE WHEN m.tier = COALESCE(e.to_tier, '') AND (m.tier_until = e.valid_until
                OR m.tier_until IS NULL AND e.valid_until IS NULL) THEN 1 ELSE 0 END AS agrees, 1 AS expected
        FROM members m
        LEFT JOIN (
            SELECT member_id, COUNT(*) AS made, MAX(number) AS highest FROM tier_entries GROUP BY member_id
        ) h ON h.member_id = m.member_id
        LEFT JOIN tier_entries e ON e.member_id = m.member_id AND e.number = m.tier_entries
        """,
    ),
    Comparison(
        "tier_entries",
        ("member_id", "number"),
        (Pair("follows", "from the tier before", "expected", "expected"),),
        """
        SELECT e.member_id, e.number, 1 AS expected,
            CASE WHEN e.from_tier = COALESCE(p.to_tier, '') THEN 1 ELSE 0 END AS follows
        FROM tier_entries e LEFT JOIN tier_entries p ON p.member_id = e.member_id AND p.number = e.number - 1
        """,
    ),
    Comparison(
        "birthday_coupons",
        ("member_id", "year"),
        (Pair("made", "coupons of birthdays", "issued", "coupons issued"),),
        """
        SELECT b.member_id, b.year, 1 AS made, CASE WHEN c.coupon_id IS NULL THEN 0 ELSE 1 END AS issued
        FROM birthday_coupons b LEFT JOIN coupons c ON c.coupon_id = b.coupon_id
        """,
    ),
    Comparison(
        "members",
        ("member_id",),
        (Pair("found", "digests of birthdays", "known", "birthdays"),),
        """
        SELECT member_id, 1 AS found, CASE WHEN birthday_cipher IS NULL THEN 0 ELSE 1 END AS known
        FROM members WHERE birthday_digest IS NOT NULL
        """,
    ),
    Comparison(
        "benefit_counts",
        ("member_id", "benefit_code", "month"),
        (Pair("used", "used", "made", "rows of benefit_uses"),),
        f"""
        SELECT c.member_id, c.benefit_code, c.month, c.used, COALESCE(u.made, 0) AS made
        FROM benefit_counts c LEFT JOIN (
            SELECT member_id, benefit_code, month, COUNT(*) AS made FROM (
                SELECT member_id, benefit_code, month FROM benefit_uses
                UNION ALL SELECT l.leader_id, b.benefit_code, b.month
                FROM benefit_uses b JOIN ({LED}) l ON l.file_id = b.member_id
            ) AS parts GROUP BY member_id, benefit_code, month
        ) u ON u.member_id = c.member_id AND u.benefit_code = c.benefit_code AND u.month = c.month
        """,
    ),
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"LVL": TIERS}
