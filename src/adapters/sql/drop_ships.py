"""Drop-ship in SQL; where the goods go is encrypted, bound to its row and member."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, case, func, insert, select

from adapters.sql.member_keys import delivery_context
from adapters.sql.reading import Scoped
from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.drop_ships import drop_ship_entries as entries
from adapters.sql.tables.drop_ships import drop_ship_lines as lines
from adapters.sql.tables.drop_ships import drop_ships
from adapters.sql.tables.purchase_orders import purchase_allocations
from adapters.sql.transaction import Transaction
from application.ports import drop_ships as ports
from domain.purchasing.drop_ship import Delivery, DropShip, DropShipEntryKind, DropShipProgress

_ADD: Final = insert(drop_ships)
_COLUMNS: Final = [drop_ships.c[field.name] for field in fields(DropShip)]
_OF_PURCHASE: Final = bindparam("of_purchase", type_=drop_ships.c.purchase_order_id.type)
_OF_ORDER: Final = bindparam("of_order", type_=drop_ships.c.order_id.type)
_FIND: Final = select(*_COLUMNS).where(drop_ships.c.purchase_order_id == _OF_PURCHASE)
_AMONG: Final = select(drop_ships.c.purchase_order_id).where(
    any_of(drop_ships.c.purchase_order_id, "purchase_order_ids")
)
_DELIVERY: Final = select(drop_ships.c.delivery_cipher).where(drop_ships.c.purchase_order_id == _OF_PURCHASE)
_DISPATCHED: Final = case((entries.c.kind == DropShipEntryKind.DISPATCHED.value, entries.c.quantity_milli), else_=0)


def _progress(condition: Any) -> Select[Any]:
    """Every line with what is open of it and the sums of its entries, which the primary key finds."""
    return (
        select(
            lines,
            func.coalesce(purchase_allocations.c.open_milli, 0).label("open_milli"),
            func.coalesce(func.sum(_DISPATCHED), 0).label("dispatched_milli"),
            func.coalesce(func.sum(entries.c.quantity_milli), 0).label("under_way_milli"),
            func.coalesce(func.sum(entries.c.value_minor), 0).label("under_way_minor"),
        )
        .select_from(lines)
        .outerjoin(
            purchase_allocations,
            and_(
                purchase_allocations.c.order_id == lines.c.purchase_order_id,
                purchase_allocations.c.line_number == lines.c.line_number,
            ),
        )
        .outerjoin(
            entries,
            and_(
                entries.c.purchase_order_id == lines.c.purchase_order_id, entries.c.line_number == lines.c.line_number
            ),
        )
        .where(condition)
        .group_by(*lines.c, purchase_allocations.c.open_milli)
        .order_by(lines.c.purchase_order_id, lines.c.line_number)
    )


_OF_ONE: Final = _progress(lines.c.purchase_order_id == _OF_PURCHASE)
_OF_ALL: Final = _progress(lines.c.order_id == _OF_ORDER)
_SUPPLIERS: Final = select(products.c.sku_id, products.c.supplier_code).where(any_of(products.c.sku_id, "sku_ids"))


def _newest(*within: Any) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(drop_ships.c.purchase_order_id < bindparam("before", type_=drop_ships.c.purchase_order_id.type), *within)
        .order_by(drop_ships.c.purchase_order_id.desc())
        .limit(bindparam("limit"))
    )


_LIST: Final = Scoped(_newest, drop_ships.c.store_id)
_LIST_OF_ORDER: Final = Scoped(
    lambda *within: _newest(drop_ships.c.order_id == _OF_ORDER, *within), drop_ships.c.store_id
)


class DropShips(ports.DropShips):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, drop_ship: DropShip, delivery: Delivery) -> None:
        text = json.dumps(asdict(delivery), ensure_ascii=False)
        cipher = self._transaction.data_keys.encrypt(
            drop_ship.member_id, text, delivery_context(drop_ship.purchase_order_id)
        )
        self._transaction.execute(_ADD, {**asdict(drop_ship), "delivery_cipher": cipher})

    def find(self, purchase_order_id: int) -> DropShip | None:
        row = self._transaction.execute(_FIND, {"of_purchase": purchase_order_id}).one_or_none()
        return None if row is None else DropShip(**row._mapping)

    def among(self, purchase_order_ids: Collection[int]) -> Collection[int]:
        asked = {"purchase_order_ids": sorted(purchase_order_ids)}
        return self._transaction.execute(_AMONG, asked).scalars().all()

    def delivery(self, drop_ship: DropShip) -> Delivery | None:
        number = drop_ship.purchase_order_id
        cipher = self._transaction.execute(_DELIVERY, {"of_purchase": number}).scalar_one()
        text = self._transaction.data_keys.decrypt(drop_ship.member_id, cipher, delivery_context(number))
        return Delivery(**json.loads(text)) if text else None

    def progress(self, purchase_order_id: int) -> Sequence[DropShipProgress]:
        return [_line(row) for row in self._transaction.execute(_OF_ONE, {"of_purchase": purchase_order_id})]

    def of_order(self, order_id: int) -> Sequence[DropShipProgress]:
        return [_line(row) for row in self._transaction.execute(_OF_ALL, {"of_order": order_id})]

    def supplier_codes(self, sku_ids: Collection[int]) -> Mapping[int, str]:
        found = self._transaction.execute(_SUPPLIERS, {"sku_ids": sorted(sku_ids)})
        return {row.sku_id: row.supplier_code for row in found}

    def list_drop_ships(
        self, store_ids: Sequence[int] | None, *, order_id: int | None, before: int | None, limit: int
    ) -> Sequence[DropShip]:
        parameters: dict[str, object] = {"before": before if before is not None else 2**63 - 1, "limit": limit}
        listed = _LIST
        if order_id is not None:
            listed, parameters["of_order"] = _LIST_OF_ORDER, order_id
        return [DropShip(**row._mapping) for row in self._transaction.execute(*listed.within(store_ids, parameters))]


def _line(row: Row[Any]) -> DropShipProgress:
    # PostgreSQL sums integers to decimals.
    return DropShipProgress(**{name: int(figure) for name, figure in row._mapping.items()})
