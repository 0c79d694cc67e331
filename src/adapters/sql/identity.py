"""The chain, its callers and its staff in SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from adapters.sql import approvals, setting_changes
from adapters.sql.statements import any_of, upsert
from adapters.sql.tables.identity import callers, regions, roles, sessions, settings, staff, stores
from adapters.sql.tables.inventory import stock_movements
from adapters.sql.tables.sales import sales
from adapters.sql.tables.suppliers import suppliers
from adapters.sql.transaction import Transaction
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
from application.ports import identity
from application.ports.identity import StoredCaller, StoredSession
from application.ports.sales import StoredApproval
from domain.identity.enrolment import CallerAccount
from domain.identity.limits import Limit
from domain.identity.organisation import (
    CallerKind,
    CallerStatus,
    DeviceType,
    Region,
    Role,
    Scope,
    ScopeKind,
    Store,
    StoreStatus,
)
from domain.identity.staff import StaffMember

# What lies in the caller's scope; `_scope` gives the parameters.
_WHOLE_CHAIN: Final = bindparam("whole_chain", type_=Boolean)
_REGION_ID: Final = bindparam("region_id", type_=regions.c.region_id.type)
_STORE_LISTED: Final = any_of(stores.c.store_id, "store_ids")
_STORE_SEEN: Final = or_(_WHOLE_CHAIN, _STORE_LISTED)
_REGION_SEEN: Final = or_(
    _WHOLE_CHAIN,
    regions.c.region_id == _REGION_ID,
    regions.c.region_id.in_(select(stores.c.region_id).where(_STORE_LISTED)),
)


def _managed(table: Table) -> ColumnElement[bool]:
    """Whether all of the scope that a row names lies in the caller's."""
    return or_(
        _WHOLE_CHAIN,
        and_(table.c.scope_kind == ScopeKind.REGION.value, table.c.scope_id == _REGION_ID),
        and_(table.c.scope_kind == ScopeKind.STORE.value, any_of(table.c.scope_id, "store_ids")),
    )


def _scope_code(table: Table) -> ColumnElement[str]:
    """The code of the region or store that a row's scope names, empty for the chain."""
    region_code = select(regions.c.code).where(regions.c.region_id == table.c.scope_id)
    store_code = select(stores.c.code).where(stores.c.store_id == table.c.scope_id)
    return case(
        (table.c.scope_kind == ScopeKind.REGION.value, region_code.correlate(table).scalar_subquery()),
        (table.c.scope_kind == ScopeKind.STORE.value, store_code.correlate(table).scalar_subquery()),
        else_=literal(""),
    ).label("scope_code")


def _by_code(table: Table) -> Any:
    return select(table).where(any_of(table.c.code, "codes"))


_REGIONS_BY_CODE: Final = _by_code(regions)
_STORES_BY_CODE: Final = _by_code(stores)
_ROLES_BY_CODE: Final = _by_code(roles)
_ROLE_BY_ID: Final = select(roles).where(roles.c.role_id == bindparam("role_id"))
_ACCOUNT: Final = select(callers).where(callers.c.code == bindparam("code"))
_STAFF_MEMBER: Final = select(staff).where(staff.c.code == bindparam("code")).with_for_update()
_OVERRIDES: Final = select(settings).where(settings.c.name == bindparam("name"))
_STORES_IN_USE: Final = select(stores.c.store_id).where(
    _STORE_LISTED,
    or_(
        exists().where(sales.c.store_id == stores.c.store_id),
        exists().where(stock_movements.c.location_id == stores.c.store_id),
    ),
)
_COUNT_REGIONS: Final = select(func.count()).select_from(regions)
_COUNT_ROLES: Final = select(func.count()).select_from(roles)
_COUNT_OVERRIDES: Final = select(func.count()).select_from(settings)

