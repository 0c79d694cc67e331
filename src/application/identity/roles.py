"""Roles: named sets of permissions, the same in the whole chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from application.fields import at_most, named_once, optional_name, required_code
from application.identity.bounds import check_held, check_whole_chain
from application.identity.views import RoleView
from application.ports.kernel import UnitOfWork
from domain.identity.limits import checked_limits
from domain.identity.organisation import Role
from domain.identity.permissions import RoleDefinition, builtin_roles, checked_permissions
from domain.shared.errors import Rejected

ROLES_AT_ONCE_MAX: Final = 100
ROLES_MAX: Final = 500
"""All roles fit one answer of ListRoles."""


class TooManyRoles(Rejected):
    en = "A chain has at most {roles_max} roles."
    zh = "一个连锁最多 {roles_max} 个角色。"


@dataclass(frozen=True, slots=True)
class PutRoles:
    roles: tuple[RoleView, ...]


@dataclass(frozen=True, slots=True)
class EnsureBuiltinRoles:
    """Asks for the roles that every chain starts with."""


@dataclass(frozen=True, slots=True)
class RolesPut:
    """`changed` counts the roles that are now different from before."""

    created: int
    changed: int


def put_roles(uow: UnitOfWork, command: PutRoles) -> RolesPut:
    """Creates roles, and changes those whose code exists.

    Nobody makes a role that permits more, or goes further, than they may themselves, and nobody changes one that does:
    roles are the chain's, so the caller must be too.
    """
    asked = _checked(command)
    check_whole_chain(uow, field="roles")
    uow.bump("chain")
    known = uow.identity.roles([role.code for role in asked])
    for place, role in enumerate(asked):
        field = f"roles[{place}]"
        check_held(uow, role, field=f"{field}.permissions", limits_field=f"{field}.limits")
        if (before := known.get(role.code)) is not None:
            check_held(uow, before, field=f"{field}.code")
    return _put(uow, asked, known)


def ensure_builtin_roles(uow: UnitOfWork, command: EnsureBuiltinRoles) -> RolesPut:
    """Creates the built-in roles that are missing; those that the chain has changed stay as they are."""
    uow.bump("chain")
    builtin = builtin_roles()
    known = uow.identity.roles([role.code for role in builtin])
    return _put(uow, [role for role in builtin if role.code not in known], known)


def _checked(command: PutRoles) -> list[RoleDefinition]:
    at_most(command.roles, ROLES_AT_ONCE_MAX, field="roles")
    named_once((view.code for view in command.roles), field="roles")
    return [
        RoleDefinition(
            code=required_code(view.code, field=f"roles[{place}].code"),
            name=optional_name(view.name, field=f"roles[{place}].name"),
            permissions=checked_permissions(view.permissions, field=f"roles[{place}].permissions"),
            limits=checked_limits(view.limits, field=f"roles[{place}].limits"),
        )
        for place, view in enumerate(command.roles)
    ]


def _put(uow: UnitOfWork, asked: Sequence[RoleDefinition], known: Mapping[str, Role]) -> RolesPut:
    added, changed = [], []
    for role in asked:
        before = known.get(role.code)
        if before is None:
            added.append(Role(uow.new_id(), role.code, role.name, role.permissions, role.limits))
        elif (before.name, before.permissions, before.limits) != (role.name, role.permissions, role.limits):
            changed.append(Role(before.role_id, role.code, role.name, role.permissions, role.limits))
    if added and uow.identity.count_roles() + len(added) > ROLES_MAX:
        raise TooManyRoles("roles", roles_max=ROLES_MAX)
    uow.identity.put_roles([*added, *changed])
    return RolesPut(created=len(added), changed=len(changed))
