"""The invariants of coupons in SQL."""

from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.member_invariants import LED

_BY_MEMBER: Final = """
    SELECT batch_id, member_id, CASE kind WHEN 'claimed' THEN 1 ELSE 0 END AS claimed,
        CASE kind WHEN 'redeemed' THEN 1 WHEN 'restored' THEN -1 ELSE 0 END AS used
    FROM coupon_events WHERE member_id <> 0 AND kind IN ('claimed', 'redeemed', 'restored')
"""
"""What members have claimed and used under their own file. More than one may is what merged files have together."""

COUPONS: Final = (
    Comparison(
        "coupons",
        ("coupon_id",),
        (
            Pair("uses", "uses", "used", "uses of events"),
            Pair("held", "held", "kept", "holds of events"),
            Pair("ended", "ended", "over", "ends of events"),
            Pair("bounded", "uses and holds", "uses_max", "allowed", "<="),
        ),
        """
        SELECT c.coupon_id, c.uses, c.held, c.ended, COALESCE(e.used, 0) AS used, COALESCE(e.kept, 0) AS kept,
            COALESCE(e.over, 0) AS over, c.uses_max, CASE WHEN c.uses_max = 0 THEN 0 ELSE c.uses + c.held END AS bounded
        FROM coupons c LEFT JOIN (
            SELECT coupon_id, SUM(uses) AS used, SUM(held) AS kept, SUM(ended) AS over FROM coupon_events
            GROUP BY coupon_id
        ) e ON e.coupon_id = c.coupon_id
        """,
    ),
    Comparison(
        "coupon_allowances",
        ("batch_id", "member_id"),
        (
            Pair("claims", "claims", "claimed", "claims of events"),
            Pair("uses", "uses", "used", "uses of events"),
            Pair("bounded_claims", "claims", "claims_max", "allowed", "<="),
            Pair("bounded_uses", "uses", "uses_max", "allowed", "<="),
        ),
        f"""
        SELECT a.batch_id, a.member_id, SUM(a.claims) AS claims, SUM(a.uses) AS uses, SUM(a.claimed) AS claimed,
            SUM(a.used) AS used, MAX(b.claims_per_member_max) AS claims_max, MAX(b.uses_per_member_max) AS uses_max,
            CASE WHEN MAX(b.claims_per_member_max) = 0 THEN 0 ELSE SUM(a.claimed * a.own) END AS bounded_claims,
            CASE WHEN MAX(b.uses_per_member_max) = 0 THEN 0 ELSE SUM(a.used * a.own) END AS bounded_uses
        FROM (
            SELECT batch_id, member_id, claims, uses, 0 AS claimed, 0 AS used, 0 AS own FROM coupon_allowances
            UNION ALL
            SELECT batch_id, member_id, 0, 0, claimed, used, 1 FROM (
                {_BY_MEMBER}
            ) AS events
            UNION ALL
            SELECT e.batch_id, l.leader_id, 0, 0, e.claimed, e.used, 0 FROM (
                {_BY_MEMBER}
            ) AS e JOIN ({LED}) l ON l.file_id = e.member_id
        ) a JOIN coupon_batches b ON b.batch_id = a.batch_id
        GROUP BY a.batch_id, a.member_id
        """,
    ),
    Comparison(
        "coupon_counts",
        ("batch_id",),
        (
            Pair("issued", "issued", "entered", "issued by events"),
            Pair("issued", "issued", "made", "coupons"),
            Pair("bounded", "issued", "total_max", "allowed", "<="),
        ),
        """
        SELECT n.batch_id, n.issued, n.total_max, COALESCE(e.entered, 0) AS entered, COALESCE(c.made, 0) AS made,
            CASE WHEN n.total_max = 0 THEN 0 ELSE n.issued END AS bounded
        FROM coupon_counts n
        LEFT JOIN (SELECT batch_id, SUM(issued) AS entered FROM coupon_events GROUP BY batch_id) e
            ON e.batch_id = n.batch_id
        LEFT JOIN (SELECT batch_id, COUNT(*) AS made FROM coupons GROUP BY batch_id) c ON c.batch_id = n.batch_id
        """,
    ),
    Comparison(
        "coupon_holds",
        ("hold_id",),
        (Pair("open_uses", "open", "kept", "holds of events"),),
        """
        SELECT h.hold_id, h.open_uses, COALESCE(e.kept, 0) AS kept FROM coupon_holds h LEFT JOIN (
            SELECT hold_id, SUM(held) AS kept FROM coupon_events WHERE hold_id <> 0 GROUP BY hold_id
        ) e ON e.hold_id = h.hold_id
        """,
    ),
    Comparison(
        "coupon_events",
        ("document_id", "coupon_id"),
        (
            Pair("uses", "uses", "one", "allowed in one sale", "<="),
            Pair("zero", "least", "uses", "uses", "<="),
            Pair("found", "sales", "one", "expected"),
        ),
        """
        SELECT e.document_id, e.coupon_id, SUM(CASE e.kind WHEN 'redeemed' THEN 1 WHEN 'restored' THEN -1 ELSE 0 END)
            AS uses, 1 AS one, 0 AS zero, MAX(CASE WHEN s.sale_id IS NULL THEN 0 ELSE 1 END) AS found
        FROM coupon_events e LEFT JOIN sales s ON s.sale_id = e.document_id
        WHERE e.document_id <> 0 AND e.kind IN ('redeemed', 'restored') GROUP BY e.document_id, e.coupon_id
        """,
    ),
)