_PUT_REGIONS: Final = upsert(regions)
_PUT_STORES: Final = upsert(stores)
_PUT_ROLES: Final = upsert(roles)
_PUT_ACCOUNT: Final = upsert(callers)
_PUT_STAFF: Final = upsert(staff)
_PUT_OVERRIDE: Final = upsert(settings)
_OPEN_SESSION: Final = insert(sessions)
_ACTIVATE_CALLER: Final = (
    update(callers)
    .where(
        callers.c.enrolment_digest == bindparam("this_enrolment_digest"),
        callers.c.enrolment_expires_at > bindparam("at", type_=callers.c.enrolment_expires_at.type),
        callers.c.status == CallerStatus.PENDING.value,
    )
    .values(
        status=CallerStatus.ACTIVE.value,
        enrolment_digest=None,
        enrolment_expires_at=None,
        credential_digest=bindparam("credential_digest"),
        certificate_digest=bindparam("certificate_digest"),
    )
    .returning(callers.c.caller_id)
)
_REVOKE_CALLER: Final = (
    update(callers)
    .where(callers.c.caller_id == bindparam("this_caller_id"))
    .values(status=CallerStatus.REVOKED.value, enrolment_digest=None, enrolment_expires_at=None)
)
_RECORD_ATTEMPTS: Final = (
    update(staff)
    .where(staff.c.staff_id == bindparam("this_staff_id"))
    .values(failed_attempts=bindparam("failed_attempts"), locked_until=bindparam("locked_until"))
)
_FORGET_SESSIONS: Final = delete(sessions).where(
    sessions.c.caller_id == bindparam("caller_id"),
    sessions.c.expires_at <= bindparam("expired_at", type_=sessions.c.expires_at.type),
)
_OPEN_SESSIONS: Final = update(sessions).where(sessions.c.ended_at.is_(None)).values(ended_at=bindparam("at"))
_END_CALLER_SESSIONS: Final = _OPEN_SESSIONS.where(sessions.c.caller_id == bindparam("this_caller_id"))
_END_STAFF_SESSIONS: Final = _OPEN_SESSIONS.where(sessions.c.staff_id == bindparam("this_staff_id"))
_END_SESSIONS: Final = _END_STAFF_SESSIONS.where(sessions.c.caller_id == bindparam("this_caller_id"))
_REMOVE_OVERRIDE: Final = delete(settings).where(
    settings.c.name == bindparam("name"),
    settings.c.scope_kind == bindparam("scope_kind"),
    settings.c.scope_id == bindparam("scope_id"),
)

_staff_roles = roles.alias("staff_roles")
_CREDENTIAL: Final = (
    select(
        callers.c.caller_id,
        callers.c.code,
        callers.c.kind,
        callers.c.store_id,
        callers.c.scope_kind,
        callers.c.scope_id,
        callers.c.status,
        callers.c.supplier_id,
        callers.c.certificate_digest,
        roles.c.permissions,
        roles.c.limits,
        sessions.c.staff_id,
        sessions.c.expires_at,
        sessions.c.ended_at,
        staff.c.code.label("staff_code"),
        staff.c.scope_kind.label("staff_scope_kind"),
        staff.c.scope_id.label("staff_scope_id"),
        staff.c.active,
        _staff_roles.c.permissions.label("staff_permissions"),
        _staff_roles.c.limits.label("staff_limits"),
    )
    .select_from(
        callers.join(roles, roles.c.role_id == callers.c.role_id)
        .outerjoin(
            sessions,
            and_(
                sessions.c.session_digest == bindparam("session_digest"),
                sessions.c.caller_id == callers.c.caller_id,
            ),
        )
        .outerjoin(staff, staff.c.staff_id == sessions.c.staff_id)
        .outerjoin(_staff_roles, _staff_roles.c.role_id == staff.c.role_id)
    )
    .where(callers.c.credential_digest == bindparam("credential_digest"))
)
_CALLERS: Final = select(
    callers.c.code,
    callers.c.kind,
    roles.c.code.label("role_code"),
    func.coalesce(stores.c.code, "").label("store_code"),
    callers.c.scope_kind,
    _scope_code(callers),
    callers.c.status,
    callers.c.device_type,
    func.coalesce(suppliers.c.code, "").label("supplier_code"),
).select_from(
    callers.join(roles, roles.c.role_id == callers.c.role_id)
    .outerjoin(stores, stores.c.store_id == callers.c.store_id)
    .outerjoin(suppliers, suppliers.c.supplier_id == callers.c.supplier_id)
)
_CALLER: Final = _CALLERS.where(callers.c.caller_id == bindparam("caller_id"))
_STAFF: Final = select(
    staff.c.staff_id,
    staff.c.code,
    staff.c.name_cipher,
    roles.c.code.label("role_code"),
    staff.c.scope_kind,
    _scope_code(staff),
    staff.c.active,
).select_from(staff.join(roles, roles.c.role_id == staff.c.role_id))
_STAFF_BY_ID: Final = _STAFF.where(staff.c.staff_id == bindparam("staff_id"))


