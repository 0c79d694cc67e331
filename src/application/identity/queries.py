"""Reading the chain: what lies in the caller's scope, by code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from application.fields import required_code
from application.identity.callers import UnknownCaller
from application.identity.settings import described
from application.identity.views import (
    ApprovalView,
    CallerView,
    RegionView,
    RoleView,
    SettingChangeView,
    SettingView,
    StaffView,
    StoreView,
)
from application.known_settings import SETTINGS
from application.paging import Page, next_token, page
from application.policies import known_setting
from application.ports.kernel import UnitOfWork
from application.scope import store_in_scope, who
from domain.identity.organisation import WHOLE_CHAIN, Scope, ScopeKind


@dataclass(frozen=True, slots=True)
class GetCaller:
    """Asks who the caller is."""


@dataclass(frozen=True, slots=True)
class CallerProfile:
    """`staff_code` is empty when nobody is signed in."""

    caller: CallerView
    staff_code: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListApprovals:
    store_code: str = ""
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class ApprovalPage:
    approvals: Sequence[ApprovalView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListRegions:
    """Asks for the regions in scope."""


@dataclass(frozen=True, slots=True)
class RegionList:
    regions: Sequence[RegionView]


@dataclass(frozen=True, slots=True)
class ListStores:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StorePage:
    stores: Sequence[StoreView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListCallers:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class CallerPage:
    callers: Sequence[CallerView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListStaff:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class StaffPage:
    staff: Sequence[StaffView]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class ListRoles:
    """Asks for the roles of the chain."""


@dataclass(frozen=True, slots=True)
class RoleList:
    roles: Sequence[RoleView]


@dataclass(frozen=True, slots=True)
class ListSettings:
    """Asks for the settings in scope."""


@dataclass(frozen=True, slots=True)
class SettingList:
    settings: Sequence[SettingView]


@dataclass(frozen=True, slots=True)
class ListSettingChanges:
    name: str
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class SettingChangePage:
    changes: Sequence[SettingChangeView]
    next_page_token: str


def get_caller(uow: UnitOfWork, query: GetCaller) -> CallerProfile:
    """Who the caller is, with what it and the signed-in cashier may do together."""
    caller = uow.identity.caller_view(uow.caller.caller_id)
    if caller is None:
        raise UnknownCaller(code=uow.caller.code)
    return CallerProfile(caller, uow.caller.staff_code, tuple(sorted(uow.caller.permissions)))


def list_regions(uow: UnitOfWork, query: ListRegions) -> RegionList:
    """The regions that the caller manages, or sees a store of."""
    return RegionList(uow.identity.list_regions())


def list_stores(uow: UnitOfWork, query: ListStores) -> StorePage:
    """The stores in scope."""
    asked = page(query.page_size, query.page_token, key=(str,))
    rows = uow.identity.list_stores(after=_code_after(asked), limit=asked.limit + 1)
    return StorePage(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.code,)))


def list_callers(uow: UnitOfWork, query: ListCallers) -> CallerPage:
    """The terminals and services whose whole scope lies within the caller's."""
    asked = page(query.page_size, query.page_token, key=(str,))
    rows = uow.identity.list_callers(after=_code_after(asked), limit=asked.limit + 1)
    return CallerPage(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.code,)))


def list_staff(uow: UnitOfWork, query: ListStaff) -> StaffPage:
    """The staff whose whole scope lies within the caller's."""
    asked = page(query.page_size, query.page_token, key=(str,))
    rows = uow.identity.list_staff(after=_code_after(asked), limit=asked.limit + 1)
    return StaffPage(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.code,)))


def list_roles(uow: UnitOfWork, query: ListRoles) -> RoleList:
    """All roles, each with its permissions."""
    return RoleList(uow.identity.list_roles())


def list_setting_changes(uow: UnitOfWork, query: ListSettingChanges) -> SettingChangePage:
    """Who has changed a setting when, the newest change first, for the scopes that the caller sees.

    A page may hold fewer than asked for, or none, before the last one. Raises UnknownSetting.
    """
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    name = known_setting(required_code(query.name, field="name"))
    uow.refresh()
    after = (asked.after[0], asked.after[1]) if asked.after else None
    found = uow.identity.list_setting_changes(name, after=after, limit=asked.limit + 1)
    token = next_token(found, asked.limit, lambda change: (change.changed_at, change.change_id))
    codes = _scope_codes(uow)
    views = [
        SettingChangeView(
            change.name,
            change.scope.kind,
            codes[change.scope],
            change.before,
            change.after,
            change.changed_at,
            who(uow, caller_id=change.caller_id, staff_id=change.staff_id),
        )
        for change in found[: asked.limit]
        if change.scope in codes
    ]
    return SettingChangePage(views, token)


def _scope_codes(uow: UnitOfWork) -> Mapping[Scope, str]:
    """The codes of the chain, and of the regions and stores that the caller sees."""
    stores = [store for store in uow.chain.stores.values() if uow.caller.sees(store.store_id)]
    return {
        WHOLE_CHAIN: "",
        **{Scope(ScopeKind.STORE, store.store_id): store.code for store in stores},
        **{Scope(ScopeKind.REGION, store.region_id): uow.chain.regions[store.region_id].code for store in stores},
    }


def list_settings(uow: UnitOfWork, query: ListSettings) -> SettingList:
    """Every setting with its default, each followed by what is set for the chain and its parts in scope."""
    overrides = [replace(row, description=described(row.name)) for row in uow.identity.list_overrides()]
    defaults = [
        SettingView(name, ScopeKind.CHAIN, "", setting.default, is_default=True, description=described(name))
        for name, setting in SETTINGS.items()
    ]
    # Sorting keeps the order of the overrides of one name: chain, regions, stores.
    return SettingList(sorted(defaults + overrides, key=lambda row: row.name))


def _code_after(asked: Page) -> str:
    return str(asked.after[0]) if asked.after else ""


def list_approvals(uow: UnitOfWork, query: ListApprovals) -> ApprovalPage:
    """The approvals given for one store, newest first, and which sale used each; raises UnknownStore, StoreNeeded."""
    asked = page(query.page_size, query.page_token, key=(datetime, int))
    uow.refresh()
    store = store_in_scope(uow, query.store_code)
    rows = uow.identity.list_approvals(store, after=asked.after, limit=asked.limit + 1)
    token = next_token(rows, asked.limit, lambda row: row[0])
    return ApprovalPage([view for _, view in rows[: asked.limit]], token)
