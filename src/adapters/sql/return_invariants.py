"""What must hold of returns in SQL, beyond what holds of every refund."""

from collections.abc import Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.inventory.stock import MovementReason
from domain.sales.sale import TenderKind

_ELSEWHERE: Final = Comparison(
    "returns_elsewhere",
    ("sale_id",),
    (
        Pair("revenue", "revenue", "earned", "net less deferral of lines"),
        Pair("tax", "tax", "taxed", "tax of lines"),
        Pair("cost", "cost", "lines_cost", "cost of lines less gifts"),
        Pair("owed", "owed", "paid", "paid less points kept back and cost of lines"),
        Pair("fitting", "refunds of that store and date", "expected", "expected"),
    ),
    f"""
    SELECT r.sale_id, r.revenue_minor AS revenue, -l.net + l.deferred AS earned, r.tax_minor AS tax, -l.tax AS taxed,
        r.cost_minor AS cost, -l.cost - COALESCE(g.given, 0) AS lines_cost, r.owed_minor AS owed,
        -l.net - l.tax + l.cost + COALESCE(t.kept, 0) AS paid, 1 AS expected,
        CASE WHEN s.store_id = r.store_id AND s.business_date = r.business_date AND s.stored_at = r.posted_at
            THEN 1 ELSE 0 END AS fitting
    FROM returns_elsewhere r
    LEFT JOIN sales s ON s.sale_id = r.sale_id
    LEFT JOIN (
        SELECT sale_id, SUM(net_minor) AS net, SUM(tax_minor) AS tax, SUM(cost_minor) AS cost,
            SUM(deferred_minor) AS deferred
        FROM sale_lines GROUP BY sale_id
    ) l ON l.sale_id = r.sale_id
    LEFT JOIN (
        SELECT document_id, SUM(value_minor) AS given FROM stock_movements
        WHERE reason = '{MovementReason.GIFT_RETURN}' GROUP BY document_id
    ) g ON g.document_id = r.sale_id
    LEFT JOIN (
        SELECT sale_id, SUM(amount_minor) AS kept FROM sale_tenders
        WHERE kind = '{TenderKind.POINTS_SHORTFALL}' GROUP BY sale_id
    ) t ON t.sale_id = r.sale_id
    """,
)

RETURNS: Final[Sequence[Comparison]] = (_ELSEWHERE,)
