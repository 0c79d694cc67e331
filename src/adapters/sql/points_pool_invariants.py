"""The invariants of points that members of a pool hand on, in SQL, as those of invariants.py are."""

from collections.abc import Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.loyalty.ledger import PointsReason

DOCUMENTS: Final = """
    SELECT t.transfer_id, 'points_transfer', t.store_id, t.business_date, s.currency, '', 'PointsTransferred'
    FROM points_transfers t JOIN stores s ON s.store_id = t.store_id
"""
"""What has a journal entry."""

POOLS: Final[Sequence[Comparison]] = (
    Comparison(
        "points_transfers",
        ("transfer_id",),
        (
            Pair("points", "points", "given", "points that left the one"),
            Pair("points", "points", "taken", "points that came to the other"),
            Pair("value", "value", "given_value", "value that left the one"),
            Pair("value", "value", "taken_value", "value that came to the other"),
        ),
        f"""
        SELECT transfer_id, SUM(points) AS points, SUM(value) AS value, SUM(given) AS given, SUM(taken) AS taken,
            SUM(given_value) AS given_value, SUM(taken_value) AS taken_value
        FROM (
            SELECT transfer_id, points, value_minor AS value, 0 AS given, 0 AS taken, 0 AS given_value,
                0 AS taken_value
            FROM points_transfers
            UNION ALL
            SELECT e.sale_id, 0, 0, CASE WHEN e.member_id = t.member_id THEN -e.points ELSE 0 END,
                CASE WHEN e.member_id = t.to_member_id THEN e.points ELSE 0 END,
                CASE WHEN e.member_id = t.member_id THEN -e.value_minor ELSE 0 END,
                CASE WHEN e.member_id = t.to_member_id THEN e.value_minor ELSE 0 END
            FROM points_entries e LEFT JOIN points_transfers t ON t.transfer_id = e.sale_id
            WHERE e.reason = '{PointsReason.TRANSFERRED}'
        ) AS parts GROUP BY transfer_id
        """,
    ),
    Comparison(
        "points_entries",
        ("entry_id",),
        (Pair("found", "transfers of this member", "expected", "expected"),),
        f"""
        SELECT e.entry_id, 1 AS expected,
            CASE WHEN e.member_id = t.member_id OR e.member_id = t.to_member_id THEN 1 ELSE 0 END AS found
        FROM points_entries e LEFT JOIN points_transfers t ON t.transfer_id = e.sale_id
        WHERE e.reason = '{PointsReason.TRANSFERRED}'
        """,
    ),
    Comparison(
        "points_pool_members",
        ("member_id",),
        (Pair("found", "owners in their own pool", "expected", "expected"),),
        """
        SELECT m.member_id, CASE WHEN o.member_id IS NULL THEN 0 ELSE 1 END AS found, 1 AS expected
        FROM points_pool_members m LEFT JOIN points_pool_members o
            ON o.member_id = m.owner_id AND o.owner_id = m.owner_id
        """,
    ),
    Comparison(
        "points_pool_members",
        ("member_id", "owner_id"),
        (Pair("there", "members", "joined", "joined less left"),),
        """
        SELECT member_id, owner_id, SUM(there) AS there, SUM(joined) AS joined FROM (
            SELECT member_id, owner_id, 1 AS there, 0 AS joined FROM points_pool_members
            UNION ALL
            SELECT member_id, owner_id, 0, CASE kind WHEN 'joined' THEN 1 ELSE -1 END FROM points_pool_events
        ) AS parts GROUP BY member_id, owner_id
        """,
    ),
    Comparison(
        "points_pool_spendings",
        ("sale_id", "member_id"),
        (
            Pair("spent", "points", "moved", "points of entries"),
            Pair("spender", "spender", "buyer", "buyer"),
        ),
        # What pays for a sale of somebody else, and what comes back to others than the buyer.
        f"""
        SELECT sale_id, member_id, SUM(spent) AS spent, SUM(moved) AS moved, MAX(spender) AS spender,
            MAX(buyer) AS buyer
        FROM (
            SELECT p.sale_id, p.member_id, p.points AS spent, 0 AS moved, p.spender_id AS spender,
                COALESCE(o.member_id, s.member_id) AS buyer
            FROM points_pool_spendings p
            LEFT JOIN sales s ON s.sale_id = p.sale_id
            LEFT JOIN sales o ON o.sale_id = s.original_sale_id
            UNION ALL
            SELECT e.sale_id, e.member_id, 0, -e.points, NULL, NULL
            FROM points_entries e JOIN sales s ON s.sale_id = e.sale_id
            WHERE e.reason IN ('{PointsReason.REDEEMED}', '{PointsReason.REDEEM_REVERSED}')
                AND e.member_id <> s.member_id
        ) AS parts GROUP BY sale_id, member_id
        """,
    ),
)
