"""The levels that follow from the entries of goods set aside."""

from collections.abc import Iterable
from typing import Final

from adapters.sql.fold import Fold
from adapters.sql.tables.returned_goods import set_aside_levels
from domain.inventory.set_aside import SetAsideEntry, SetAsideLevel, SetAsideStatus

SET_ASIDE: Final = Fold(
    SetAsideLevel,
    set_aside_levels,
    key=("location_id", "sku_id", "status"),
    summed=("quantity_milli", "value_minor"),
)


def set_aside_deltas(entries: Iterable[SetAsideEntry]) -> list[SetAsideLevel]:
    """What the entries add to each level, in the order of location, SKU and status."""
    deltas: dict[tuple[int, int, SetAsideStatus], SetAsideLevel] = {}
    for entry in entries:
        key = entry.location_id, entry.sku_id, entry.status
        delta = deltas.setdefault(key, SetAsideLevel(*key, 0, 0))
        delta.quantity_milli += entry.quantity_milli
        delta.value_minor += entry.value_minor
    return [deltas[key] for key in sorted(deltas)]
