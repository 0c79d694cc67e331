"""The invariants of layers, lots and standard costs in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair
from adapters.sql.statements import listed
from domain.inventory.cost_document import OF_RECEIPTS
from domain.inventory.stock import Costing

_OF_RECEIPTS: Final = listed(sorted(OF_RECEIPTS))

DOCUMENTS: Final = f"""
    SELECT document_id, kind, store_id, business_date, currency, '', 'StockRevalued'
    FROM cost_documents WHERE stock_minor <> 0 OR kind IN ({_OF_RECEIPTS})
"""
"""What has a journal entry: id, kind, store, date, currency, channel, and the topic of its event."""

_KEPT: Final = (
    int(Costing.FIFO),
    int(Costing.LOTS),
    int(Costing.FIFO | Costing.LOTS),
    int(Costing.STANDARD | Costing.LOTS),
)
_KEEPS: Final = ", ".join(map(str, _KEPT))
_BEARS: Final = ", ".join(str(flags) for flags in _KEPT if flags & Costing.FIFO)

_LEVELS: Final = Comparison(
    "stock_levels",
    ("location_id", "sku_id"),
    (
        Pair("layered", "left in layers", "on_hand", "on hand, or nothing"),
        Pair("worth", "value of layers", "value", "value under FIFO, or nothing"),
    ),
    f"""
    SELECT l.location_id, l.sku_id, COALESCE(y.quantity, 0) AS layered, COALESCE(y.value, 0) AS worth,
        CASE WHEN l.costing IN ({_KEEPS}) AND l.on_hand_milli > 0 THEN l.on_hand_milli ELSE 0 END AS on_hand,
        CASE WHEN l.costing IN ({_BEARS}) AND l.on_hand_milli > 0 THEN l.value_minor ELSE 0 END AS value
    FROM stock_levels l LEFT JOIN (
        SELECT location_id, sku_id, SUM(quantity_milli) AS quantity, SUM(value_minor) AS value
        FROM stock_layers WHERE quantity_milli > 0 GROUP BY location_id, sku_id
    ) y ON y.location_id = l.location_id AND y.sku_id = l.sku_id
    WHERE l.costing <> 0 OR y.quantity IS NOT NULL
    """,
)

_LAYERS: Final = Comparison(
    "stock_layers",
    ("location_id", "sku_id", "layer_id"),
    (
        Pair("quantity", "left", "moved", "entries"),
        Pair("value", "value left", "moved_value", "value of entries"),
    ),
    """
    SELECT location_id, sku_id, layer_id, SUM(quantity) AS quantity, SUM(moved) AS moved, SUM(value) AS value,
        SUM(moved_value) AS moved_value
    FROM (
        SELECT location_id, sku_id, layer_id, quantity_milli AS quantity, 0 AS moved, value_minor AS value,
            0 AS moved_value
        FROM stock_layers
        UNION ALL
        SELECT location_id, sku_id, layer_id, 0, quantity_milli, 0, value_minor FROM stock_layer_entries
    ) parts GROUP BY location_id, sku_id, layer_id
    """,
)

_STANDARD: Final = Comparison(
    "stock_levels",
    ("location_id", "sku_id"),
    (
        Pair("low", "value less than half a minor unit below its standard", "value", "value", "<="),
        Pair("value", "value", "high", "value half a minor unit above its standard", "<="),
    ),
    f"""
    SELECT l.location_id, l.sku_id, 2 * l.value_minor * c.quantity_milli AS value,
        2 * l.on_hand_milli * c.standard_minor - c.quantity_milli AS low,
        2 * l.on_hand_milli * c.standard_minor + c.quantity_milli AS high
    FROM stock_levels l
    JOIN standard_costs c ON c.location_id = l.location_id AND c.sku_id = l.sku_id
    JOIN (
        SELECT location_id, sku_id, MAX(number) AS number FROM standard_costs GROUP BY location_id, sku_id
    ) n ON n.location_id = c.location_id AND n.sku_id = c.sku_id AND n.number = c.number
    WHERE l.costing IN ({int(Costing.STANDARD)}, {int(Costing.STANDARD | Costing.LOTS)})
    """,
)

_DOCUMENTS: Final = Comparison(
    "cost_documents",
    ("document_id",),
    (Pair("stock", "gained in value", "moved", "value of its movements"),),
    """
    SELECT d.document_id, d.stock_minor AS stock, COALESCE(SUM(m.value_minor), 0) AS moved
    FROM cost_documents d LEFT JOIN stock_movements m
        ON m.document_id = d.document_id AND m.location_id = d.store_id
    GROUP BY d.document_id, d.stock_minor
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"INV-layers": (_LEVELS, _LAYERS, _STANDARD, _DOCUMENTS)}
