"""The invariants of rewards in SQL, as those of invariants.py are."""

from collections.abc import Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.inventory.stock import MovementReason
from domain.loyalty.ledger import PointsReason

DOCUMENTS: Final = """
    SELECT r.redemption_id, CASE r.reverses_id WHEN 0 THEN 'reward_redemption' ELSE 'reward_cancellation' END,
        r.store_id, r.business_date, s.currency, '',
        CASE r.reverses_id WHEN 0 THEN 'RewardRedeemed' ELSE 'RewardCancelled' END
    FROM reward_redemptions r JOIN stores s ON s.store_id = r.store_id
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

REWARDS: Final[Sequence[Comparison]] = (
    Comparison(
        "reward_redemptions",
        ("redemption_id",),
        (
            Pair("points", "points", "taken", "points of points_entries"),
            Pair("value", "value", "taken_value", "value of points_entries"),
            Pair("quantity", "goods, in thousandths", "moved", "goods of stock_movements"),
            Pair("cost", "cost", "moved_value", "value of stock_movements"),
            Pair("coupons", "coupons", "issued", "issued coupons"),
            Pair("found", "members, stores and rewards", "expected", "expected"),
        ),
        # A correction of the stock's value belongs to the goods that were there, not to those that came back.
        f"""
        SELECT r.redemption_id, r.points, r.value_minor AS value, r.quantity_milli AS quantity, r.cost_minor AS cost,
            COALESCE(p.points, 0) AS taken, COALESCE(p.value_minor, 0) AS taken_value,
            COALESCE(g.quantity, 0) AS moved, COALESCE(g.value_minor, 0) AS moved_value,
            CASE WHEN r.coupon_id <> 0 AND r.reverses_id = 0 THEN 1 ELSE 0 END AS coupons,
            COALESCE(c.issued, 0) AS issued, 3 AS expected,
            CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END + CASE WHEN s.store_id IS NULL THEN 0 ELSE 1 END
                + CASE WHEN w.reward_id IS NULL THEN 0 ELSE 1 END AS found
        FROM reward_redemptions r
        LEFT JOIN members m ON m.member_id = r.member_id
        LEFT JOIN stores s ON s.store_id = r.store_id
        LEFT JOIN points_rewards w ON w.reward_id = r.reward_id
        LEFT JOIN (
            SELECT sale_id, -SUM(points) AS points, -SUM(value_minor) AS value_minor FROM points_entries
            WHERE reason IN ('{PointsReason.REDEEMED}', '{PointsReason.REDEEM_REVERSED}') GROUP BY sale_id
        ) p ON p.sale_id = r.redemption_id
        LEFT JOIN (
            SELECT document_id, -SUM(quantity_milli) AS quantity, -SUM(value_minor) AS value_minor FROM stock_movements
            WHERE reason IN ('{MovementReason.GIFT}', '{MovementReason.GIFT_RETURN}') GROUP BY document_id
        ) g ON g.document_id = r.redemption_id
        LEFT JOIN (
            SELECT document_id, SUM(issued) AS issued FROM coupon_events WHERE document_id <> 0 GROUP BY document_id
        ) c ON c.document_id = r.redemption_id
        """,
    ),
    Comparison(
        "reward_redemptions",
        ("redemption_id",),
        (Pair("parts", "what is undone with what undoes it", "zero", "expected"),),
        """
        SELECT u.redemption_id, 0 AS zero, ABS(u.points + r.points) + ABS(u.value_minor + r.value_minor)
            + ABS(u.quantity_milli + r.quantity_milli) + ABS(u.cost_minor + r.cost_minor) + ABS(u.times + r.times)
            AS parts
        FROM reward_redemptions u
        LEFT JOIN reward_redemptions r ON r.redemption_id = u.reverses_id AND r.member_id = u.member_id
        WHERE u.reverses_id <> 0
        """,
    ),
)
