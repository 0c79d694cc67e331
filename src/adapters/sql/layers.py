"""Levels with their open layers and standard costs, in SQL."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select

from adapters.sql.statements import any_of
from adapters.sql.tables.sales import sales
from adapters.sql.tables.stock_layers import standard_costs, stock_layer_entries, stock_layers
from adapters.sql.transaction import Transaction
from domain.inventory.layers import Origin, StandardCost, StockLayer, layered_level
from domain.inventory.stock import Costing, StockLevel

Key = tuple[int, int]

OF_LEVELS: Final = (any_of(stock_layers.c.location_id, "location_ids"), any_of(stock_layers.c.sku_id, "sku_ids"))
_OPEN: Final = (
    select(stock_layers)
    .where(*OF_LEVELS, stock_layers.c.quantity_milli > 0)
    .order_by(stock_layers.c.location_id, stock_layers.c.sku_id, stock_layers.c.layer_id)
)
_NEWER: Final = standard_costs.alias("newer")
_STANDARDS: Final = select(standard_costs).where(
    any_of(standard_costs.c.location_id, "location_ids"),
    any_of(standard_costs.c.sku_id, "sku_ids"),
    standard_costs.c.number
    == select(func.max(_NEWER.c.number))
    .where(_NEWER.c.location_id == standard_costs.c.location_id, _NEWER.c.sku_id == standard_costs.c.sku_id)
    .scalar_subquery(),
)
_STANDARD_NUMBERS: Final = (
    select(standard_costs.c.sku_id, func.max(standard_costs.c.number).label("number"))
    .where(
        standard_costs.c.location_id == bindparam("location_id", type_=standard_costs.c.location_id.type),
        any_of(standard_costs.c.sku_id, "sku_ids"),
    )
    .group_by(standard_costs.c.sku_id)
)
# What has left by a document and those that undo it, less what came back already.
_TAKEN: Final = (
    select(
        stock_layer_entries.c.location_id,
        stock_layer_entries.c.sku_id,
        stock_layer_entries.c.layer_id,
        (-func.sum(stock_layer_entries.c.quantity_milli)).label("left_milli"),
        func.min(stock_layer_entries.c.entry_id).label("first"),
    )
    .where(any_of(stock_layer_entries.c.document_id, "document_ids"))
    .group_by(stock_layer_entries.c.location_id, stock_layer_entries.c.sku_id, stock_layer_entries.c.layer_id)
    .subquery("taken")
)
_ORIGINS: Final = (
    select(stock_layers, _TAKEN.c.left_milli)
    .join_from(
        _TAKEN,
        stock_layers,
        (stock_layers.c.location_id == _TAKEN.c.location_id)
        & (stock_layers.c.sku_id == _TAKEN.c.sku_id)
        & (stock_layers.c.layer_id == _TAKEN.c.layer_id),
    )
    .where(_TAKEN.c.left_milli > 0)
    .order_by(_TAKEN.c.first)
)
_REVERSALS: Final = select(sales.c.sale_id).where(sales.c.original_sale_id == bindparam("document_id"))


def layered(transaction: Transaction, levels: Mapping[Key, StockLevel]) -> dict[Key, StockLevel]:
    """The same levels; those that are not plain come with their layers and standard costs, by one statement for each.

    No statement is made where all of them are plain.
    """
    found = dict(levels)
    apart = {key: layered_level(level) for key, level in levels.items() if level.costing}
    if not apart:
        return found
    asked = {"location_ids": sorted({key[0] for key in apart}), "sku_ids": sorted({key[1] for key in apart})}
    if any(level.keeps_layers for level in apart.values()):
        for row in transaction.execute(_OPEN, asked):
            level = apart.get((row.location_id, row.sku_id))
            if level is not None and level.keeps_layers:
                level.layers.append(layer_of(row))
    if any(level.costing & Costing.STANDARD for level in apart.values()):
        for row in transaction.execute(_STANDARDS, asked):
            level = apart.get((row.location_id, row.sku_id))
            if level is not None:
                standard = StandardCost(**row._mapping)
                level.standard_minor, level.standard_quantity_milli = standard.standard_minor, standard.quantity_milli
                level.standard_number = standard.number
    return found | apart


def origins(
    transaction: Transaction, document_id: int, skus: Collection[int], *, reversed_by: Sequence[int] | None = None
) -> dict[int, list[Origin]]:
    """By SKU id: the layers that a document has taken goods from which have not come back, in the order of taking.

    `reversed_by` are the documents by which goods came back; None where those of a sale are to be looked for.
    """
    if reversed_by is None:
        reversed_by = transaction.execute(_REVERSALS, {"document_id": document_id}).scalars().all()
    found: dict[int, list[Origin]] = defaultdict(list)
    for row in transaction.execute(_ORIGINS, {"document_ids": [document_id, *reversed_by]}):
        if row.sku_id in skus:
            found[row.sku_id].append(Origin(layer_of(row), int(row.left_milli)))
    return found


def standard_numbers(transaction: Transaction, location_id: int, sku_ids: Collection[int]) -> dict[int, int]:
    """How many standard costs levels have had, by SKU id; those without any are absent."""
    rows = transaction.execute(_STANDARD_NUMBERS, {"location_id": location_id, "sku_ids": sorted(sku_ids)})
    return {row.sku_id: row.number for row in rows}


def layer_of(row: Row[Any]) -> StockLayer:
    return StockLayer(**{name: row._mapping[name] for name in StockLayer.__slots__})
