"""How stock is costed, lots and their expiry, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import bindparam, select, tuple_

from adapters.sql.layers import layer_of
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.catalog import products
from adapters.sql.tables.inventory import stock_movements
from adapters.sql.tables.stock_layers import category_costings, lot_products, stock_layer_entries, stock_layers
from adapters.sql.transaction import Transaction
from application.ports import costing as ports
from application.ports.costing import LotMovement, LotProduct
from domain.inventory.layers import StockLayer
from domain.inventory.stock import CostingMethod

_METHODS: Final = select(category_costings)
_PUT_METHODS: Final = upsert(category_costings)
_PUT_LOTS: Final = upsert(lot_products)
_LOTS: Final = select(lot_products).where(any_of(lot_products.c.sku_id, "sku_ids"))
_EXPIRING: Final = (
    select(stock_layers, products.c.sku)
    .join_from(stock_layers, products, products.c.sku_id == stock_layers.c.sku_id)
    .where(
        any_of(stock_layers.c.location_id, "location_ids"),
        stock_layers.c.quantity_milli > 0,
        stock_layers.c.expires_on.is_not(None),
        stock_layers.c.expires_on <= bindparam("until", type_=stock_layers.c.expires_on.type),
        tuple_(stock_layers.c.location_id, stock_layers.c.expires_on, stock_layers.c.layer_id)
        > tuple_(
            bindparam("after_location", type_=stock_layers.c.location_id.type),
            bindparam("after_date", type_=stock_layers.c.expires_on.type),
            bindparam("after_layer", type_=stock_layers.c.layer_id.type),
        ),
    )
    .order_by(stock_layers.c.location_id, stock_layers.c.expires_on, stock_layers.c.layer_id)
    .limit(bindparam("limit"))
)
_LOT_MOVEMENTS: Final = (
    select(
        stock_layer_entries.c.location_id,
        stock_layer_entries.c.document_id,
        stock_movements.c.reason,
        stock_layer_entries.c.quantity_milli,
        stock_layer_entries.c.business_date,
        stock_movements.c.moved_at,
    )
    .join_from(
        stock_layers,
        stock_layer_entries,
        (stock_layer_entries.c.location_id == stock_layers.c.location_id)
        & (stock_layer_entries.c.sku_id == stock_layers.c.sku_id)
        & (stock_layer_entries.c.layer_id == stock_layers.c.layer_id),
    )
    .join(
        stock_movements,
        (stock_movements.c.location_id == stock_layer_entries.c.location_id)
        & (stock_movements.c.sku_id == stock_layer_entries.c.sku_id)
        & (stock_movements.c.business_date == stock_layer_entries.c.business_date)
        & (stock_movements.c.movement_id == stock_layer_entries.c.movement_id),
    )
    .where(
        stock_layers.c.sku_id == bindparam("sku_id", type_=stock_layers.c.sku_id.type),
        stock_layers.c.lot_code == bindparam("lot_code", type_=stock_layers.c.lot_code.type),
        stock_layers.c.lot_code != "",
        any_of(stock_layers.c.location_id, "location_ids"),
        stock_layer_entries.c.quantity_milli != 0,
    )
    .order_by(stock_layer_entries.c.entry_id.desc())
    .limit(bindparam("limit"))
)


class Costings(ports.Costings):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def own_methods(self) -> Mapping[int, CostingMethod]:
        return {row.category_id: CostingMethod(row.costing_method) for row in self._transaction.execute(_METHODS)}

    def put_methods(self, methods: Mapping[int, CostingMethod]) -> None:
        rows = [
            {"category_id": category_id, "costing_method": method.value}
            for category_id, method in sorted(methods.items())
        ]
        if rows:
            self._transaction.execute(_PUT_METHODS, rows)

    def put_lot_products(self, products: Sequence[LotProduct]) -> None:
        rows = [
            {"sku_id": one.sku_id, "lot_tracked": one.lot_tracked, "shelf_life_days": one.shelf_life_days}
            for one in products
        ]
        if rows:
            self._transaction.execute(_PUT_LOTS, rows)

    def lot_products(self, sku_ids: Collection[int]) -> Sequence[LotProduct]:
        rows = self._transaction.execute(_LOTS, {"sku_ids": sorted(sku_ids)})
        return [LotProduct(row.sku_id, bool(row.lot_tracked), row.shelf_life_days) for row in rows]

    def expiring(
        self, location_ids: Collection[int], *, until: date, after: tuple[int, date, int] | None, limit: int
    ) -> Sequence[tuple[str, StockLayer]]:
        location_id, day, layer_id = after or (0, date.min, 0)
        parameters = {
            "location_ids": sorted(location_ids),
            "until": until,
            "after_location": location_id,
            "after_date": day,
            "after_layer": layer_id,
            "limit": limit,
        }
        return [(row.sku, layer_of(row)) for row in self._transaction.execute(_EXPIRING, parameters)]

    def lot_movements(
        self, sku_id: int, lot_code: str, *, location_ids: Collection[int], limit: int
    ) -> Sequence[LotMovement]:
        parameters = {"sku_id": sku_id, "lot_code": lot_code, "location_ids": sorted(location_ids), "limit": limit}
        return [LotMovement(**row._mapping) for row in self._transaction.execute(_LOT_MOVEMENTS, parameters)]
