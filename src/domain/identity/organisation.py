"""The chain: regions, stores, the terminals and services that call, the staff, and how far each may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.identity.limits import Limit


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
    SUPPLIER = "supplier"
    """Somebody of a supplier, who is let to what concerns that supplier only."""


class DeviceType(StrEnum):
    """What a terminal is as long as it has its code: carried by staff, standing at a till, or used by customers."""

    FIXED = "fixed"
    MOBILE = "mobile"
    KIOSK = "kiosk"


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
class Scope:
    """The part of the chain that bounds a caller, a member of staff or a setting; `scope_id` is 0 for the chain."""

    kind: ScopeKind
    scope_id: int = 0

    def holds(self, store: Store) -> bool:
        """Whether the store lies in this part of the chain."""
        if self.kind is ScopeKind.CHAIN:
            return True
        return self.scope_id == (store.region_id if self.kind is ScopeKind.REGION else store.store_id)

    def store_ids(self, stores: Iterable[Store]) -> frozenset[int] | None:
        """The stores in this part of the chain; None for the whole chain, so that stores to come belong to it."""
        if self.kind is ScopeKind.CHAIN:
            return None
        return frozenset(store.store_id for store in stores if self.holds(store))


WHOLE_CHAIN = Scope(ScopeKind.CHAIN)


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions, some of them within limits; "*" among them stands for every permission.

    `builtin` when it is as the program defines it, and nobody has changed it: later versions of the program renew it.
    """

    role_id: int
    code: str
    name: str
    permissions: frozenset[str]
    limits: tuple[Limit, ...] = ()
    builtin: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as authenticated by the edge, and what it may do.

    `caller_id` is the terminal or service, 0 for the system itself (the command line on the database). `store_id` is
    the terminal's store, None for a service. `staff_id` is the signed-in cashier. `store_ids` bounds what it may see;
    None means the whole chain. `permissions` holds "*" for everything. `region_id` is the region that bounds it, if one
    does: seeing all stores of a region is not yet managing the region. `certificate_digest` is the SHA-256 of the
    client certificate of its connection, empty without one. `limits` bound some of the permissions. `member_number` is
    that of a member who reads their own data by a token that this caller has issued, empty for everybody else.
    `supplier_id` is whose a supplier's account is, 0 for everybody else: it sees no store, and its own orders only.
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
    region_id: int | None = None
    certificate_digest: bytes = b""
    limits: tuple[Limit, ...] = ()
    member_number: str = ""
    supplier_id: int = 0

    def may(self, permission: str) -> bool:
        return permission in self.permissions or "*" in self.permissions

    def sees(self, store_id: int) -> bool:
        return self.store_ids is None or store_id in self.store_ids

    def manages(self, scope: Scope) -> bool:
        """Whether all of `scope` lies within the caller's own, stores to come included."""
        if self.store_ids is None:
            return True
        if scope.kind is ScopeKind.STORE:
            return scope.scope_id in self.store_ids
        return scope.kind is ScopeKind.REGION and scope.scope_id == self.region_id


def stranger(*, certificate_digest: bytes = b"", language: str = "en") -> Caller:
    """The caller of a public call: nobody yet, who may do nothing and sees nothing."""
    return Caller(
        caller_id=-1,
        code="",
        kind=CallerKind.SERVICE,
        store_id=None,
        staff_id=None,
        staff_code="",
        permissions=frozenset(),
        store_ids=frozenset(),
        language=language,
        certificate_digest=certificate_digest,
    )


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
