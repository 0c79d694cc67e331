"""Roles: named sets of permissions, the same in the whole chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from application.fields import at_most, named_once, optional_name, required_code
from application.identity.bounds import check_held, check_whole_chain
from application.identity.views import RoleView
from application.ports.kernel import UnitOfWork
from domain.identity.limits import EVERYTHING, checked_limits
from domain.identity.organisation import Role
from domain.identity.permissions import RoleDefinition, builtin_role, builtin_roles, checked_permissions, is_builtin
from domain.shared.errors import NotFound, Rejected

ROLES_AT_ONCE_MAX: Final = 100
ROLES_MAX: Final = 500
"""All roles fit one answer of ListRoles."""


class TooManyRoles(Rejected):
    en = "A chain has at most {roles_max} roles."
    zh = "一个连锁最多 {roles_max} 个角色。"


class NotBuiltin(NotFound):
    en = "“{role_code}” is no role that the program defines. Those are: {builtin}."
    zh = "“{role_code}”不是程序内置的角色。内置角色：{builtin}。"


@dataclass(frozen=True, slots=True)
class PutRoles:
    roles: tuple[RoleView, ...]


@dataclass(frozen=True, slots=True)
class EnsureBuiltinRoles:
    """Asks for the roles that every chain starts with."""


@dataclass(frozen=True, slots=True)
class RenewRoles:
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompareRoles:
    """Asks how the roles of the chain differ from those that the program defines."""


class RoleState(StrEnum):
    """Whose a role is: renewed with the program, changed by the chain, one of its own, or built in and not there."""

    BUILTIN = "builtin"
    CHANGED = "changed"
    OWN = "own"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class RoleComparison:
    """`missing` is what the program gives the role and the chain does not, `beyond` what the chain gives it instead."""

    code: str
    name: str
    state: RoleState
    missing: tuple[str, ...]
    beyond: tuple[str, ...]
    same_limits: bool


@dataclass(frozen=True, slots=True)
class RoleComparisons:
    roles: Sequence[RoleComparison]


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
    """Creates the built-in roles that are missing, and renews those that nobody has changed.

    Those that the chain has changed stay as they are.
    """
    uow.bump("chain")
    builtin = builtin_roles()
    known = uow.identity.roles([role.code for role in builtin])
    return _put(uow, [role for role in builtin if role.code not in known or known[role.code].builtin], known)


def renew_roles(uow: UnitOfWork, command: RenewRoles) -> RolesPut:
    """Makes built-in roles what the program defines, whatever the chain has made of them; later versions renew them.

    Raises NotBuiltin, and what `put_roles` raises for whom it refuses to change them.
    """
    at_most(command.codes, ROLES_AT_ONCE_MAX, field="codes")
    named_once(command.codes, field="codes", key="")
    asked = []
    for place, code in enumerate(command.codes):
        defined = builtin_role(required_code(code, field=f"codes[{place}]"))
        if defined is None:
            known_codes = ", ".join(role.code for role in builtin_roles())
            raise NotBuiltin(f"codes[{place}]", role_code=code, builtin=known_codes)
        asked.append(defined)
    check_whole_chain(uow, field="codes")
    uow.bump("chain")
    known = uow.identity.roles([role.code for role in asked])
    for place, role in enumerate(asked):
        check_held(uow, role, field=f"codes[{place}]")
        if (before := known.get(role.code)) is not None:
            check_held(uow, before, field=f"codes[{place}]")
    return _put(uow, asked, known)


def compare_roles(uow: UnitOfWork, query: CompareRoles) -> RoleComparisons:
    """Every role of the chain by code beside what the program defines, and the built-in ones that are missing."""
    stored = {view.code: view for view in uow.identity.list_roles()}
    following = {code for code, role in uow.identity.roles(list(stored)).items() if role.builtin}
    compared = [_compared(view, following=view.code in following) for view in stored.values()]
    compared += [
        RoleComparison(role.code, role.name, RoleState.ABSENT, tuple(sorted(role.permissions)), (), same_limits=False)
        for role in builtin_roles()
        if role.code not in stored
    ]
    return RoleComparisons(sorted(compared, key=lambda one: one.code))


def _compared(view: RoleView, *, following: bool) -> RoleComparison:
    defined = builtin_role(view.code)
    if defined is None:
        return RoleComparison(view.code, view.name, RoleState.OWN, (), (), same_limits=True)
    has = set(view.permissions)
    return RoleComparison(
        view.code,
        view.name,
        RoleState.BUILTIN if following else RoleState.CHANGED,
        missing=() if EVERYTHING in has else tuple(sorted(defined.permissions - has)),
        beyond=() if EVERYTHING in defined.permissions else tuple(sorted(has - defined.permissions)),
        same_limits=view.limits == defined.limits,
    )


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
            added.append(_role(uow.new_id(), role))
        elif (before.name, before.permissions, before.limits) != (role.name, role.permissions, role.limits):
            changed.append(_role(before.role_id, role))
    if added and uow.identity.count_roles() + len(added) > ROLES_MAX:
        raise TooManyRoles("roles", roles_max=ROLES_MAX)
    uow.identity.put_roles([*added, *changed])
    return RolesPut(created=len(added), changed=len(changed))


def _role(role_id: int, role: RoleDefinition) -> Role:
    """The role as it is stored; one that is what the program defines follows it from now on."""
    return Role(role_id, role.code, role.name, role.permissions, role.limits, is_builtin(role))
