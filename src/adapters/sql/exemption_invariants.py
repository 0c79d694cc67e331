"""What must hold of sales without taxes in SQL."""

from collections.abc import Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.sales.sale import SaleKind

EXEMPTIONS: Final[Sequence[Comparison]] = (
    Comparison(
        "tax_exemptions",
        ("sale_id",),
        (
            Pair("fitting", "sales that name it", "expected", "expected"),
            Pair("tax", "tax of lines", "zero", "expected"),
            Pair("taken_out", "tax not charged below zero", "zero", "expected"),
        ),
        f"""
        SELECT e.sale_id, 1 AS expected, 0 AS zero, CASE WHEN e.exempt_minor < 0 THEN 1 ELSE 0 END AS taken_out,
            CASE WHEN s.kind = '{SaleKind.SALE}' THEN 1 ELSE 0 END AS fitting,
            (SELECT COALESCE(SUM(l.tax_minor), 0) FROM sale_lines l WHERE l.sale_id = e.sale_id) AS tax
        FROM tax_exemptions e
        LEFT JOIN sales s ON s.sale_id = e.sale_id
        """,
    ),
)
