"""What the application needs to know about the chain and its callers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

from application.identity.views import (
    ApprovalView,
    CallerView,
    RegionView,
    RoleView,
    SettingChange,
    SettingView,
    StaffView,
    StoreView,
)
from application.policies import MINIMUM_FLOORS, Policies, policies_for
from application.ports.sales import StoredApproval
from application.ports.tiers import StoredProgramme
from domain.identity.enrolment import CallerAccount
from domain.identity.limits import Limit
from domain.identity.organisation import CallerKind, CallerStatus, DeviceType, Region, Role, Scope, ScopeKind, Store
from domain.identity.staff import StaffMember
from domain.pricing.price_book import Place
from domain.pricing.price_list import PriceList
from domain.pricing.promoting import Stacking
from domain.pricing.tax import Tax, TaxRounding
from domain.shared.money import Rounding


@dataclass(frozen=True)
class Chain:
    """The small, slowly changing facts of the chain at one version, shared by all requests of a process."""

    version: int
    stores: Mapping[int, Store]
    regions: Mapping[int, Region]
    settings: Mapping[tuple[str, ScopeKind, int], str]
    price_lists: Mapping[int, PriceList]
    taxes: Sequence[Tax]
    departments: Mapping[int, str]
    category_codes: Mapping[int, frozenset[str]]
    """By category: its code and those of the categories above it."""
    caller_codes: Mapping[int, str]
    staff_codes: Mapping[int, str]
    device_types: Mapping[int, DeviceType] = field(default_factory=dict)
    """What each terminal is; services are no devices."""
    store_ids: Mapping[str, int] = field(default_factory=dict)
    former_staff: frozenset[int] = frozenset()
    """The members of staff who are not active any more."""
    tier_programme: StoredProgramme | None = None
    """The newest version of the tier programme; None before the first."""
    _policies: dict[int, Policies] = field(default_factory=dict, repr=False)
    _places: dict[int, Place] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.store_ids:
            object.__setattr__(self, "store_ids", {store.code: store.store_id for store in self.stores.values()})

    def policies(self, store_id: int) -> Policies:
        """The settings that hold in a store, worked out once per version."""
        found = self._policies.get(store_id)
        if found is None:
            region_id = self.stores[store_id].region_id
            found = self._policies[store_id] = policies_for(self.settings, store_id=store_id, region_id=region_id)
        return found

    @cached_property
    def staff_ids(self) -> Mapping[str, int]:
        """The id of every member of staff, former ones included, by code; worked out once per version."""
        return {code: staff_id for staff_id, code in self.staff_codes.items()}

    @cached_property
    def chain_policies(self) -> Policies:
        """The settings that hold for the whole chain, worked out once per version."""
        return policies_for(self.settings, store_id=0, region_id=0)

    def place(self, store_id: int) -> Place:
        """The store as far as prices depend on it, worked out once per version."""
        found = self._places.get(store_id)
        if found is None:
            store = self.stores[store_id]
            region_code = self.regions[store.region_id].code
            found = self._places[store_id] = place_of(store, region_code, self.policies(store_id))
        return found


def place_of(store: Store, region_code: str, policies: Policies) -> Place:
    """A store as far as prices depend on it."""
    return Place(
        store_id=store.store_id,
        region_id=store.region_id,
        store_code=store.code,
        region_code=region_code,
        currency=store.currency,
        time_zone=store.time_zone,
        stacking=Stacking(policies.discount_stacking),
        tax_rounding=TaxRounding(policies.tax_rounding),
        rounding=Rounding(policies.rounding_mode),
        minimum_prices=policies.price_floor in MINIMUM_FLOORS,
    )


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A cashier's session on one terminal, with what the cashier may do now."""

    staff_id: int
    staff_code: str
    scope: Scope
    active: bool
    permissions: frozenset[str]
    expires_at: datetime
    ended_at: datetime | None
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredCaller:
    """Whom a credential belongs to, with what it may do now; `session` is the one asked for, if it is this caller's."""

    caller_id: int
    code: str
    kind: CallerKind
    store_id: int | None
    scope: Scope
    status: CallerStatus
    permissions: frozenset[str]
    certificate_digest: bytes | None
    session: StoredSession | None
    limits: tuple[Limit, ...] = ()
    supplier_id: int | None = None


