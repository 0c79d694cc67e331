"""Locking stock levels, in the order of location and SKU, and making those that do not exist yet."""

from collections.abc import Iterable, Sequence
from typing import Final

from adapters.sql.errors import told_apart
from adapters.sql.layers import layered
from adapters.sql.postgres import Statement, Step
from adapters.sql.row_writers import int8_array
from adapters.sql.sqlite import RowsStatement, SqliteWire
from adapters.sql.tables.inventory import stock_levels
from adapters.sql.transaction import Transaction
from domain.inventory.stock import StockLevel

Key = tuple[int, int]


def lock(transaction: Transaction, keys: Sequence[Key]) -> dict[Key, StockLevel]:
    """The levels of (location, SKU id) keys, locked in key order; an absent level is first created as zero."""
    keys = sorted(set(keys))
    transaction.flush()
    wire = transaction.wire
    with told_apart:
        if isinstance(wire, SqliteWire):
            levels = lock_sqlite(wire, keys)
        else:
            levels = by_key(wire.rows(wire.run([lock_step(keys)])[0]))
            if len(levels) < len(keys):
                missing = [key for key in keys if key not in levels]
                levels |= by_key(wire.rows(wire.run([create_step(missing)])[0]))
    return layered(transaction, levels)


def lock_step(keys: Sequence[Key]) -> Step:
    """Locks those of the sorted keys that exist."""
    return _LOCK, _two_arrays(keys)


def create_step(keys: Sequence[Key]) -> Step:
    """Creates and locks those of the sorted keys that were not there a moment ago; others may have made them since."""
    return _CREATE, _two_arrays(keys)


def lock_sqlite(wire: SqliteWire, keys: Sequence[Key]) -> dict[Key, StockLevel]:
    """The same in SQLite, where the transaction itself is the lock."""
    levels = by_key(wire.fetch_rows(SQLITE_LEVELS, keys))
    for key in keys:
        if key not in levels:
            levels |= by_key(wire.fetch(_SQLITE_CREATE, key))
    return levels


def by_key(rows: Iterable[Sequence[int]]) -> dict[Key, StockLevel]:
    return {(row[0], row[1]): StockLevel(*row) for row in rows}


def _two_arrays(keys: Sequence[Key]) -> list[bytes]:
    return [int8_array([location_id for location_id, _ in keys]), int8_array([sku_id for _, sku_id in keys])]


COLUMNS: Final = ", ".join(column.name for column in stock_levels.columns)
KEYS: Final = "unnest($1::bigint[], $2::bigint[]) AS k (location_id, sku_id)"
LOCKED: Final = (
    f"(SELECT {COLUMNS} FROM stock_levels AS s"
    " WHERE s.location_id = k.location_id AND s.sku_id = k.sku_id FOR NO KEY UPDATE) AS l"
)
"""One level per key, locked key by key: a lateral query runs in the order of the rows that it depends on."""

_LOCK: Final = Statement(b"lock_levels", f"SELECT l.* FROM {KEYS} CROSS JOIN LATERAL {LOCKED}".encode())
_CREATE: Final = Statement(
    b"create_levels",
    f"INSERT INTO stock_levels ({COLUMNS}) SELECT location_id, sku_id, 0, 0, 0, 0, 0, 0 FROM {KEYS}"
    # The update changes nothing, but it locks and returns the row.
    " ON CONFLICT (location_id, sku_id) DO UPDATE SET on_hand_milli = stock_levels.on_hand_milli"
    f" RETURNING {COLUMNS}".encode(),
)
# A cross join keeps the order of its tables: from the keys to the levels.
SQLITE_LEVELS: Final = RowsStatement(
    f"SELECT json_group_array(json_array({COLUMNS})) FROM (",
    2,
    ") AS k CROSS JOIN stock_levels ON location_id = k.column1 AND sku_id = k.column2",
)
_SQLITE_CREATE: Final = f"INSERT INTO stock_levels ({COLUMNS}) VALUES (?, ?, 0, 0, 0, 0, 0, 0) RETURNING {COLUMNS}"
