"""Stock in SQL: what a receipt needs to know of products, levels and movements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, false, func, select, tuple_, update

from adapters.sql import layers, levels
from adapters.sql.product_documents import recipe_of
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import categories, products, units
from adapters.sql.tables.inventory import stock_levels, stock_movements
from adapters.sql.tables.stock_layers import category_costings, lot_products
from adapters.sql.transaction import Transaction
from application.ports import inventory
from application.ports.inventory import StockItem
from domain.catalog.product import ProductStatus
from domain.inventory.layers import Origin
from domain.inventory.stock import Costing, CostingMethod, MovementReason, StockLevel, StockMovement

_ITEMS: Final = (
    select(
        products.c.sku,
        products.c.sku_id,
        units.c.decimals,
        products.c.unstocked,
        products.c.status,
        products.c.category_id,
        func.coalesce(lot_products.c.lot_tracked, false()).label("lot_tracked"),
        func.coalesce(lot_products.c.shelf_life_days, 0).label("shelf_life_days"),
        products.c.recipe,
    )
    .join_from(products, units)
    .outerjoin(lot_products, lot_products.c.sku_id == products.c.sku_id)
    .where(any_of(products.c.sku, "skus"))
)
_SET_COSTING: Final = (
    update(stock_levels)
    .where(
        stock_levels.c.location_id == bindparam("of_location", type_=stock_levels.c.location_id.type),
        stock_levels.c.sku_id == bindparam("of_sku", type_=stock_levels.c.sku_id.type),
    )
    .values(costing=bindparam("to", type_=stock_levels.c.costing.type))
)
_METHODS: Final = select(category_costings)
_PARENTS: Final = select(categories.c.category_id, categories.c.parent_id)
_LEVELS: Final = (
    select(products.c.sku, *[stock_levels.c[name] for name in StockLevel.__slots__])
    .join_from(stock_levels, products, products.c.sku_id == stock_levels.c.sku_id)
    .where(
        any_of(stock_levels.c.location_id, "location_ids"),
        tuple_(stock_levels.c.location_id, stock_levels.c.sku_id)
        > tuple_(bindparam("after_location_id"), bindparam("after_sku_id")),
    )
    .order_by(stock_levels.c.location_id, stock_levels.c.sku_id)
    .limit(bindparam("limit"))
)
_LEVELS_OF_SKUS: Final = _LEVELS.where(any_of(stock_levels.c.sku_id, "sku_ids"))
_MOVEMENTS: Final = (
    select(stock_movements)
    .where(stock_movements.c.location_id == bindparam("location_id"), stock_movements.c.sku_id == bindparam("sku_id"))
    # Ids of several processes interleave, so they alone would not be the order of time.
    .order_by(stock_movements.c.moved_at.desc(), stock_movements.c.movement_id.desc())
    .limit(bindparam("limit"))
)
_OLDER_MOVEMENTS: Final = _MOVEMENTS.where(
    tuple_(stock_movements.c.moved_at, stock_movements.c.movement_id)
    < tuple_(bindparam("before_at", type_=stock_movements.c.moved_at.type), bindparam("before_id"))
)


class Stock(inventory.Stock):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, keys: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], StockLevel]:
        return levels.lock(self._transaction, keys)

    def items(self, skus: Collection[str]) -> Mapping[str, StockItem]:
        rows = self._transaction.execute(_ITEMS, {"skus": skus})
        blocked = ProductStatus.BLOCKED.value
        return {
            row.sku: StockItem(
                row.sku_id,
                row.decimals,
                row.unstocked,
                row.status == blocked,
                row.category_id,
                bool(row.lot_tracked),
                row.shelf_life_days,
                recipe_of(row.recipe),
            )
            for row in rows
        }

    def origins(
        self, document_id: int, sku_ids: Collection[int], *, reversed_by: Sequence[int] | None = None
    ) -> Mapping[int, Sequence[Origin]]:
        return layers.origins(self._transaction, document_id, sku_ids, reversed_by=reversed_by)

    def standard_numbers(self, location_id: int, sku_ids: Collection[int]) -> Mapping[int, int]:
        return layers.standard_numbers(self._transaction, location_id, sku_ids)

    def set_costings(self, location_id: int, costings: Mapping[int, Costing]) -> None:
        rows = [
            {"of_location": location_id, "of_sku": sku_id, "to": int(costing)}
            for sku_id, costing in sorted(costings.items())
        ]
        self._transaction.execute(_SET_COSTING, rows)

    def category_methods(self) -> Mapping[int, CostingMethod]:
        own = {row.category_id: row.costing_method for row in self._transaction.execute(_METHODS)}
        if not own:
            return {}
        parents = {row.category_id: row.parent_id for row in self._transaction.execute(_PARENTS)}
        found: dict[int, CostingMethod] = {}
        for category_id in parents:
            above: int | None = category_id
            while above is not None and above not in own:
                above = parents[above]
            if above is not None and own[above] != CostingMethod.MOVING_AVERAGE.value:
                found[category_id] = CostingMethod(own[above])
        return found

    def list_levels(
        self,
        *,
        location_ids: Collection[int],
        sku_ids: Collection[int] | None,
        after: tuple[int, int] | None,
        limit: int,
    ) -> Sequence[tuple[str, StockLevel]]:
        location_id, sku_id = after or (0, 0)
        location_ids = sorted(location for location in location_ids if location >= location_id)
        parameters: dict[str, object] = {
            "location_ids": location_ids,
            "after_location_id": location_id,
            "after_sku_id": sku_id,
            "limit": limit,
        }
        if sku_ids is None:
            rows = self._transaction.execute(_LEVELS, parameters)
        else:
            rows = self._transaction.execute(_LEVELS_OF_SKUS, {**parameters, "sku_ids": sorted(sku_ids)})
        found = [(values[0], StockLevel(*values[1:])) for values in map(tuple, rows)]
        if not any(level.costing for _, level in found):
            return found
        whole = layers.layered(self._transaction, {(level.location_id, level.sku_id): level for _, level in found})
        return [(sku, whole[level.location_id, level.sku_id]) for sku, level in found]

    def list_movements(
        self, *, location_id: int, sku_id: int, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[StockMovement]:
        parameters: dict[str, object] = {"location_id": location_id, "sku_id": sku_id, "limit": limit}
        if after is None:
            rows = self._transaction.execute(_MOVEMENTS, parameters)
        else:
            before_at, before_id = after
            rows = self._transaction.execute(
                _OLDER_MOVEMENTS, {**parameters, "before_at": before_at, "before_id": before_id}
            )
        return [StockMovement(**{**row._mapping, "reason": MovementReason(row.reason)}) for row in rows]