class Identity(Protocol):
    """Regions, stores, callers, staff, roles and settings.

    A use case that changes them bumps the version "chain" first: whoever changes the chain waits there for the one
    before, so that what it then loads stays true until it commits. Lists hold what lies in the caller's scope.
    """

    # What changes start from, whatever the scope: absent codes are absent from the answer.
    def regions(self, codes: Collection[str]) -> Mapping[str, Region]: ...

    def stores(self, codes: Collection[str]) -> Mapping[str, Store]: ...

    def roles(self, codes: Collection[str]) -> Mapping[str, Role]: ...

    def role(self, role_id: int) -> Role: ...

    def account(self, code: str) -> CallerAccount | None: ...

    def staff_member(self, code: str) -> StaffMember | None:
        """The member of staff, locked until the end of the transaction."""

    def overrides(self, name: str) -> Mapping[Scope, str]:
        """The values of a setting where it is not left at its default."""

    def stores_in_use(self, store_ids: Collection[int]) -> frozenset[int]:
        """Those of the stores that have sold or received anything."""

    def count_regions(self) -> int: ...

    def count_roles(self) -> int: ...

    def count_overrides(self) -> int: ...

    # Changes: rows are added, or replace those with the same id.
    def put_regions(self, regions: Sequence[Region]) -> None: ...

    def put_stores(self, stores: Sequence[Store]) -> None: ...

    def put_roles(self, roles: Sequence[Role]) -> None: ...

    def put_account(self, account: CallerAccount) -> None:
        """Stores a caller that is to enrol; a credential that it had before is gone."""

    def activate_caller(
        self, *, enrolment_digest: bytes, credential_digest: bytes, certificate_digest: bytes | None, at: datetime
    ) -> int | None:
        """Uses a one-time code up and returns whose it was; None when it is unknown, used or past its time.

        Of two attempts with one code, one finds it.
        """

    def revoke_caller(self, caller_id: int, *, at: datetime) -> None:
        """Ends the caller's right to call, its one-time code and its sessions."""

    def put_staff(self, member: StaffMember) -> None: ...

    def record_attempts(self, member: StaffMember) -> None:
        """Stores how many wrong PINs count, and until when the member of staff is locked."""

    def open_session(self, *, session_digest: bytes, caller_id: int, staff_id: int, expires_at: datetime) -> None: ...

    def forget_sessions(self, *, caller_id: int, expired_at: datetime) -> None:
        """Removes the terminal's sessions that had expired by then."""

    def end_sessions(self, *, staff_id: int, caller_id: int | None = None, at: datetime) -> None:
        """Ends the open sessions of a member of staff, on one terminal or on all."""

    def put_override(self, name: str, scope: Scope, value: str) -> None: ...

    def remove_override(self, name: str, scope: Scope) -> None: ...

    def record_setting_change(self, change: SettingChange) -> None: ...

    # Answers.
    def credential(self, *, credential_digest: bytes, session_digest: bytes) -> StoredCaller | None:
        """Whom a credential belongs to, in one statement; `session_digest` is empty when nobody is signed in."""

    def caller_view(self, caller_id: int) -> CallerView | None: ...

    def staff_view(self, staff_id: int) -> StaffView: ...

    def list_regions(self) -> Sequence[RegionView]: ...

    def list_stores(self, *, after: str, limit: int) -> Sequence[StoreView]: ...

    def list_callers(self, *, after: str, limit: int) -> Sequence[CallerView]: ...

    def list_staff(self, *, after: str, limit: int) -> Sequence[StaffView]: ...

    def lock_approval(self, token_digest: bytes) -> StoredApproval | None:
        """Locks the approval with this token, for a use case outside the batch of sales."""

    def list_approvals(
        self, store: Store, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[tuple[tuple[datetime, int], ApprovalView]]:
        """Up to `limit` approvals of a store, newest first, those older than `after`, with their keys."""

    def list_roles(self) -> Sequence[RoleView]: ...

    def list_setting_changes(
        self, name: str, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[SettingChange]:
        """Up to `limit` changes of a setting in the whole chain, newest first, those older than `after`."""

    def setting_changes_since(self, names: Collection[str], *, at: datetime) -> Sequence[SettingChange]:
        """All changes of these settings after a moment in the whole chain, oldest first."""

    def list_overrides(self) -> Sequence[SettingView]:
        """Overrides for the chain, and for the regions and stores in scope, without description."""


class Clock(Protocol):
    def __call__(self) -> datetime:
        """The present instant, aware, UTC."""
