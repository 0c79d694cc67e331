"""What every request needs and seldom changes, kept in memory: the chain, and products with their prices."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Executable, select

from adapters.sql.tables import catalog, identity, kernel, pricing
from application.ports.identity import Chain
from domain.identity.organisation import Region, ScopeKind, Store, StoreStatus
from domain.pricing.price_list import PriceList
from domain.pricing.tax import Tax

if TYPE_CHECKING:
    from sqlalchemy import CursorResult


class Reads(Protocol):
    def execute(self, statement: Executable) -> "CursorResult[Any]": ...


class Snapshots:
    """Shared by all transactions of a process."""

    def __init__(self) -> None:
        self._chain: Chain | None = None

    def chain(self, transaction: Reads) -> Chain:
        if self._chain is None:
            return self.refresh(transaction)
        return self._chain

    def refresh(self, transaction: Reads) -> Chain:
        version = _versions(transaction).get("chain", 0)
        if self._chain is None or self._chain.version != version:
            self._chain = _load_chain(transaction, version)
        return self._chain


def _versions(transaction: Reads) -> Mapping[str, int]:
    return {row.name: row.version for row in transaction.execute(select(kernel.versions))}


def _load_chain(transaction: Reads, version: int) -> Chain:
    execute = transaction.execute
    stores = [
        Store(**{**row._mapping, "status": StoreStatus(row.status)}) for row in execute(select(identity.stores))
    ]
    return Chain(
        version=version,
        stores={store.store_id: store for store in stores},
        regions={row.region_id: Region(**row._mapping) for row in execute(select(identity.regions))},
        settings={
            (row.name, ScopeKind(row.scope_kind), row.scope_id): row.value
            for row in execute(select(identity.settings))
        },
        price_lists={row.price_list_id: PriceList(**row._mapping) for row in execute(select(pricing.price_lists))},
        taxes=[Tax(**row._mapping) for row in execute(select(pricing.taxes))],
        departments={
            row.category_id: row.code
            for row in execute(select(catalog.categories).where(catalog.categories.c.parent_id.is_(None)))
        },
        caller_codes={row.caller_id: row.code for row in execute(select(identity.callers))},
        staff_codes={row.staff_id: row.code for row in execute(select(identity.staff))},
    )
