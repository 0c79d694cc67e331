"""What a caller may reach and hand on: scopes inside its own, roles no wider than its own permissions."""

from application.ports.kernel import UnitOfWork
from application.scope import UnknownStore
from domain.identity.limits import check_limits_within
from domain.identity.organisation import WHOLE_CHAIN, Role, Scope, ScopeKind
from domain.identity.permissions import RoleDefinition, check_within
from domain.shared.errors import Conflict, Forbidden, Invalid, NotFound


class BeyondOwnScope(Forbidden):
    en = "This concerns the whole chain, which is wider than your own scope. Ask somebody responsible for the chain."
    zh = "此操作涉及整个连锁，超出您的管辖范围。请由总部人员办理。"


class ScopeCodeNotNeeded(Invalid):
    en = "The chain has no code. Leave scope_code empty, or choose a region or a store as scope_kind."
    zh = "连锁范围没有代码。请将 scope_code 留空，或将 scope_kind 改为区域或门店。"


class UnknownRegion(NotFound):
    en = "There is no region “{region_code}” that this caller manages."
    zh = "当前调用方管理的范围内没有区域“{region_code}”。"


class UnknownRole(NotFound):
    en = "There is no role “{role_code}”. ListRoles shows the roles."
    zh = "没有角色“{role_code}”。可用 ListRoles 查看角色。"


class CodeTaken(Conflict):
    en = "Code “{code}” is already in use. Choose another one."
    zh = "代码“{code}”已被使用，请换一个。"


def check_whole_chain(uow: UnitOfWork, *, field: str) -> None:
    """Refuses a caller that is bounded by a region or a store: BeyondOwnScope."""
    if not uow.caller.manages(WHOLE_CHAIN):
        raise BeyondOwnScope(field)


def managed_scopes(uow: UnitOfWork, *, scope_kind: ScopeKind, scope_code: str, below: str = "") -> tuple[Scope, ...]:
    """The named scope and those around it, narrowest first, if all of it lies within the caller's own.

    `below` is the path of the message whose scope this is, with its dot. Raises UnknownRegion or
    UnknownStore alike for what does not exist and for what lies outside; BeyondOwnScope for the chain.
    """
    if scope_kind is ScopeKind.CHAIN:
        if scope_code:
            raise ScopeCodeNotNeeded(f"{below}scope_code")
        check_whole_chain(uow, field=f"{below}scope_kind")
        return (WHOLE_CHAIN,)
    if scope_kind is ScopeKind.REGION:
        region = uow.identity.regions([scope_code]).get(scope_code)
        if region is None or not uow.caller.manages(Scope(ScopeKind.REGION, region.region_id)):
            raise UnknownRegion(f"{below}scope_code", region_code=scope_code)
        return Scope(ScopeKind.REGION, region.region_id), WHOLE_CHAIN
    store = uow.identity.stores([scope_code]).get(scope_code)
    if store is None or not uow.caller.sees(store.store_id):
        raise UnknownStore(f"{below}scope_code", store_code=scope_code)
    return Scope(ScopeKind.STORE, store.store_id), Scope(ScopeKind.REGION, store.region_id), WHOLE_CHAIN


def role_to_grant(uow: UnitOfWork, role_code: str, *, field: str) -> Role:
    """The role, if the caller may do all that it permits; raises UnknownRole, BeyondOwnPermissions, BeyondOwnLimits."""
    role = uow.identity.roles([role_code]).get(role_code)
    if role is None:
        raise UnknownRole(field, role_code=role_code)
    check_held(uow, role, field=field)
    return role


def check_role_held(uow: UnitOfWork, role_id: int, *, field: str) -> None:
    """Refuses to touch the account of somebody who may do more than the caller: BeyondOwnPermissions.

    Otherwise a new PIN or a new one-time code would be a way to that role.
    """
    check_held(uow, uow.identity.role(role_id), field=field)


def check_held(uow: UnitOfWork, role: Role | RoleDefinition, *, field: str, limits_field: str = "") -> None:
    """Refuses what permits more, or goes further, than the caller may: BeyondOwnPermissions or BeyondOwnLimits."""
    held = uow.caller
    check_within(role.permissions, held.permissions, role_code=role.code, field=field)
    check_limits_within(role.permissions, role.limits, held.limits, role_code=role.code, field=limits_field or field)
