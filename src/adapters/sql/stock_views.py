"""Stock at earlier moments and in all stores, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import BigInteger, and_, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from adapters.sql.statements import any_of
from adapters.sql.tables.catalog import products
from adapters.sql.tables.inventory import stock_levels as levels
from adapters.sql.tables.inventory import stock_movements as moved
from adapters.sql.tables.stock_views import stock_balances as carried
from adapters.sql.transaction import Transaction
from application.ports import stock_views as ports
from application.ports.stock_views import StockFound, StockStanding

_EVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_INSTANT: Final = moved.c.moved_at.type
_LOCATION: Final = bindparam("location_id", type_=moved.c.location_id.type)
_BEFORE: Final = tuple_(bindparam("before_at", type_=_INSTANT), bindparam("before_id", type_=moved.c.movement_id.type))
_LAST: Final = (
    select(func.max(carried.c.as_of))
    .where(
        carried.c.location_id == _LOCATION,
        carried.c.sku_id == products.c.sku_id,
        carried.c.as_of < bindparam("before_at", type_=_INSTANT),
    )
    .correlate(products)
    .scalar_subquery()
)
_SINCE: Final = (
    moved.c.location_id == _LOCATION,
    moved.c.sku_id == products.c.sku_id,
    moved.c.moved_at > func.coalesce(carried.c.as_of, bindparam("ever", type_=_INSTANT)),
    tuple_(moved.c.moved_at, moved.c.movement_id) < _BEFORE,
)
_STANDING: Final = (
    select(
        products.c.sku_id,
        func.coalesce(carried.c.on_hand_milli, 0).label("carried_milli"),
        func.coalesce(carried.c.value_minor, 0).label("carried_minor"),
        select(func.sum(moved.c.quantity_milli))
        .where(*_SINCE)
        .correlate(products, carried)
        .scalar_subquery()
        .label("moved_milli"),
        select(func.sum(moved.c.value_minor))
        .where(*_SINCE)
        .correlate(products, carried)
        .scalar_subquery()
        .label("moved_minor"),
    )
    .join_from(
        products,
        carried,
        and_(carried.c.location_id == _LOCATION, carried.c.sku_id == products.c.sku_id, carried.c.as_of == _LAST),
        isouter=True,
    )
    .where(any_of(products.c.sku_id, "sku_ids"))
)

_FIND: Final = select(levels.c.location_id, levels.c.sku_id, levels.c.on_hand_milli - levels.c.reserved_milli).where(
    any_of(levels.c.sku_id, "sku_ids"), levels.c.on_hand_milli > levels.c.reserved_milli
)

_BUSY: Final = (
    select(moved.c.location_id, moved.c.sku_id)
    .where(
        moved.c.business_date.in_(bindparam("days", expanding=True)),
        moved.c.sku_id.between(bindparam("first_sku_id", type_=BigInteger), bindparam("last_sku_id", type_=BigInteger)),
    )
    .distinct()
    .subquery("busy")
)
_LAST_OF_BUSY: Final = (
    select(func.max(carried.c.as_of))
    .where(carried.c.location_id == _BUSY.c.location_id, carried.c.sku_id == _BUSY.c.sku_id)
    .correlate(_BUSY)
    .scalar_subquery()
)
_UNTIL: Final = bindparam("until", type_=_INSTANT)
_CARRY: Final = (
    insert(carried)
    .from_select(
        [column.name for column in carried.columns],
        select(
            _BUSY.c.location_id,
            _BUSY.c.sku_id,
            _UNTIL,
            func.coalesce(func.max(carried.c.on_hand_milli), 0) + func.sum(moved.c.quantity_milli),
            func.coalesce(func.max(carried.c.value_minor), 0) + func.sum(moved.c.value_minor),
        )
        .select_from(
            _BUSY.outerjoin(
                carried,
                and_(
                    carried.c.location_id == _BUSY.c.location_id,
                    carried.c.sku_id == _BUSY.c.sku_id,
                    carried.c.as_of == _LAST_OF_BUSY,
                ),
            ).join(
                moved,
                and_(
                    moved.c.location_id == _BUSY.c.location_id,
                    moved.c.sku_id == _BUSY.c.sku_id,
                    moved.c.moved_at > func.coalesce(carried.c.as_of, bindparam("ever", type_=_INSTANT)),
                    moved.c.moved_at <= _UNTIL,
                ),
            )
        )
        .group_by(_BUSY.c.location_id, _BUSY.c.sku_id)
        .having(func.count() >= bindparam("movements_min", type_=BigInteger)),
    )
    .returning(carried.c.sku_id)
)


class StockViews(ports.StockViews):
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def standing(
        self, location_id: int, sku_ids: Collection[int], before: tuple[datetime, int]
    ) -> Mapping[int, StockStanding]:
        rows = self._transaction.execute(
            _STANDING,
            {
                "location_id": location_id,
                "sku_ids": sorted(sku_ids),
                "before_at": before[0],
                "before_id": before[1],
                "ever": _EVER,
            },
        )
        # PostgreSQL sums integers to decimals.
        return {
            row.sku_id: StockStanding(
                row.carried_milli + int(row.moved_milli or 0), row.carried_minor + int(row.moved_minor or 0)
            )
            for row in rows
        }

    def find(self, sku_ids: Collection[int]) -> Sequence[StockFound]:
        rows = self._transaction.execute(_FIND, {"sku_ids": sorted(sku_ids)})
        return list(map(StockFound._make, rows.all()))

    def carry(
        self, *, first_sku_id: int, last_sku_id: int, days: Sequence[date], until: datetime, movements_min: int
    ) -> int:
        made = self._transaction.execute(
            _CARRY,
            {
                "first_sku_id": first_sku_id,
                "last_sku_id": last_sku_id,
                "days": list(days),
                "until": until,
                "movements_min": movements_min,
                "ever": _EVER,
            },
        )
        return len(made.all())
