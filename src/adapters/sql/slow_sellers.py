"""Goods that hardly sell, in SQL: sums of movements by day and range of products."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import BigInteger, bindparam, select, text

from adapters.sql.statements import listed
from adapters.sql.tables.catalog import products
from adapters.sql.transaction import Transaction
from application.ports import slow_sellers as ports
from application.ports.slow_sellers import ListedGoods, StockHeld
from domain.inventory.stock import OF_SALES

_GOODS: Final = (
    select(products.c.sku_id, products.c.sku, products.c.unstocked)
    .where(products.c.sku_id > bindparam("after", type_=products.c.sku_id.type))
    .order_by(products.c.sku_id)
    .limit(bindparam("limit"))
)
_BOUGHT: Final = listed(OF_SALES)

# Day by day: in the index the movements of a day stand together, by product, so each day is one short range. What
# stands behind OFFSET 0 or a cross join is looked up for each row before it, in this order.
_SOLD_SQL: Final = {
    "sqlite": f"""
        SELECT m.sku_id, -sum(m.quantity_milli) AS sold_milli
        FROM json_each(:days) AS d CROSS JOIN stock_movements AS m INDEXED BY ix_stock_movements_business_date_sku_id
        WHERE m.business_date = d.value AND m.sku_id BETWEEN :first_sku_id AND :last_sku_id AND m.reason IN ({_BOUGHT})
            {{within}}
        GROUP BY m.sku_id
    """,
    "postgresql": f"""
        SELECT m.sku_id, -sum(m.quantity_milli) AS sold_milli
        FROM jsonb_array_elements_text(CAST(:days AS jsonb)) AS d (day)
        CROSS JOIN LATERAL (
            SELECT n.sku_id, n.quantity_milli FROM stock_movements AS n
            WHERE n.business_date = CAST(d.day AS date) AND n.sku_id BETWEEN :first_sku_id AND :last_sku_id
                AND n.reason IN ({_BOUGHT}) {{within}}
            OFFSET 0
        ) AS m
        GROUP BY m.sku_id
    """,
}
_IN_STORES: Final = {
    "sqlite": "AND m.location_id IN (SELECT value FROM json_each(:store_ids))",
    "postgresql": "AND n.location_id IN"
    " (SELECT CAST(s.id AS bigint) FROM jsonb_array_elements_text(CAST(:store_ids AS jsonb)) AS s (id))",
}
_RANGE: Final = [bindparam(name, type_=BigInteger) for name in ("first_sku_id", "last_sku_id")]
SOLD: Final = {
    (dialect, bounded): text(sql.format(within=_IN_STORES[dialect] if bounded else "")).bindparams(*_RANGE)
    for dialect, sql in _SOLD_SQL.items()
    for bounded in (False, True)
}
_SUMS: Final = """
    sum(CASE WHEN l.on_hand_milli > 0 THEN l.on_hand_milli ELSE 0 END) AS on_hand_milli,
    sum(CASE WHEN l.on_hand_milli > 0 THEN l.value_minor ELSE 0 END) AS value_minor,
    max(CASE WHEN l.on_hand_milli > 0 THEN (l.value_minor * 1000 + l.on_hand_milli - 1) / l.on_hand_milli ELSE 0 END)
        AS unit_cost_minor_max,
    max(l.last_cost_quantity_milli) > 0 AS received
"""
HELD: Final = {
    dialect: text(sql).bindparams(*_RANGE)
    for dialect, sql in {
        "sqlite": f"""
            SELECT l.sku_id, {_SUMS} FROM json_each(:store_ids) AS s CROSS JOIN stock_levels AS l
            WHERE l.location_id = s.value AND l.sku_id BETWEEN :first_sku_id AND :last_sku_id
            GROUP BY l.sku_id
        """,
        "postgresql": f"""
            SELECT l.sku_id, {_SUMS} FROM jsonb_array_elements_text(CAST(:store_ids AS jsonb)) AS s (id)
            CROSS JOIN LATERAL (
                SELECT * FROM stock_levels AS n
                WHERE n.location_id = CAST(s.id AS bigint) AND n.sku_id BETWEEN :first_sku_id AND :last_sku_id
                OFFSET 0
            ) AS l
            GROUP BY l.sku_id
        """,
    }.items()
}
# Store by store from the first movement of the product on, until one receipt is old enough: mostly that is the first.
RECEIVED_BEFORE: Final = {
    "sqlite": text("""
        SELECT g.value AS sku_id FROM json_each(:sku_ids) AS g WHERE EXISTS (
            SELECT 1 FROM json_each(:store_ids) AS s CROSS JOIN stock_movements AS m
            WHERE m.location_id = s.value AND m.sku_id = g.value AND m.reason = 'receipt' AND m.business_date < :day
        )
    """),
    "postgresql": text("""
        SELECT CAST(g.id AS bigint) AS sku_id FROM jsonb_array_elements_text(CAST(:sku_ids AS jsonb)) AS g (id)
        WHERE EXISTS (
            SELECT 1 FROM jsonb_array_elements_text(CAST(:store_ids AS jsonb)) AS s (id)
            CROSS JOIN LATERAL (
                SELECT 1 FROM stock_movements AS m
                WHERE m.location_id = CAST(s.id AS bigint) AND m.sku_id = CAST(g.id AS bigint)
                    AND m.reason = 'receipt' AND m.business_date < CAST(:day AS date)
                LIMIT 1
            ) AS r
        )
    """),
}


class SlowSellers(ports.SlowSellers):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def goods(self, *, after: int, limit: int) -> Sequence[ListedGoods]:
        rows = self._transaction.execute(_GOODS, {"after": after, "limit": limit})
        return [ListedGoods(row.sku_id, row.sku, row.unstocked) for row in rows]

    def sold(
        self, *, first_sku_id: int, last_sku_id: int, days: Sequence[date], store_ids: Collection[int] | None
    ) -> Mapping[int, int]:
        parameters: dict[str, object] = {
            "days": json.dumps([day.isoformat() for day in days]),
            "first_sku_id": first_sku_id,
            "last_sku_id": last_sku_id,
        }
        if store_ids is not None:
            parameters["store_ids"] = json.dumps(sorted(store_ids))
        statement = SOLD[self._transaction.dialect, store_ids is not None]
        # PostgreSQL sums integers to decimals.
        return {row.sku_id: int(row.sold_milli) for row in self._transaction.execute(statement, parameters)}

    def held(self, *, first_sku_id: int, last_sku_id: int, store_ids: Collection[int]) -> Mapping[int, StockHeld]:
        rows = self._transaction.execute(
            HELD[self._transaction.dialect],
            {
                "store_ids": json.dumps(sorted(store_ids)),
                "first_sku_id": first_sku_id,
                "last_sku_id": last_sku_id,
            },
        )
        return {
            row.sku_id: StockHeld(
                int(row.on_hand_milli), int(row.value_minor), int(row.unit_cost_minor_max), bool(row.received)
            )
            for row in rows
        }

    def received_before(self, day: date, *, sku_ids: Collection[int], store_ids: Collection[int]) -> frozenset[int]:
        if not sku_ids:
            return frozenset()
        parameters = {
            "sku_ids": json.dumps(sorted(sku_ids)),
            "store_ids": json.dumps(sorted(store_ids)),
            "day": day.isoformat(),
        }
        rows = self._transaction.execute(RECEIVED_BEFORE[self._transaction.dialect], parameters)
        return frozenset(rows.scalars())
