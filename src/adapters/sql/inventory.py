"""Stock in SQL: what a receipt needs to know of products, levels and movements."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select, tuple_

from adapters.sql import levels
from adapters.sql.product_documents import recipe_of
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products, units
from adapters.sql.tables.inventory import stock_levels, stock_movements
from adapters.sql.transaction import Transaction
from application.ports import inventory
from application.ports.inventory import StockItem
from domain.catalog.product import ProductStatus
from domain.inventory.stock import MovementReason, StockLevel, StockMovement

_ITEMS: Final = (
    select(
        products.c.sku, products.c.sku_id, units.c.decimals, products.c.unstocked, products.c.status, products.c.recipe
    )
    .join_from(products, units)
    .where(any_of(products.c.sku, "skus"))
)
_LEVELS: Final = (
    select(products.c.sku, stock_levels)
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
            row.sku: StockItem(row.sku_id, row.decimals, row.unstocked, row.status == blocked, recipe_of(row.recipe))
            for row in rows
        }

    def list_levels(
        self,
        *,
        location_ids: Collection[int],
        sku_ids: Collection[int] | None,
        after: tuple[int, int] | None,
        limit: int,
    ) -> Sequence[tuple[str, StockLevel]]:
        location_id, sku_id = after or (0, 0)
        parameters: dict[str, object] = {
            "location_ids": location_ids,
            "after_location_id": location_id,
            "after_sku_id": sku_id,
            "limit": limit,
        }
        if sku_ids is None:
            rows = self._transaction.execute(_LEVELS, parameters)
        else:
            rows = self._transaction.execute(_LEVELS_OF_SKUS, {**parameters, "sku_ids": sku_ids})
        return [(row.sku, StockLevel(**{name: row._mapping[name] for name in StockLevel.__slots__})) for row in rows]

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
