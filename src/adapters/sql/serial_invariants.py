"""The invariants of serial numbers, in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from domain.sales.serial_number import SerialKind

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {
    "SAL-serials": (
        Comparison(
            "serial_entries",
            ("sku_id", "serial_number"),
            (
                Pair("made", "entries", "highest", "highest number"),
                Pair("in_turn", "sold and returned in turn", "made", "entries"),
            ),
            f"""
            SELECT sku_id, serial_number, COUNT(*) AS made, MAX(number) AS highest,
                SUM(CASE WHEN (number % 2 = 1) = (kind = '{SerialKind.SOLD}') THEN 1 ELSE 0 END) AS in_turn
            FROM serial_entries GROUP BY sku_id, serial_number
            """,
        ),
        Comparison(
            "serial_entries",
            ("sale_id", "line_number"),
            (Pair("pieces", "pieces", "sold", "quantity of the line", "<="),),
            """
            SELECT s.sale_id, s.line_number, 1000 * s.made AS pieces, COALESCE(ABS(l.quantity_milli), 0) AS sold
            FROM (
                SELECT sale_id, line_number, COUNT(*) AS made FROM serial_entries GROUP BY sale_id, line_number
            ) s LEFT JOIN sale_lines l ON l.sale_id = s.sale_id AND l.line_number = s.line_number
            """,
        ),
    )
}
