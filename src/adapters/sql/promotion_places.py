"""Which promotions may hold in some stores, told by the places that their terms name."""

from typing import Any

from sqlalchemy import Column, ColumnElement, exists, or_

from adapters.sql.statements import any_of
from adapters.sql.tables.identity import regions, stores
from adapters.sql.tables.promotion_lives import promotion_places as places


def seen_by_stores(code: Column[str]) -> ColumnElement[bool]:
    """Whether the promotion with this code may hold in one of the stores of the parameter `store_ids`.

    That is in a store that it names, in the region that it names, or everywhere, unless the store is excepted.
    """

    def named(kind: str, place_code: Any) -> ColumnElement[bool]:
        found = exists().where(places.c.code == code, places.c.kind == kind, places.c.place_code == place_code)
        # Two levels up: left to itself SQLAlchemy would look at the table of promotions anew.
        return found.correlate(code.table, stores, regions)

    return (
        exists()
        .where(
            any_of(stores.c.store_id, "store_ids"),
            regions.c.region_id == stores.c.region_id,
            or_(named("everywhere", ""), named("store", stores.c.code), named("region", regions.c.code)),
            ~named("except", stores.c.code),
        )
        .correlate(code.table)
    )
