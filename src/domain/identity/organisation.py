"""The chain: regions, stores, the terminals and services that call, the staff, and how far each may see."""

from dataclasses import dataclass
from enum import StrEnum


class ScopeKind(StrEnum):
    CHAIN = "chain"
    REGION = "region"
    STORE = "store"


class StoreStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class CallerKind(StrEnum):
    TERMINAL = "terminal"
    SERVICE = "service"


class CallerStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Region:
    region_id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Store:
    """A shop; it is also the stock location with the same id. `day_cutoff_minutes` counts from local midnight."""

    store_id: int
    code: str
    name: str
    region_id: int
    currency: str
    time_zone: str
    day_cutoff_minutes: int
    status: StoreStatus


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as authenticated by the edge, and what it may do.

    `caller_id` is the terminal or service, 0 for the system itself (the command line on the database). `store_id` is the
    terminal's store, None for a service. `staff_id` is the signed-in cashier. `store_ids` bounds what it may see; None
    means the whole chain. `permissions` holds "*" for everything.
    """

    caller_id: int
    code: str
    kind: CallerKind
    store_id: int | None
    staff_id: int | None
    staff_code: str
    permissions: frozenset[str]
    store_ids: frozenset[int] | None
    language: str = "en"

    def may(self, permission: str) -> bool:
        return permission in self.permissions or "*" in self.permissions

    def sees(self, store_id: int) -> bool:
        return self.store_ids is None or store_id in self.store_ids


SYSTEM = Caller(
    caller_id=0,
    code="system",
    kind=CallerKind.SERVICE,
    store_id=None,
    staff_id=None,
    staff_code="",
    permissions=frozenset({"*"}),
    store_ids=None,
)
"""The chain's own jobs and the command line on the database."""