def _page(statement: Any, table: Table, seen: ColumnElement[bool]) -> Any:
    """The rows in scope whose code lies after `after`, up to `limit`."""
    return (
        statement.where(seen, table.c.code > bindparam("after", type_=table.c.code.type))
        .order_by(table.c.code)
        .limit(bindparam("row_limit"))
    )


_LIST_REGIONS: Final = select(regions.c.code, regions.c.name).where(_REGION_SEEN).order_by(regions.c.code)
_LIST_STORES: Final = _page(
    select(
        stores.c.code,
        stores.c.name,
        regions.c.code.label("region_code"),
        stores.c.currency,
        stores.c.time_zone,
        stores.c.day_cutoff_minutes,
        stores.c.status,
    ).select_from(stores.join(regions, regions.c.region_id == stores.c.region_id)),
    stores,
    _STORE_SEEN,
)
_LIST_CALLERS: Final = _page(_CALLERS, callers, _managed(callers))
_LIST_STAFF: Final = _page(_STAFF, staff, _managed(staff))
_LIST_ROLES: Final = select(roles.c.code, roles.c.name, roles.c.permissions, roles.c.limits).order_by(roles.c.code)
_LIST_OVERRIDES: Final = (
    select(settings.c.name, settings.c.scope_kind, _scope_code(settings), settings.c.value)
    .where(
        or_(
            settings.c.scope_kind == ScopeKind.CHAIN.value,
            and_(
                settings.c.scope_kind == ScopeKind.REGION.value,
                settings.c.scope_id.in_(select(regions.c.region_id).where(_REGION_SEEN)),
            ),
            and_(
                settings.c.scope_kind == ScopeKind.STORE.value,
                settings.c.scope_id.in_(select(stores.c.store_id).where(_STORE_SEEN)),
            ),
        )
    )
    # "chain" < "region" < "store"
    .order_by(settings.c.name, settings.c.scope_kind, "scope_code")
)


