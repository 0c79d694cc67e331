"""The chain as it is shown and as it is put: codes instead of ids. Fields are those of the messages of the contract."""

from dataclasses import dataclass
from datetime import datetime

from domain.identity.limits import Limit
from domain.identity.organisation import CallerKind, CallerStatus, DeviceType, Scope, ScopeKind, StoreStatus


@dataclass(frozen=True, slots=True)
class RegionView:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class StoreView:
    """Without `status` a new store is open and a known one stays what it is."""

    code: str
    name: str
    region_code: str
    currency: str
    time_zone: str
    day_cutoff_minutes: int
    status: StoreStatus | None = None


@dataclass(frozen=True, slots=True)
class CallerView:
    code: str
    kind: CallerKind
    role_code: str
    store_code: str
    scope_kind: ScopeKind
    scope_code: str
    status: CallerStatus
    device_type: DeviceType | None = None
    supplier_code: str = ""


@dataclass(frozen=True, slots=True)
class StaffView:
    code: str
    name: str
    role_code: str
    scope_kind: ScopeKind
    scope_code: str
    active: bool


@dataclass(frozen=True, slots=True)
class RoleView:
    code: str
    name: str
    permissions: tuple[str, ...]
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """What was approved, why, by whom and for whom; `sale_id` is 0 and `used_at` unset while no sale has used it."""

    action: str
    store_code: str
    sale_request_id: str
    amount_minor: int
    reason: str
    approver_code: str
    seller_code: str
    terminal_code: str
    approved_at: datetime
    expires_at: datetime
    sale_id: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting before and after, in a scope; empty where nothing is set for it."""

    change_id: int
    name: str
    scope: Scope
    before: str
    after: str
    changed_at: datetime
    caller_id: int
    staff_id: int | None


@dataclass(frozen=True, slots=True)
class SettingChangeView:
    """`changed_by` is the code of the member of staff, else of the terminal or service; empty for the program."""

    name: str
    scope_kind: ScopeKind
    scope_code: str
    before: str
    after: str
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class SettingView:
    name: str
    scope_kind: ScopeKind
    scope_code: str
    value: str
    is_default: bool
    description: str
