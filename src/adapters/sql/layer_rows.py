"""What is left of layers, which follows from their entries."""

from collections.abc import Collection, Iterable
from typing import Final

from adapters.sql.fold import Fold
from adapters.sql.tables.stock_layers import stock_layers
from domain.inventory.layers import StockLayer, StockLayerEntry

STOCK_LAYERS: Final = Fold(
    StockLayer,
    stock_layers,
    key=("location_id", "sku_id", "layer_id"),
    summed=("quantity_milli", "value_minor"),
)


def layer_deltas(entries: Iterable[StockLayerEntry], inserted: Collection[int]) -> list[StockLayer]:
    """What the entries add to layers, by key; a layer that is `inserted` now carries what is left of it already."""
    deltas: dict[tuple[int, int, int], StockLayer] = {}
    for entry in entries:
        if entry.layer_id in inserted:
            continue
        key = entry.location_id, entry.sku_id, entry.layer_id
        delta = deltas.get(key)
        if delta is None:
            delta = deltas[key] = StockLayer(*key, entry.document_id, "", None, entry.business_date, 0, 0, 0, 0)
        delta.quantity_milli += entry.quantity_milli
        delta.value_minor += entry.value_minor
    return [deltas[key] for key in sorted(deltas)]
