"""A small chain on both engines for tests of master data and stock: two regions, three stores, and who calls there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Table, event, insert, select

from adapters.privacy.keys import Keys
from adapters.sql.tables import identity, kernel
from adapters.sql.unit_of_work import SqlUnits
from application.catalog.entries import CategoryEntry, ProductEntry, UnitEntry
from application.catalog.put_categories import PutCategories, put_categories
from application.catalog.put_products import PutProducts, put_products
from application.catalog.put_units import PutUnits, put_units
from application.pricing.coupon_batches import CouponBatchEntry, PutCouponBatches, put_coupon_batches
from application.transactor import Transactor
from domain.identity.organisation import SYSTEM, Caller, CallerKind
from domain.pricing.coupon import CouponHolder
from tests.kept import units_on

NOON = datetime(2025, 6, 1, 4, 0, tzinfo=UTC)
"""Twelve o'clock in Shanghai."""

HQ = replace(SYSTEM, caller_id=9, code="hq")
EAST, WEST = 1, 2
S01, S02, S88 = 11, 12, 13
STORES = {S01: ("S01", EAST, "CNY"), S02: ("S02", WEST, "CNY"), S88: ("S88", EAST, "USD")}


def terminal(store_id: int, *permissions: str) -> Caller:
    """A terminal of a store, which sees nothing but its store."""
    return Caller(
        caller_id=100 + store_id,
        code=f"T{store_id}",
        kind=CallerKind.TERMINAL,
        store_id=store_id,
        staff_id=None,
        staff_code="",
        permissions=frozenset(permissions),
        store_ids=frozenset({store_id}),
    )


@dataclass
class SmallChain:
    """Runs use cases and queries, and looks at what is stored."""

    engine: Engine
    units: SqlUnits
    transactor: Transactor

    def write(self, use_case: Callable[..., Any], command: object, *, caller: Caller = HQ, now: datetime = NOON) -> Any:
        return self.transactor.write(use_case, command, caller=caller, now=now)

    def read(self, query: Callable[..., Any], command: object, *, caller: Caller = HQ, now: datetime = NOON) -> Any:
        return self.transactor.read(query, command, caller=caller, now=now)

    def statements(self, use_case: Callable[..., Any], command: object) -> int:
        """How many statements repositories make in a use case, which is committed; many rows in one are one."""
        made: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if "id_blocks" not in statement:
                made.append(statement)

        with self.units.begin(caller=HQ, now=NOON) as uow:
            uow.refresh()
            event.listen(self.engine, "before_cursor_execute", count)
            use_case(uow, command)
            event.remove(self.engine, "before_cursor_execute", count)
            uow.commit()
        return len(made)

    def rows(self, table: Table, *columns: str) -> list[tuple[Any, ...]]:
        """The stored rows, or some columns of them, in ascending order."""
        wanted = [table.c[name] for name in columns] or list(table.c)
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(select(*wanted).order_by(*wanted))]

    def version(self, name: str) -> int:
        return dict(self.rows(kernel.versions)).get(name, 0)


@pytest.fixture
def chain(database_url: str) -> Iterator[SmallChain]:
    """Stores S01 and S88 (in dollars) in region EAST, store S02 in region WEST; their day ends at four."""
    units = units_on(database_url, Keys(bytes(32)))
    engine = units.engine
    with engine.begin() as connection:
        connection.execute(
            insert(identity.regions),
            [{"region_id": id, "code": code, "name": code} for id, code in ((EAST, "EAST"), (WEST, "WEST"))],
        )
        connection.execute(
            insert(identity.stores),
            [
                {
                    "store_id": store_id,
                    "code": code,
                    "name": f"Store {code}",
                    "region_id": region_id,
                    "currency": currency,
                    "time_zone": "Asia/Shanghai",
                    "day_cutoff_minutes": 240,
                    "status": "open",
                }
                for store_id, (code, region_id, currency) in STORES.items()
            ],
        )
    yield SmallChain(engine, units, Transactor(units))
    units.close()


@pytest.fixture
def stocked(chain: SmallChain) -> SmallChain:
    """The chain with TEA and MILK by the piece, HAM by weight, a BAG deposit kept without stock, and coupons NEXT10."""
    chain.write(
        put_categories, PutCategories((CategoryEntry("FOOD", "Food"), CategoryEntry("DRINK", "Drinks", "FOOD")))
    )
    chain.write(put_units, PutUnits((UnitEntry("EA", "Piece"), UnitEntry("KG", "Kilogram", 3))))
    products = (
        ProductEntry("TEA", "Tea", "DRINK", "EA", "standard", ("6901234567892",)),
        ProductEntry("MILK", "Milk", "DRINK", "EA", "reduced"),
        ProductEntry("HAM", "Ham", "FOOD", "KG", "standard", weighed_item_code="12345"),
        ProductEntry("BAG", "Bag", "FOOD", "EA", unstocked=True),
    )
    chain.write(put_products, PutProducts(products))
    batch = CouponBatchEntry("NEXT10", "Next time", CouponHolder.BEARER)
    chain.write(put_coupon_batches, PutCouponBatches((batch,)))
    return chain