class Identity(identity.Identity):
    """All statements are built once, above."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def regions(self, codes: Collection[str]) -> Mapping[str, Region]:
        rows = self._transaction.execute(_REGIONS_BY_CODE, {"codes": list(codes)})
        return {row.code: Region(**row._mapping) for row in rows}

    def stores(self, codes: Collection[str]) -> Mapping[str, Store]:
        rows = self._transaction.execute(_STORES_BY_CODE, {"codes": list(codes)})
        return {row.code: Store(**{**row._mapping, "status": StoreStatus(row.status)}) for row in rows}

    def roles(self, codes: Collection[str]) -> Mapping[str, Role]:
        return {row.code: _role(row) for row in self._transaction.execute(_ROLES_BY_CODE, {"codes": list(codes)})}

    def role(self, role_id: int) -> Role:
        return _role(self._transaction.execute(_ROLE_BY_ID, {"role_id": role_id}).one())

    def account(self, code: str) -> CallerAccount | None:
        row = self._transaction.execute(_ACCOUNT, {"code": code}).one_or_none()
        if row is None:
            return None
        device_type = DeviceType(row.device_type) if row.device_type else None
        return CallerAccount(
            row.caller_id, row.code, CallerKind(row.kind), row.role_id, row.store_id, _scope_of(row),
            CallerStatus(row.status), row.enrolment_digest, row.enrolment_expires_at, row.created_at, device_type,
            row.supplier_id,
        )  # fmt: skip

    def staff_member(self, code: str) -> StaffMember | None:
        row = self._transaction.execute(_STAFF_MEMBER, {"code": code}).one_or_none()
        if row is None:
            return None
        return StaffMember(
            staff_id=row.staff_id,
            code=row.code,
            name=self._name(row),
            role_id=row.role_id,
            scope=_scope_of(row),
            active=row.active,
            pin_hash=row.pin_hash,
            failed_attempts=row.failed_attempts,
            locked_until=row.locked_until,
        )

    def overrides(self, name: str) -> Mapping[Scope, str]:
        return {_scope_of(row): row.value for row in self._transaction.execute(_OVERRIDES, {"name": name})}

    def stores_in_use(self, store_ids: Collection[int]) -> frozenset[int]:
        return frozenset(self._transaction.execute(_STORES_IN_USE, {"store_ids": list(store_ids)}).scalars())

    def count_regions(self) -> int:
        return int(self._transaction.execute(_COUNT_REGIONS).scalar_one())

    def count_roles(self) -> int:
        return int(self._transaction.execute(_COUNT_ROLES).scalar_one())

    def count_overrides(self) -> int:
        return int(self._transaction.execute(_COUNT_OVERRIDES).scalar_one())

    def put_regions(self, regions: Sequence[Region]) -> None:
        self._put(_PUT_REGIONS, [asdict(region) for region in regions])

    def put_stores(self, stores: Sequence[Store]) -> None:
        self._put(_PUT_STORES, [{**asdict(store), "status": store.status.value} for store in stores])

    def put_roles(self, roles: Sequence[Role]) -> None:
        self._put(
            _PUT_ROLES,
            [
                {
                    **asdict(role),
                    "permissions": sorted(role.permissions),
                    "limits": [asdict(one) for one in role.limits],
                }
                for role in roles
            ],
        )

    def put_account(self, account: CallerAccount) -> None:
        self._transaction.execute(
            _PUT_ACCOUNT,
            {
                "caller_id": account.caller_id,
                "code": account.code,
                "kind": account.kind.value,
                "role_id": account.role_id,
                "store_id": account.store_id,
                **_scope_columns(account.scope),
                "status": account.status.value,
                "credential_digest": None,
                "enrolment_digest": account.enrolment_digest,
                "enrolment_expires_at": account.enrolment_expires_at,
                "certificate_digest": None,
                "created_at": account.created_at,
                "device_type": account.device_type or "",
                "supplier_id": account.supplier_id,
            },
        )

    def activate_caller(
        self, *, enrolment_digest: bytes, credential_digest: bytes, certificate_digest: bytes | None, at: datetime
    ) -> int | None:
        return self._transaction.execute(
            _ACTIVATE_CALLER,
            {
                "this_enrolment_digest": enrolment_digest,
                "credential_digest": credential_digest,
                "certificate_digest": certificate_digest,
                "at": at,
            },
        ).scalar_one_or_none()

    def revoke_caller(self, caller_id: int, *, at: datetime) -> None:
        self._transaction.execute(_REVOKE_CALLER, {"this_caller_id": caller_id})
        self._transaction.execute(_END_CALLER_SESSIONS, {"this_caller_id": caller_id, "at": at})

    def put_staff(self, member: StaffMember) -> None:
        name = self._transaction.keys.encrypt(member.name, _name_context(member.staff_id)) if member.name else None
        self._transaction.execute(
            _PUT_STAFF,
            {
                "staff_id": member.staff_id,
                "code": member.code,
                "name_cipher": name,
                "role_id": member.role_id,
                **_scope_columns(member.scope),
                "active": member.active,
                "pin_hash": member.pin_hash,
                "failed_attempts": member.failed_attempts,
                "locked_until": member.locked_until,
            },
        )

    def record_attempts(self, member: StaffMember) -> None:
        self._transaction.execute(
            _RECORD_ATTEMPTS,
            {
                "this_staff_id": member.staff_id,
                "failed_attempts": member.failed_attempts,
                "locked_until": member.locked_until,
            },
        )

    def open_session(self, *, session_digest: bytes, caller_id: int, staff_id: int, expires_at: datetime) -> None:
        self._transaction.execute(
            _OPEN_SESSION,
            {
                "session_digest": session_digest,
                "caller_id": caller_id,
                "staff_id": staff_id,
                "expires_at": expires_at,
                "ended_at": None,
            },
        )

    def forget_sessions(self, *, caller_id: int, expired_at: datetime) -> None:
        self._transaction.execute(_FORGET_SESSIONS, {"caller_id": caller_id, "expired_at": expired_at})

    def end_sessions(self, *, staff_id: int, caller_id: int | None = None, at: datetime) -> None:
        if caller_id is None:
            self._transaction.execute(_END_STAFF_SESSIONS, {"this_staff_id": staff_id, "at": at})
        else:
            self._transaction.execute(_END_SESSIONS, {"this_staff_id": staff_id, "this_caller_id": caller_id, "at": at})

    def put_override(self, name: str, scope: Scope, value: str) -> None:
        self._transaction.execute(_PUT_OVERRIDE, {**_override_key(name, scope), "value": value})

    def remove_override(self, name: str, scope: Scope) -> None:
        self._transaction.execute(_REMOVE_OVERRIDE, _override_key(name, scope))

    def record_setting_change(self, change: SettingChange) -> None:
        setting_changes.record(self._transaction, change)

    def list_setting_changes(
        self, name: str, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[SettingChange]:
        return setting_changes.listed(self._transaction, name, after=after, limit=limit)

    def setting_changes_since(self, names: Collection[str], *, at: datetime) -> Sequence[SettingChange]:
        return setting_changes.since(self._transaction, names, at=at)

    def credential(self, *, credential_digest: bytes, session_digest: bytes) -> StoredCaller | None:
        row = self._transaction.execute(
            _CREDENTIAL, {"credential_digest": credential_digest, "session_digest": session_digest}
        ).one_or_none()
        if row is None:
            return None
        return StoredCaller(
            caller_id=row.caller_id,
            code=row.code,
            kind=CallerKind(row.kind),
            store_id=row.store_id,
            scope=_scope_of(row),
            status=CallerStatus(row.status),
            permissions=frozenset(row.permissions),
            certificate_digest=row.certificate_digest,
            session=None if row.staff_id is None else _session(row),
            limits=_limits(row.limits),
            supplier_id=row.supplier_id,
        )

    def caller_view(self, caller_id: int) -> CallerView | None:
        row = self._transaction.execute(_CALLER, {"caller_id": caller_id}).one_or_none()
        return None if row is None else _caller_view(row)

    def staff_view(self, staff_id: int) -> StaffView:
        return self._staff_view(self._transaction.execute(_STAFF_BY_ID, {"staff_id": staff_id}).one())

    def list_regions(self) -> Sequence[RegionView]:
        rows = self._transaction.execute(_LIST_REGIONS, self._scope())
        return [RegionView(**row._mapping) for row in rows]

    def list_stores(self, *, after: str, limit: int) -> Sequence[StoreView]:
        rows = self._transaction.execute(_LIST_STORES, {**self._scope(), "after": after, "row_limit": limit})
        return [StoreView(**{**row._mapping, "status": StoreStatus(row.status)}) for row in rows]

    def list_callers(self, *, after: str, limit: int) -> Sequence[CallerView]:
        rows = self._transaction.execute(_LIST_CALLERS, {**self._scope(), "after": after, "row_limit": limit})
        return [_caller_view(row) for row in rows]

    def list_staff(self, *, after: str, limit: int) -> Sequence[StaffView]:
        rows = self._transaction.execute(_LIST_STAFF, {**self._scope(), "after": after, "row_limit": limit})
        return [self._staff_view(row) for row in rows]

    def lock_approval(self, token_digest: bytes) -> StoredApproval | None:
        return approvals.lock_one(self._transaction, token_digest)

    def list_approvals(
        self, store: Store, *, after: tuple[datetime, int] | None, limit: int
    ) -> Sequence[tuple[tuple[datetime, int], ApprovalView]]:
        return approvals.listed(self._transaction, store, after=after, limit=limit)

    def list_roles(self) -> Sequence[RoleView]:
        rows = self._transaction.execute(_LIST_ROLES)
        return [RoleView(row.code, row.name, tuple(row.permissions), _limits(row.limits)) for row in rows]

    def list_overrides(self) -> Sequence[SettingView]:
        rows = self._transaction.execute(_LIST_OVERRIDES, self._scope())
        return [
            SettingView(
                name=row.name,
                scope_kind=ScopeKind(row.scope_kind),
                scope_code=row.scope_code,
                value=row.value,
                is_default=False,
                description="",
            )
            for row in rows
        ]

    def _put(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        if rows:
            self._transaction.execute(statement, rows)

    def _scope(self) -> dict[str, Any]:
        caller = self._transaction.caller
        return {
            "whole_chain": caller.store_ids is None,
            "region_id": caller.region_id,
            "store_ids": sorted(caller.store_ids or ()),
        }

    def _name(self, row: Row[Any]) -> str:
        if row.name_cipher is None:
            return ""
        return self._transaction.keys.decrypt(row.name_cipher, _name_context(row.staff_id))

    def _staff_view(self, row: Row[Any]) -> StaffView:
        return StaffView(
            code=row.code,
            name=self._name(row),
            role_code=row.role_code,
            scope_kind=ScopeKind(row.scope_kind),
            scope_code=row.scope_code,
            active=row.active,
        )


def _name_context(staff_id: int) -> str:
    return f"staff|name|{staff_id}"


def _override_key(name: str, scope: Scope) -> dict[str, Any]:
    return {"name": name, "scope_kind": scope.kind.value, "scope_id": scope.scope_id}


def _scope_columns(scope: Scope) -> dict[str, Any]:
    return {"scope_kind": scope.kind.value, "scope_id": scope.scope_id or None}


def _scope_of(row: Row[Any]) -> Scope:
    return Scope(ScopeKind(row.scope_kind), row.scope_id or 0)


def _role(row: Row[Any]) -> Role:
    return Role(row.role_id, row.code, row.name, frozenset(row.permissions), _limits(row.limits), row.builtin)


def _limits(documents: Sequence[Mapping[str, Any]]) -> tuple[Limit, ...]:
    return tuple([Limit(**document) for document in documents])


def _session(row: Row[Any]) -> StoredSession:
    return StoredSession(
        staff_id=row.staff_id,
        staff_code=row.staff_code,
        scope=Scope(ScopeKind(row.staff_scope_kind), row.staff_scope_id or 0),
        active=row.active,
        permissions=frozenset(row.staff_permissions),
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        limits=_limits(row.staff_limits),
    )


def _caller_view(row: Row[Any]) -> CallerView:
    device_type = DeviceType(row.device_type) if row.device_type else None
    return CallerView(
        row.code, CallerKind(row.kind), row.role_code, row.store_code, ScopeKind(row.scope_kind), row.scope_code,
        CallerStatus(row.status), device_type, row.supplier_code,
    )  # fmt: skip
