"""Serial numbers of goods, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, exists, select

from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.serial_numbers import serial_entries as entries
from adapters.sql.transaction import Transaction
from application.ports import serial_numbers as ports
from application.ports.serial_numbers import SerialKey
from domain.sales.serial_number import SerialEntry, SerialKind

# A piece that was never sold has no row to lock, so its product stands for it.
_LOCK: Final = (
    select(products.c.sku_id)
    .where(any_of(products.c.sku_id, "sku_ids"))
    .order_by(products.c.sku_id)
    .with_for_update(key_share=True)
)
# Read after the lock, by a statement of its own: what was committed while it waited must be seen.
_ENTRIES: Final = (
    select(entries)
    .where(any_of(entries.c.sku_id, "sku_ids"), any_of(entries.c.serial_number, "serial_numbers"))
    .order_by(entries.c.number)
)
_LATER: Final = entries.alias()
_OUT: Final = (
    select(entries)
    .where(
        entries.c.sale_id == bindparam("sale_id", type_=entries.c.sale_id.type),
        entries.c.kind == SerialKind.SOLD.value,
        ~exists().where(
            and_(
                _LATER.c.sku_id == entries.c.sku_id,
                _LATER.c.serial_number == entries.c.serial_number,
                _LATER.c.number == entries.c.number + 1,
            )
        ),
    )
    .order_by(entries.c.line_number, entries.c.serial_number)
)
_HISTORY: Final = (
    select(entries)
    .join_from(entries, products, products.c.sku_id == entries.c.sku_id)
    .where(
        products.c.sku == bindparam("sku", type_=products.c.sku.type),
        entries.c.serial_number == bindparam("serial_number", type_=entries.c.serial_number.type),
    )
    .order_by(entries.c.number.desc())
    .limit(bindparam("limit"))
)


class SerialNumbers(ports.SerialNumbers):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, keys: Collection[SerialKey]) -> Mapping[SerialKey, SerialEntry]:
        asked = {"sku_ids": sorted({sku_id for sku_id, _ in keys}), "serial_numbers": sorted({one for _, one in keys})}
        self._transaction.execute(_LOCK, {"sku_ids": asked["sku_ids"]}).all()
        found = [_entry(row) for row in self._transaction.execute(_ENTRIES, asked)]
        return {(entry.sku_id, entry.serial_number): entry for entry in found}

    def out_by(self, sale_id: int) -> Sequence[SerialEntry]:
        return [_entry(row) for row in self._transaction.execute(_OUT, {"sale_id": sale_id})]

    def history(self, sku: str, serial_number: str, *, limit: int) -> Sequence[SerialEntry]:
        asked = {"sku": sku, "serial_number": serial_number, "limit": limit}
        return [_entry(row) for row in self._transaction.execute(_HISTORY, asked)]


def _entry(row: Row[Any]) -> SerialEntry:
    return SerialEntry(**{**row._mapping, "kind": SerialKind(row.kind)})
