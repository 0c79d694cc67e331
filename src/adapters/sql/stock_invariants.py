"""The invariants of stock views in SQL, as those of invariants.py are."""

from collections.abc import Mapping, Sequence
from typing import Final

from adapters.sql.comparison import Comparison, Pair

_CARRIED: Final = Comparison(
    "stock_balances",
    ("location_id", "sku_id", "as_of"),
    (
        Pair("on_hand", "on hand", "moved", "moved until then"),
        Pair("worth", "value", "moved_value", "value moved until then"),
    ),
    """
    SELECT b.location_id, b.sku_id, b.as_of, b.on_hand_milli AS on_hand, b.value_minor AS worth,
        COALESCE(SUM(m.quantity_milli), 0) AS moved, COALESCE(SUM(m.value_minor), 0) AS moved_value
    FROM stock_balances b LEFT JOIN stock_movements m
        ON m.location_id = b.location_id AND m.sku_id = b.sku_id AND m.moved_at <= b.as_of
    GROUP BY b.location_id, b.sku_id, b.as_of, b.on_hand_milli, b.value_minor
    """,
)

COMPARISONS: Final[Mapping[str, Sequence[Comparison]]] = {"INV-stock": (_CARRIED,)}
