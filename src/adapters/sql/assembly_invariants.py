"""What must hold of goods that are made of others, in SQL: what goes in comes out, and lines cost what they took."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.statements import listed
from domain.inventory.stock import COST_CHANGES, MovementReason

_ASSEMBLIES: Final = Comparison(
    "assemblies",
    ("assembly_id",),
    (
        Pair("quantity", "quantity", "moved", "moved of the product"),
        Pair("made", "cost", "value", "value of the product"),
        Pair("taken", "cost of components", "made", "cost"),
        Pair("correction", "cost correction", "corrected", "corrected"),
    ),
    f"""
    SELECT a.assembly_id, a.quantity_milli AS quantity, a.cost_correction_minor AS correction,
        CASE WHEN a.quantity_milli < 0 THEN -a.cost_minor ELSE a.cost_minor END AS made,
        COALESCE(m.moved, 0) AS moved, COALESCE(m.value, 0) AS value, COALESCE(m.taken, 0) AS taken,
        COALESCE(m.corrected, 0) AS corrected
    FROM assemblies a LEFT JOIN (
        SELECT document_id,
            SUM(CASE WHEN reason = '{MovementReason.ASSEMBLY}' THEN quantity_milli ELSE 0 END) AS moved,
            SUM(CASE WHEN reason = '{MovementReason.ASSEMBLY}' THEN value_minor ELSE 0 END) AS value,
            SUM(CASE WHEN reason = '{MovementReason.COMPONENT}' THEN -value_minor ELSE 0 END) AS taken,
            SUM(CASE WHEN reason IN ({listed(COST_CHANGES)}) THEN -value_minor ELSE 0 END) AS corrected
        FROM stock_movements GROUP BY document_id
    ) m ON m.document_id = a.assembly_id
    """,
)

_LINES: Final = Comparison(
    "sale_components",
    ("sale_id", "line_number"),
    (
        Pair("taken", "cost of components", "cost", "cost of the line"),
        Pair("line_quantity", "quantity of the line, as components tell it", "quantity", "quantity of the line"),
    ),
    """
    SELECT c.sale_id, c.line_number, c.cost AS taken, c.line_quantity, l.cost_minor AS cost,
        l.quantity_milli AS quantity
    FROM (
        SELECT sale_id, line_number, SUM(cost_minor) AS cost, MIN(line_quantity_milli) AS line_quantity
        FROM sale_components GROUP BY sale_id, line_number
    ) c LEFT JOIN sale_lines l ON l.sale_id = c.sale_id AND l.line_number = c.line_number
    """,
)

_NO_MORE_THAN_TAKEN: Final = Comparison(
    "sale_components",
    ("of_sale_id", "of_line_number", "sku_id"),
    (
        Pair("none", "nothing", "quantity", "quantity that has not come back", "<="),
        Pair("none", "nothing", "cost", "cost that has not come back", "<="),
    ),
    """
    SELECT of_sale_id, of_line_number, sku_id, 0 AS none, SUM(quantity_milli) AS quantity, SUM(cost_minor) AS cost
    FROM sale_components GROUP BY of_sale_id, of_line_number, sku_id
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"INV-assemblies": (_ASSEMBLIES, _LINES, _NO_MORE_THAN_TAKEN)}
